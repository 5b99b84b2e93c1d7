package air.holder

import air.holder.ffi.AirException.Failed
import air.holder.ffi.InternalException

/**
 * The reason why a call failed. The message shows no key, token or personal value.
 *
 * @property code stable, such as `WRONG_KEY` or `CREDENTIAL_REJECTED`
 * @property check the check of a credential that failed, such as `signature`, for `CREDENTIAL_REJECTED`
 */
public class AirException internal constructor(
    public val code: String,
    message: String,
    public val check: String? = null,
) : Exception(message)

/** Converts the errors of the library. */
internal inline fun <T> calling(call: () -> T): T =
    try {
        call()
    } catch (error: Failed) {
        throw AirException(error.code, error.text, error.check)
    } catch (_: InternalException) {
        throw AirException("INTERNAL", "the library failed: this is a bug")
    }
