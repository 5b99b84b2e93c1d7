package air.holder

import java.security.PrivateKey
import java.security.Signature
import air.holder.ffi.SigningKey as FfiSigningKey

/** A holder's P-256 key in a key store of the device. */
public fun interface HolderSigner {
    /** Signs a message with ECDSA and SHA-256, and returns the signature in DER. */
    public fun sign(message: ByteArray): ByteArray
}

/** A signer with a P-256 key of a JCA provider, such as `AndroidKeyStore`. The key does not leave it. */
public fun PrivateKey.toHolderSigner(): HolderSigner {
    require(algorithm == "EC") { "the key must be an EC key on P-256" }
    return HolderSigner { message ->
        Signature.getInstance("SHA256withECDSA").run {
            initSign(this@toHolderSigner)
            update(message)
            sign()
        }
    }
}

/** A holder's key in memory, ES256. It stays in the library's memory, and `close` wipes it. */
public class SigningKey private constructor(
    internal val inner: FfiSigningKey,
) : AutoCloseable {
    /** The ID of the key: that of its JWK, or the RFC 7638 thumbprint. */
    public val kid: String get() = inner.kid()

    /** `ES256`, or `RS256` for an RSA key. */
    public val algorithm: String get() = inner.algorithm()

    /** The public half as a JWK, in JSON, for the issuer. */
    public val publicJwk: String get() = calling { inner.publicJwk() }

    /** Signs a message. The result has the format of JWS. */
    public fun sign(message: ByteArray): ByteArray = message.lent { inner.sign(it) }

    /** The private key as PKCS#8 PEM. The JVM can't wipe this text. */
    public fun exposePem(): String = inner.exposePem()

    override fun close(): Unit = inner.close()

    public companion object {
        /** Generates an ES256 key. */
        @Throws(AirException::class)
        public fun generate(): SigningKey = SigningKey(calling { FfiSigningKey.generate() })

        /** Reads PEM (PKCS#8, SEC1 or PKCS#1), a private JWK, or base64 of DER. */
        @Throws(AirException::class)
        public fun parse(text: String): SigningKey = SigningKey(text.lentSecretly { FfiSigningKey.fromText(it) })
    }
}
