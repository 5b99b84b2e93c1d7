//! The rules that keys, credentials, requests and presentations must follow.

use air_ids::UnixTime;

/// A rule that an input breaks. Messages contain no value, key or proof.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The schema does not fit the encoding.
    #[error("attribute `{attribute}` of the schema has no encoding: {reason}")]
    Layout {
        /// The attribute's name.
        attribute: String,
        /// The rule.
        reason: &'static str,
    },
    /// A name is not an attribute of the schema.
    #[error("`{attribute}` is not an attribute of the schema")]
    UnknownAttribute {
        /// The name.
        attribute: String,
    },
    /// A value of the subject has no encoding.
    #[error("the value of `{attribute}` can't be signed: {reason}")]
    Value {
        /// The attribute's name.
        attribute: String,
        /// The rule.
        reason: &'static str,
    },
    /// A condition can't be proved, or can never hold.
    #[error("condition on `{attribute}`: {reason}")]
    Condition {
        /// The attribute's name.
        attribute: String,
        /// The rule.
        reason: &'static str,
    },
    /// An input is too large, too small or too many.
    #[error("{field} has {length}; allowed are {minimum} to {maximum}")]
    Size {
        /// The input.
        field: &'static str,
        /// Its size, in the unit of the limits.
        length: u64,
        /// The minimum.
        minimum: u64,
        /// The maximum.
        maximum: u64,
    },
    /// The bytes are not a key on BLS12-381, or the private key does not belong to the scheme.
    #[error("the issuer's key is invalid, or is not the key of this scheme")]
    Key,
    /// The holder's commitment is malformed, or its proof belongs to another challenge or scheme.
    #[error("the holder's commitment does not verify; ask for a new one with a new challenge")]
    Commitment,
    /// The issuer's signature does not verify.
    #[error("the issuer's signature does not verify with this key, schema, subject and holder secret")]
    Signature,
    /// The token is malformed, or does not belong to the credential.
    #[error("the epoch token does not verify with this key and credential; fetch a new one")]
    Token,
    /// The epoch of a presentation is not the current one.
    #[error("the epoch token is not valid at {now}, in seconds since 1970; present with the token of the current epoch",
        now = now.as_secs())]
    Epoch {
        /// The time of the verification.
        now: UnixTime,
    },
    /// The request has expired.
    #[error("the request expired at {expires_at}, in seconds since 1970; send a new one",
        expires_at = expires_at.as_secs())]
    Expired {
        /// The request's last second.
        expires_at: UnixTime,
    },
    /// The credential does not satisfy a condition.
    #[error("the credential does not satisfy the condition on `{attribute}`")]
    NotSatisfied {
        /// The attribute's name.
        attribute: String,
    },
    /// The presentation is not an encoding for this request.
    #[error("the presentation is malformed, or answers another request")]
    Malformed,
    /// The presentation's proof is invalid for this request.
    #[error("the proof does not verify for this request and issuer")]
    Proof,
    /// An arithmetic step failed, which no input is known to cause.
    #[error("an arithmetic step failed; try again with new randomness")]
    Arithmetic,
}

/// Checks a size against inclusive limits.
pub(crate) fn check_size(
    field: &'static str,
    length: usize,
    minimum: usize,
    maximum: usize,
) -> Result<(), Error> {
    if (minimum..=maximum).contains(&length) {
        return Ok(());
    }
    let number = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
    Err(Error::Size {
        field,
        length: number(length),
        minimum: number(minimum),
        maximum: number(maximum),
    })
}
