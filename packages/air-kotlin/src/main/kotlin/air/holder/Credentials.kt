package air.holder

import java.time.Instant
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import air.holder.ffi.AirException.Failed
import air.holder.ffi.Challenge as FfiChallenge
import air.holder.ffi.HolderSigner as FfiHolderSigner
import air.holder.ffi.Inspection as FfiInspection
import air.holder.ffi.VerifiedCredential as FfiVerifiedCredential
import air.holder.ffi.VerifyOptions
import air.holder.ffi.inspect as ffiInspect
import air.holder.ffi.present as ffiPresent
import air.holder.ffi.presentBound
import air.holder.ffi.presentWith
import air.holder.ffi.verify as ffiVerify

/** A verifier's request, which the holder signs. */
public data class Challenge(
    public val nonce: String,
    public val audience: String,
) {
    internal fun lowered() = FfiChallenge(nonce, audience)
}

/**
 * The unverified content of a credential. Its text shows no claim.
 *
 * @property claims JSON: the claims that are always visible, and those that are disclosed
 * @property disclosed the paths of the claims that the holder can withhold
 * @property holderKey the ID of the holder's key, or `null` for a credential without one
 * @property hasKeyBinding whether it is a presentation with a proof of possession
 */
public class Inspection internal constructor(
    public val claims: String,
    public val disclosed: List<String>,
    public val holderKey: String?,
    public val hasKeyBinding: Boolean,
)

/**
 * A credential that passed every check. Its text shows no claim.
 *
 * @property claims JSON: all signed claims, with those that were disclosed
 * @property subject JSON: the claims about the subject, without those that every credential has
 * @property expiresAt `null` for a credential that does not expire
 * @property isHolderBound whether the presenter proved possession of the holder's key
 * @property checks the outcome of each check: `passed`, `notNeeded` or `leftOut`
 */
public class VerifiedCredential internal constructor(
    public val issuer: String,
    public val claims: String,
    public val subject: String,
    public val expiresAt: Instant?,
    public val isHolderBound: Boolean,
    public val checks: Map<String, String>,
)

/** Reads an SD-JWT VC without verifying it, for example to show it to its holder. */
@Throws(AirException::class)
public fun inspect(credential: String): Inspection =
    calling { ffiInspect(credential).use { lifted(it) } }

private fun lifted(inner: FfiInspection) =
    Inspection(inner.claims(), inner.disclosed(), inner.holderKey(), inner.hasKeyBinding())

/** Discloses some claims of a credential, by their paths, such as `address.city`. `*` discloses all. */
@Throws(AirException::class)
public fun present(
    credential: String,
    disclose: List<String>,
): String = calling { ffiPresent(credential, disclose) }

/** Discloses some claims, and proves possession of the holder's key to the verifier. */
@Throws(AirException::class)
@JvmOverloads
public fun present(
    credential: String,
    disclose: List<String>,
    holderKey: SigningKey,
    challenge: Challenge,
    now: Instant? = null,
): String =
    calling { presentBound(credential, disclose, holderKey.inner, challenge.lowered(), now.toSeconds()) }

/**
 * Discloses some claims, and proves possession of a holder's key in a key store of the device. An
 * exception of the signer is thrown unchanged.
 */
@Throws(AirException::class)
@JvmOverloads
public fun present(
    credential: String,
    disclose: List<String>,
    signer: HolderSigner,
    challenge: Challenge,
    now: Instant? = null,
): String {
    val adapter = Adapter(signer)
    try {
        return calling { presentWith(credential, disclose, adapter, challenge.lowered(), now.toSeconds()) }
    } catch (error: AirException) {
        throw adapter.thrown ?: error
    }
}

/** Keeps the exception of a signer, since only its message could pass the library. */
private class Adapter(
    private val signer: HolderSigner,
) : FfiHolderSigner {
    var thrown: Throwable? = null

    override fun sign(message: ByteArray): ByteArray =
        try {
            signer.sign(message)
        } catch (error: Throwable) {
            thrown = error
            throw Failed("SIGNER_FAILED", "the signer did not sign", null)
        }
}

/**
 * Verifies an SD-JWT VC or a presentation.
 *
 * @param issuer the trusted issuer
 * @param jwks the issuer's key set, in JSON
 * @param types the accepted types (`vct`), empty for any
 * @param claims the paths of the required claims
 * @param challenge the challenge that the holder must have signed
 * @param statusLists the status list tokens that the caller fetched
 * @param withoutStatus whether to skip the check of the status
 * @param skew the tolerated difference of clocks
 */
@Throws(AirException::class)
public fun verify(
    credential: String,
    issuer: String,
    jwks: String,
    types: List<String> = emptyList(),
    claims: List<String> = emptyList(),
    challenge: Challenge? = null,
    statusLists: List<String> = emptyList(),
    withoutStatus: Boolean = false,
    skew: Duration = 30.seconds,
    now: Instant? = null,
): VerifiedCredential {
    require(!skew.isNegative()) { "`skew` must not be negative" }
    val options =
        VerifyOptions(
            issuer = issuer,
            jwks = jwks,
            types = types,
            claims = claims,
            challenge = challenge?.lowered(),
            statusLists = statusLists,
            withoutStatus = withoutStatus,
            skew = skew.inWholeSeconds.toULong(),
            now = now.toSeconds(),
        )
    return calling { ffiVerify(credential, options).use { lifted(it) } }
}

private fun lifted(inner: FfiVerifiedCredential) =
    VerifiedCredential(
        issuer = inner.issuer(),
        claims = inner.claims(),
        subject = inner.subject(),
        expiresAt = inner.expiresAt()?.let { Instant.ofEpochSecond(it.coerceAtMost(LAST_SECOND).toLong()) },
        isHolderBound = inner.isHolderBound(),
        checks = inner.checks().associate { it.check to it.outcome },
    )

/** The last second that `Instant` has. */
private val LAST_SECOND = Instant.MAX.epochSecond.toULong()

private fun Instant?.toSeconds(): ULong? {
    require(this == null || epochSecond >= 0) { "`now` must not be before 1970" }
    return this?.epochSecond?.toULong()
}
