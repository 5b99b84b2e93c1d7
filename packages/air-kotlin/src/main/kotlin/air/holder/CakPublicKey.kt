package air.holder

import java.io.File
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import air.holder.ffi.CakPublicKey as FfiPublicKey

/** The public half of a key, to which documents are sealed. */
public class CakPublicKey internal constructor(
    internal val inner: FfiPublicKey,
) : AutoCloseable {
    public val curve: Curve get() = Curve.lifted(inner.curve())

    /** The uncompressed point, 130 hex digits after `0x`. */
    public fun toHex(): String = inner.toHex()

    /** The compressed point, 66 hex digits after `0x`. */
    public fun toCompressedHex(): String = inner.toCompressedHex()

    /** The key as a JWK, in JSON. */
    public fun toJwk(): String = inner.toJwk()

    /** The key as SPKI PEM. */
    public fun toPem(): String = inner.toPem()

    /** Seals a document. The label is authenticated, but not stored. */
    @Throws(AirException::class)
    @JvmOverloads
    public fun seal(
        context: SealingContext,
        document: ByteArray,
        label: ByteArray = byteArrayOf(),
    ): ByteArray =
        label.lent { lent -> document.lent { inner.seal(context.lowered(), lent, it) } }

    /**
     * Seals a stream of any length into another, in constant memory. Returns the length of the document.
     * It closes neither stream.
     *
     * @param chunkLog2 the base-2 logarithm of the chunk size, 12 to 24
     */
    @Throws(AirException::class, IOException::class)
    @JvmOverloads
    public fun seal(
        context: SealingContext,
        source: InputStream,
        target: OutputStream,
        label: ByteArray = byteArrayOf(),
        chunkLog2: Int = DEFAULT_CHUNK_LOG2,
    ): Long = sealStream(this, context, source, target, label, chunkLog2)

    /** Seals a file. The target appears whole or not at all, and replaces an older one. */
    @Throws(AirException::class, IOException::class)
    @JvmOverloads
    public fun seal(
        context: SealingContext,
        source: File,
        target: File,
        label: ByteArray = byteArrayOf(),
        chunkLog2: Int = DEFAULT_CHUNK_LOG2,
    ): Long =
        writingWhole(target) { output ->
            source.inputStream().use { seal(context, it, output, label, chunkLog2) }
        }

    override fun close(): Unit = inner.close()

    override fun equals(other: Any?): Boolean = other is CakPublicKey && toJwk() == other.toJwk()

    override fun hashCode(): Int = toJwk().hashCode()

    override fun toString(): String = "CakPublicKey(${toHex()})"

    public companion object {
        /** The chunk size of 64 KiB. */
        public const val DEFAULT_CHUNK_LOG2: Int = 16

        /** Reads hex (compressed or not), base64url, a JWK, SPKI PEM or `did:key`. */
        @Throws(AirException::class)
        @JvmOverloads
        public fun parse(
            text: String,
            curve: Curve? = null,
        ): CakPublicKey = CakPublicKey(calling { FfiPublicKey.fromText(text, curve?.lowered()) })
    }
}
