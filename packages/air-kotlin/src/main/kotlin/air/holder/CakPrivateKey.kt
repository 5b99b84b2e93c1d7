package air.holder

import java.io.File
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import air.holder.ffi.CakPrivateKey as FfiPrivateKey

/**
 * The private half of a key. It opens every container of its context. It stays in the library's memory,
 * and `close` wipes it.
 */
public class CakPrivateKey internal constructor(
    internal val inner: FfiPrivateKey,
) : AutoCloseable {
    public val curve: Curve get() = Curve.lifted(inner.curve())

    public val publicKey: CakPublicKey get() = CakPublicKey(inner.publicKey())

    /** The private key, 64 hex digits. The JVM can't wipe this text. */
    public fun exposeHex(): String = inner.exposeHex()

    /** The private key as PKCS#8 PEM, encrypted with a passphrase. */
    @Throws(AirException::class)
    public fun toEncryptedPem(passphrase: ByteArray): String = passphrase.lentSecretly { inner.toEncryptedPem(it) }

    /** Opens a container. */
    @Throws(AirException::class)
    @JvmOverloads
    public fun open(
        context: SealingContext,
        container: ByteArray,
        label: ByteArray = byteArrayOf(),
    ): ByteArray =
        label.lent { lent -> container.lent { inner.open(context.lowered(), lent, it) } }

    /**
     * Opens a stream of any length into another, in constant memory. Returns the length of the document.
     * Each chunk is written after it has authenticated: after an exception, discard what was written. It
     * closes neither stream.
     */
    @Throws(AirException::class, IOException::class)
    @JvmOverloads
    public fun open(
        context: SealingContext,
        source: InputStream,
        target: OutputStream,
        label: ByteArray = byteArrayOf(),
    ): Long = openStream(this, context, source, target, label)

    /**
     * Opens a file. The target appears when the last chunk has authenticated, and replaces an older one.
     */
    @Throws(AirException::class, IOException::class)
    @JvmOverloads
    public fun open(
        context: SealingContext,
        source: File,
        target: File,
        label: ByteArray = byteArrayOf(),
    ): Long =
        writingWhole(target) { output ->
            source.inputStream().use { open(context, it, output, label) }
        }

    override fun close(): Unit = inner.close()

    public companion object {
        /** Generates a key. */
        @Throws(AirException::class)
        @JvmOverloads
        public fun generate(curve: Curve = Curve.SECP256R1): CakPrivateKey =
            CakPrivateKey(calling { FfiPrivateKey.generate(curve.lowered()) })

        /** Reads hex, base64url, a JWK, or PEM (PKCS#8 or SEC1), which may be encrypted. */
        @Throws(AirException::class)
        @JvmOverloads
        public fun parse(
            text: String,
            curve: Curve? = null,
            passphrase: ByteArray = byteArrayOf(),
        ): CakPrivateKey =
            CakPrivateKey(
                text.lentSecretly { lent ->
                    passphrase.lentSecretly { FfiPrivateKey.fromText(lent, curve?.lowered(), it) }
                },
            )
    }
}
