//! The raised error: `air_python.AirError` with a stable `code`.

use std::fmt;

use pyo3::{
    Bound, Py, PyErr, PyResult, Python, prelude::PyAnyMethods, sync::PyOnceLock, types::PyAny, types::PyType,
};

/// The class of the package, which is written in Python because it has members.
static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// What a call raises.
pub(crate) enum Failure {
    /// An `AirError`.
    Air(Facts),
    /// An exception of the caller's own code, such as a file object.
    Raised(PyErr),
}

/// The members of an `AirError`.
pub(crate) struct Facts {
    code: &'static str,
    message: String,
    check: Option<&'static str>,
    culprit: Option<u8>,
}

impl Failure {
    fn new(code: &'static str, message: impl fmt::Display) -> Self {
        Self::Air(Facts {
            code,
            message: message.to_string(),
            check: None,
            culprit: None,
        })
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

    /// A bug of this module.
    pub(crate) fn internal(message: &str) -> Self {
        Self::new("INTERNAL", message)
    }

    pub(crate) fn no_randomness() -> Self {
        Self::new(
            "NO_RANDOMNESS",
            "the operating system has no source of randomness",
        )
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl From<air_crypto::Error> for Failure {
    fn from(error: air_crypto::Error) -> Self {
        use air_crypto::Error;
        let error = match error {
            Error::Read(cause) => match cause.downcast::<PyErr>() {
                Ok(raised) => return Self::Raised(raised),
                Err(cause) => Error::Read(cause),
            },
            Error::Write(cause) => match cause.downcast::<PyErr>() {
                Ok(raised) => return Self::Raised(raised),
                Err(cause) => Error::Write(cause),
            },
            other => other,
        };
        Self::Air(Facts {
            code: crypto_code(&error),
            message: error.to_string(),
            check: None,
            culprit: error.culprit().map(air_crypto::custody::ShareIndex::get),
        })
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
        Error::PassphraseNeeded | Error::SharePassphraseNeeded { .. } => "PASSPHRASE_NEEDED",
        Error::WrongPassphrase | Error::WrongSharePassphrase { .. } => "WRONG_PASSPHRASE",
        Error::UnsupportedEncryption | Error::UnsupportedShareEncryption => "UNSUPPORTED_ENCRYPTION",
        Error::InvalidScalar { .. } => "INVALID_SCALAR",
        Error::InvalidPoint { .. } => "INVALID_POINT",
        Error::UnknownCurve => "UNKNOWN_CURVE",
        Error::CurveMismatch { .. } => "CURVE_MISMATCH",
        Error::ChunkSizeOutOfRange { .. } | Error::InvalidId(_) => "INVALID_ARGUMENT",
        Error::NotAContainer { .. } => "NOT_A_CONTAINER",
        Error::WrongKey => "WRONG_KEY",
        Error::ChunkRejected { .. } => "CHUNK_REJECTED",
        Error::ThresholdOutOfRange { .. } => "THRESHOLD_OUT_OF_RANGE",
        Error::ShareIndexOutOfRange { .. } | Error::InvalidProof | Error::MalformedFile { .. } => {
            "MALFORMED_FILE"
        }
        Error::FileTooLong { .. } => "TOO_LARGE",
        Error::InconsistentGroup => "INCONSISTENT_GROUP",
        Error::ForeignShare { .. } => "FOREIGN_SHARE",
        Error::UnknownCustodian { .. } => "UNKNOWN_CUSTODIAN",
        Error::DuplicatePartial { .. } => "DUPLICATE_PARTIAL",
        Error::TooFewPartials { .. } => "TOO_FEW_PARTIALS",
        Error::PartialRejected { .. } | Error::AboutRejected { .. } => "PARTIAL_REJECTED",
        Error::Read(_) | Error::Write(_) => "FILE_FAILED",
        // The errors of wallets elsewhere, holders' envelopes and ceremonies, which this module does
        // not include.
        _ => "INTERNAL",
    }
}

impl From<air_jwt::Error> for Failure {
    fn from(error: air_jwt::Error) -> Self {
        use air_jwt::Error;
        let code = match &error {
            Error::InvalidId(_)
            | Error::UnknownScope
            | Error::LifetimeOutOfRange { .. }
            | Error::ReservedClaim { .. } => "INVALID_ARGUMENT",
            _ => "MALFORMED_KEY",
        };
        Self::new(code, error)
    }
}

impl From<air_vc::Error> for Failure {
    fn from(error: air_vc::Error) -> Self {
        let check = error.check();
        Self::Air(Facts {
            code: check.map_or("INVALID_ARGUMENT", |_| "CREDENTIAL_REJECTED"),
            message: error.to_string(),
            check: check.map(air_vc::Check::name),
            culprit: None,
        })
    }
}

impl From<air_schema::Error> for Failure {
    fn from(error: air_schema::Error) -> Self {
        Self::new("SCHEMA_REJECTED", error)
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Raised(error) => error,
            Failure::Air(facts) => Python::attach(|py| match instance(py, facts) {
                Ok(error) => Self::from_value(error),
                Err(error) => error,
            }),
        }
    }
}

fn instance(py: Python<'_>, facts: Facts) -> PyResult<Bound<'_, PyAny>> {
    let class = CLASS.import(py, "air_python.errors", "AirError")?;
    let error = class.call1((facts.code, facts.message))?;
    error.setattr("check", facts.check)?;
    error.setattr("culprit", facts.culprit)?;
    Ok(error)
}
