//! Errors by cause.

use std::time::Duration;

/// Why a call did not succeed. No variant holds a token, key or claim; messages are the platform's own sentences.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A base URL that is not one.
    #[error(
        "the platform's URL must be http or https with a host and no path, such as http://127.0.0.1:8300"
    )]
    InvalidUrl,
    /// The HTTP client could not be made.
    #[error("the HTTP client can't be made")]
    Client(#[source] reqwest::Error),
    /// No connection.
    #[error("the platform at {host} can't be reached; is it running, and is the URL right?")]
    Unreachable {
        /// Host and port.
        host: String,
    },
    /// No answer in time.
    #[error("the platform at {host} did not answer in time")]
    TimedOut {
        /// Host and port.
        host: String,
    },
    /// 400, 413, 422: what was sent.
    #[error("the platform rejected the call: {message}")]
    Rejected {
        /// The platform's sentence.
        message: String,
        /// What the platform's log calls the request.
        request_id: Option<String>,
    },
    /// 401, 403: who sent it.
    #[error("not authorised: {message}")]
    NotAuthorised {
        /// The platform's sentence.
        message: String,
        /// What the platform's log calls the request.
        request_id: Option<String>,
    },
    /// 404: no such issuer, program or hash.
    #[error("not found: {message}")]
    NotFound {
        /// The platform's sentence.
        message: String,
        /// What the platform's log calls the request.
        request_id: Option<String>,
    },
    /// 409: a duplicate, or refused by the user.
    #[error("conflict: {message}")]
    Conflict {
        /// The platform's sentence.
        message: String,
        /// What the platform's log calls the request.
        request_id: Option<String>,
    },
    /// 429.
    #[error("the platform asks to slow down; try again later")]
    RateLimited {
        /// How long to wait, where the platform says.
        retry_after: Option<Duration>,
        /// What the platform's log calls the request.
        request_id: Option<String>,
    },
    /// 5xx.
    #[error("the platform failed with status {status}: {message}")]
    PlatformFailed {
        /// The HTTP status.
        status: u16,
        /// The platform's sentence.
        message: String,
        /// What the platform's log calls the request.
        request_id: Option<String>,
    },
    /// An answer in a form that the documentation does not have.
    #[error("the platform's answer is not what is documented: {reason}")]
    UnexpectedAnswer {
        /// What is wrong.
        reason: &'static str,
        /// What the platform's log calls the request.
        request_id: Option<String>,
    },
    /// The user denied: nothing was released.
    #[error("the user refused consent; no key was released and nothing can be opened")]
    ConsentDenied,
    /// Not anchored before the deadline. It may still be: ask its status again, and do not issue again.
    #[error("the credential was not anchored within {} s; ask its status later and do not issue again", waited.as_secs())]
    NotAnchored {
        /// How long was waited.
        waited: Duration,
    },
    /// The wallet's key is not the one that the credential was issued with.
    #[error(
        "the wallet's key for this context is not the one recorded at issuance; is it the same user's wallet?"
    )]
    WrongWallet,
    /// Derivation failed.
    #[error(transparent)]
    Cak(#[from] air_crypto::Error),
}

impl Error {
    /// Whether the same call may succeed later without a change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::RateLimited { .. }
            | Self::PlatformFailed { .. }
            | Self::NotAnchored { .. } => true,
            Self::InvalidUrl
            | Self::Client(_)
            | Self::Rejected { .. }
            | Self::NotAuthorised { .. }
            | Self::NotFound { .. }
            | Self::Conflict { .. }
            | Self::UnexpectedAnswer { .. }
            | Self::ConsentDenied
            | Self::WrongWallet
            | Self::Cak(_) => false,
        }
    }

    /// What the platform's log calls the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Rejected { request_id, .. }
            | Self::NotAuthorised { request_id, .. }
            | Self::NotFound { request_id, .. }
            | Self::Conflict { request_id, .. }
            | Self::RateLimited { request_id, .. }
            | Self::PlatformFailed { request_id, .. }
            | Self::UnexpectedAnswer { request_id, .. } => request_id.as_deref(),
            Self::InvalidUrl
            | Self::Client(_)
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::ConsentDenied
            | Self::NotAnchored { .. }
            | Self::WrongWallet
            | Self::Cak(_) => None,
        }
    }
}
