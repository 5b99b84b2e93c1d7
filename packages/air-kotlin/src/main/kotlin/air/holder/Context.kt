package air.holder

import air.holder.ffi.Context
import air.holder.ffi.Curve as FfiCurve

/** The curve of a key. */
public enum class Curve(
    /** The name in files and protocols. */
    public val wireName: String,
) {
    /** NIST P-256, the default. */
    SECP256R1("secp256r1"),

    /** The curve of Ethereum. */
    SECP256K1("secp256k1"),
    ;

    internal fun lowered() =
        when (this) {
            SECP256R1 -> FfiCurve.SECP256R1
            SECP256K1 -> FfiCurve.SECP256K1
        }

    public companion object {
        /** The curve with a name such as `secp256r1`, or `null` for an unknown one. */
        public fun named(wireName: String): Curve? = entries.find { it.wireName == wireName }

        internal fun lifted(curve: FfiCurve) =
            when (curve) {
                FfiCurve.SECP256R1 -> SECP256R1
                FfiCurve.SECP256K1 -> SECP256K1
            }
    }
}

/** The context that a container is bound to. */
public sealed interface SealingContext {
    public val curve: Curve
}

/** Whose key, from whom, for what: user, issuer and schema. Texts are 1 to 65,535 bytes. */
public data class CakContext(
    public val user: String,
    public val issuer: String,
    public val schema: String,
    override val curve: Curve = Curve.SECP256R1,
) : SealingContext

/** A key that an issuer or a group of custodians manages. */
public data class ManagedContext(
    public val issuer: String,
    public val keyId: String,
    override val curve: Curve = Curve.SECP256R1,
) : SealingContext

internal fun SealingContext.lowered(): Context =
    when (this) {
        is CakContext -> Context.Cak(user, issuer, schema, curve.lowered())
        is ManagedContext -> Context.Managed(issuer, keyId, curve.lowered())
    }
