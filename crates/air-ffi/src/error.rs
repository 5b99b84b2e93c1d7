//! The error of each call, with a stable code.

use std::fmt;

use uniffi::UnexpectedUniFFICallbackError;

/// The reason why a call failed. It shows no key, token or personal value.
#[derive(Debug, uniffi::Error)]
#[non_exhaustive]
pub enum AirError {
    /// The only variant: programs decide by the code.
    Failed {
        /// The stable code, such as `WRONG_KEY`.
        code: String,
        /// What failed and what to do, in English.
        text: String,
        /// The check of a credential that failed, such as `signature`.
        check: Option<String>,
    },
}

impl AirError {
    fn new(code: &str, message: impl fmt::Display) -> Self {
        Self::Failed {
            code: code.to_owned(),
            text: message.to_string(),
            check: None,
        }
    }

    /// An argument has an invalid value.
    pub(crate) fn argument(name: &str, needed: &str) -> Self {
        Self::new("INVALID_ARGUMENT", format_args!("`{name}` must be {needed}"))
    }

    pub(crate) fn too_large(name: &str, length: usize, limit: usize) -> Self {
        Self::new(
            "TOO_LARGE",
            format_args!("`{name}` has a length of {length}: must be at most {limit}"),
        )
    }

    pub(crate) fn no_randomness() -> Self {
        Self::new(
            "NO_RANDOMNESS",
            "the operating system has no source of randomness",
        )
    }

    /// A sealer was used after its last chunk, or an opener after an error.
    pub(crate) fn finished() -> Self {
        Self::new(
            "ALREADY_FINISHED",
            "the stream has ended: begin another one for the next document",
        )
    }

    /// The caller's signer failed.
    pub(crate) fn signer_failed() -> Self {
        Self::new(
            "SIGNER_FAILED",
            "the signer did not sign: it must return an ES256 signature in DER",
        )
    }
}

impl fmt::Display for AirError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Failed { text, .. } = self;
        f.write_str(text)
    }
}

impl std::error::Error for AirError {}

/// An exception of the caller's signer. Its text may be personal, so it is not kept.
impl From<UnexpectedUniFFICallbackError> for AirError {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        Self::signer_failed()
    }
}

impl From<air_crypto::Error> for AirError {
    fn from(error: air_crypto::Error) -> Self {
        Self::new(crypto_code(&error), error)
    }
}

fn crypto_code(error: &air_crypto::Error) -> &'static str {
    use air_crypto::Error;
    match error {
        Error::FieldEmpty { .. } => "FIELD_EMPTY",
        Error::FieldTooLong { .. } => "FIELD_TOO_LONG",
        Error::FieldTooShort { .. } => "FIELD_TOO_SHORT",
        Error::NotHex { .. } => "NOT_HEX",
        Error::MalformedKey { .. } | Error::UnreadableKey { .. } => "MALFORMED_KEY",
        Error::KeyHalvesDiffer => "KEY_HALVES_DIFFER",
        Error::PassphraseNeeded => "PASSPHRASE_NEEDED",
        Error::WrongPassphrase => "WRONG_PASSPHRASE",
        Error::UnsupportedEncryption => "UNSUPPORTED_ENCRYPTION",
        Error::InvalidScalar { .. } => "INVALID_SCALAR",
        Error::InvalidPoint { .. } => "INVALID_POINT",
        Error::UnknownCurve => "UNKNOWN_CURVE",
        Error::CurveMismatch { .. } => "CURVE_MISMATCH",
        Error::ChunkSizeOutOfRange { .. } | Error::InvalidId(_) => "INVALID_ARGUMENT",
        Error::NotAContainer { .. } => "NOT_A_CONTAINER",
        Error::WrongKey => "WRONG_KEY",
        Error::ChunkRejected { .. } => "CHUNK_REJECTED",
        Error::WeakHolderKey { .. } => "WEAK_HOLDER_KEY",
        Error::EnvelopeRejected => "ENVELOPE_REJECTED",
        // The errors of custody, wallets elsewhere and files, which this library does not include.
        _ => "INTERNAL",
    }
}

impl From<air_jwt::Error> for AirError {
    fn from(error: air_jwt::Error) -> Self {
        Self::new("MALFORMED_KEY", error)
    }
}

impl From<air_vc::Error> for AirError {
    fn from(error: air_vc::Error) -> Self {
        let check = error.check();
        let code = match error {
            air_vc::Error::Signer(_) => "SIGNER_FAILED",
            _ if check.is_some() => "CREDENTIAL_REJECTED",
            _ => "INVALID_ARGUMENT",
        };
        Self::Failed {
            code: code.to_owned(),
            text: error.to_string(),
            check: check.map(|check| check.name().to_owned()),
        }
    }
}
