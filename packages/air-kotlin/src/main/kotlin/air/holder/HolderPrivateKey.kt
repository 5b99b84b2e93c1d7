package air.holder

import air.holder.ffi.HeldCredential as FfiHeldCredential
import air.holder.ffi.HolderEnvelope as FfiHolderEnvelope
import air.holder.ffi.HolderPrivateKey as FfiHolderPrivateKey

/**
 * A credential that an issuer sealed to its holder: the fields of the message, decoded from base64 or hex.
 *
 * @property data the ciphertext
 * @property iv the nonce, 12 bytes
 * @property authTag the authentication tag, 16 bytes
 * @property ephemeralKey the issuer's ephemeral public key, SPKI DER
 */
public class HolderEnvelope(
    public val data: ByteArray,
    public val iv: ByteArray,
    public val authTag: ByteArray,
    public val ephemeralKey: ByteArray,
)

/** A credential from an envelope. Its text shows no claim. */
public sealed interface HeldCredential {
    /** An SD-JWT VC in its compact form. */
    public class SdJwtVc internal constructor(
        public val compact: String,
    ) : HeldCredential

    /** Another kind of credential: a JSON object. */
    public class Document internal constructor(
        public val json: String,
    ) : HeldCredential
}

/** A holder's X25519 key, which opens envelopes. It stays in the library's memory, and `close` wipes it. */
public class HolderPrivateKey private constructor(
    private val inner: FfiHolderPrivateKey,
) : AutoCloseable {
    /** The public half, as the platform takes it: SPKI DER in hex, after `0x`. */
    public val publicKey: String get() = inner.publicKey()

    /** The private key as PKCS#8 DER. Wipe this copy. */
    public fun exposeDer(): ByteArray = inner.exposeDer()

    /** Opens an envelope and returns its content. */
    @Throws(AirException::class)
    public fun open(envelope: HolderEnvelope): ByteArray =
        calling {
            inner.open(FfiHolderEnvelope(envelope.data, envelope.iv, envelope.authTag, envelope.ephemeralKey))
        }

    /** Opens an envelope and reads the credential in it. */
    @Throws(AirException::class)
    public fun openCredential(envelope: HolderEnvelope): HeldCredential {
        val plaintext = open(envelope)
        try {
            return plaintext
                .lentSecretly { FfiHeldCredential.fromPlaintext(it) }
                .use { held ->
                    held.compact()?.let(HeldCredential::SdJwtVc)
                        ?: HeldCredential.Document(calling { held.document() }.orEmpty())
                }
        } finally {
            plaintext.fill(0)
        }
    }

    override fun close(): Unit = inner.close()

    public companion object {
        /** Generates a key. */
        @Throws(AirException::class)
        public fun generate(): HolderPrivateKey = HolderPrivateKey(calling { FfiHolderPrivateKey.generate() })

        /** Reads PKCS#8: DER, or the UTF-8 text of PEM or hex. */
        @Throws(AirException::class)
        public fun parse(bytes: ByteArray): HolderPrivateKey =
            HolderPrivateKey(bytes.lentSecretly { FfiHolderPrivateKey.fromBytes(it) })
    }
}
