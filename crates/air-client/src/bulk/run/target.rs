//! The service that issues the rows of a run, and the meaning of its errors.

use air_api::IdempotencyKey;

use super::super::{Reason, Refusal, Row, journal::JournalOutcome};
use crate::Error;

/// A service that issues rows.
pub(in crate::bulk) trait Target {
    /// The call of a row.
    type Call;

    /// Returns the call of a row.
    fn call(&self, row: Row) -> Self::Call;

    /// Sends a call once.
    async fn send(&self, call: &Self::Call, key: &IdempotencyKey) -> Result<JournalOutcome, CallError>;

    /// Returns the meaning of an error for the row.
    fn meaning(&self, error: &Error) -> Meaning {
        meaning(error)
    }

    /// Returns a refusal without the service's message, which may contain values.
    fn refusal(&self, reason: Reason, error: &Error, call: &Self::Call) -> Refusal;
}

/// The reason why a call was not executed.
pub(in crate::bulk) enum CallError {
    NotSigned(air_jwt::Error),
    Failed(Error),
}

/// The meaning of an error for a row.
pub(in crate::bulk) enum Meaning {
    Refused(Reason),
    /// All rows must slow down.
    SlowDown,
    /// The service is unreachable.
    Away,
    /// This row failed.
    Again,
    Unclear,
    Fatal,
}

/// Returns what an error of the client means for a row.
pub(in crate::bulk) fn meaning(error: &Error) -> Meaning {
    match error {
        Error::Rejected { .. } => Meaning::Refused(Reason::Rejected),
        Error::Conflict { .. } => Meaning::Refused(Reason::Conflict),
        Error::RateLimited { .. }
        | Error::PlatformFailed {
            status: 503,
            retry_after: Some(_),
            ..
        } => Meaning::SlowDown,
        Error::Unreachable { .. } | Error::CircuitOpen { .. } => Meaning::Away,
        Error::InProgress { .. } => Meaning::Again,
        Error::TimedOut { safe_to_repeat, .. }
        | Error::AnswerLost { safe_to_repeat, .. }
        | Error::PlatformFailed { safe_to_repeat, .. } => {
            if *safe_to_repeat {
                Meaning::Again
            } else {
                Meaning::Unclear
            }
        }
        Error::InvalidUrl
        | Error::InvalidPackageUrl
        | Error::InvalidProxy
        | Error::UntrustedCertificate { .. }
        | Error::WithinRuntime
        | Error::NoThread(_)
        | Error::Client(_)
        | Error::InvalidRequest { .. }
        | Error::LocalOnly { .. }
        | Error::NoSigningKey
        | Error::NoPartner
        | Error::NotAToken
        | Error::NotSigned(_)
        | Error::NotAuthorised { .. }
        | Error::NotFound { .. }
        | Error::UnexpectedAnswer { .. }
        | Error::ConsentDenied
        | Error::NotAnchored { .. }
        | Error::WrongWallet
        | Error::Cak(_) => Meaning::Fatal,
    }
}
