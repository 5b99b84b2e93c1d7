//! Errors by cause.

use std::time::Duration;

/// Why a call did not succeed. No variant holds a token, key or claim; messages are the platform's own sentences.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A base URL that is not one.
    #[error(
        "invalid platform URL: must be http or https with a host and no path, such as http://127.0.0.1:8300"
    )]
    InvalidUrl,
    /// A URL that is not a signed one of a package.
    #[error("invalid package URL: must be the whole signed URL that the issuer received")]
    InvalidPackageUrl,
    /// A proxy's URL that is not one. It may have credentials in it, and is not shown.
    #[error(
        "invalid proxy URL: must be http or https with a host and no path, such as http://proxy.example:3128"
    )]
    InvalidProxy,
    /// The HTTP client could not be made.
    #[error("failed to create the HTTP client")]
    Client(#[source] reqwest::Error),
    /// A blocking call within an async runtime, which it would stand in the way of: nothing was sent.
    #[error("a blocking call is not allowed within an async runtime; use AirClient, or a separate thread")]
    WithinRuntime,
    /// The system gives the blocking client no thread, or nothing to wait with.
    #[error("failed to start the blocking client's thread")]
    NoThread(#[source] std::io::Error),
    /// What was given can't stand in a header, or the header is not for others to set.
    #[error("invalid header {header}: it has characters that are not allowed, or the client sets it itself")]
    InvalidRequest {
        /// The header's name.
        header: &'static str,
    },
    /// No connection: the platform has not seen the call.
    #[error("failed to connect to the platform at {host}; check that it is running, and its URL")]
    Unreachable {
        /// Host and port.
        host: String,
    },
    /// No answer in time: what was asked for may have been done.
    #[error("the platform at {host} did not answer in time")]
    TimedOut {
        /// Host and port.
        host: String,
        /// Whether the same call, sent again, counts once.
        safe_to_repeat: bool,
        /// What the platform's log calls the request, where the answer began.
        request_id: Option<String>,
    },
    /// The connection broke before the answer was read: what was asked for may have been done.
    #[error("the response of the platform at {host} was lost")]
    AnswerLost {
        /// Host and port.
        host: String,
        /// Whether the same call, sent again, counts once.
        safe_to_repeat: bool,
        /// What the platform's log calls the request, where the answer began.
        request_id: Option<String>,
    },
    /// The platform has failed so often in a row that nothing is sent for a while.
    #[error("the platform failed repeatedly; no calls are sent to it for {} s", retry_after.as_secs().max(1))]
    CircuitOpen {
        /// When a call may go out again.
        retry_after: Duration,
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
    /// 409 with `Retry-After`: a call with the same idempotency key is under way.
    #[error("the same call is in progress; try again in {} s", retry_after.as_secs().max(1))]
    InProgress {
        /// How long to wait.
        retry_after: Duration,
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
        /// How long to wait, where the platform says.
        retry_after: Option<Duration>,
        /// Whether the same call, sent again, counts once.
        safe_to_repeat: bool,
        /// What the platform's log calls the request.
        request_id: Option<String>,
    },
    /// An answer in a form that the documentation does not have.
    #[error("unexpected response of the platform: {reason}")]
    UnexpectedAnswer {
        /// What is wrong.
        reason: &'static str,
        /// What the platform's log calls the request.
        request_id: Option<String>,
    },
    /// The user denied: nothing was released.
    #[error("the user denied consent; no key was released, so nothing can be opened")]
    ConsentDenied,
    /// Not anchored before the deadline. It may still be: ask its status again, and do not issue again.
    #[error("the credential was not anchored within {} s; check its status later, and do not issue again", waited.as_secs())]
    NotAnchored {
        /// How long was waited.
        waited: Duration,
    },
    /// The wallet's key is not the one that the credential was issued with.
    #[error("the wallet's key for this context differs from the one at issuance; use the same user's wallet")]
    WrongWallet,
    /// Derivation failed.
    #[error(transparent)]
    Cak(#[from] air_crypto::Error),
}

impl Error {
    /// Whether the same call may succeed later without a change. Whether it may be sent again at all,
    /// [`Self::is_safe_to_repeat`] says.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::AnswerLost { .. }
            | Self::CircuitOpen { .. }
            | Self::InProgress { .. }
            | Self::RateLimited { .. }
            | Self::PlatformFailed { .. }
            | Self::NotAnchored { .. } => true,
            Self::InvalidUrl
            | Self::InvalidPackageUrl
            | Self::InvalidProxy
            | Self::WithinRuntime
            | Self::NoThread(_)
            | Self::Client(_)
            | Self::InvalidRequest { .. }
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

    /// Whether this very call, sent again, can't count twice: it was not done, it changes nothing, or the platform tells by its
    /// idempotency key that it is the same. `false` where that is not known.
    #[must_use]
    pub fn is_safe_to_repeat(&self) -> bool {
        match self {
            Self::TimedOut { safe_to_repeat, .. }
            | Self::AnswerLost { safe_to_repeat, .. }
            | Self::PlatformFailed { safe_to_repeat, .. } => *safe_to_repeat,
            Self::UnexpectedAnswer { .. } => false,
            Self::Unreachable { .. }
            | Self::CircuitOpen { .. }
            | Self::InProgress { .. }
            | Self::RateLimited { .. }
            | Self::InvalidUrl
            | Self::InvalidPackageUrl
            | Self::InvalidProxy
            | Self::WithinRuntime
            | Self::NoThread(_)
            | Self::Client(_)
            | Self::InvalidRequest { .. }
            | Self::Rejected { .. }
            | Self::NotAuthorised { .. }
            | Self::NotFound { .. }
            | Self::Conflict { .. }
            | Self::ConsentDenied
            | Self::NotAnchored { .. }
            | Self::WrongWallet
            | Self::Cak(_) => true,
        }
    }

    /// How long the platform, or an open circuit, asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::CircuitOpen { retry_after } | Self::InProgress { retry_after, .. } => Some(*retry_after),
            Self::RateLimited { retry_after, .. } | Self::PlatformFailed { retry_after, .. } => *retry_after,
            Self::InvalidUrl
            | Self::InvalidPackageUrl
            | Self::InvalidProxy
            | Self::WithinRuntime
            | Self::NoThread(_)
            | Self::Client(_)
            | Self::InvalidRequest { .. }
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::AnswerLost { .. }
            | Self::Rejected { .. }
            | Self::NotAuthorised { .. }
            | Self::NotFound { .. }
            | Self::Conflict { .. }
            | Self::UnexpectedAnswer { .. }
            | Self::ConsentDenied
            | Self::NotAnchored { .. }
            | Self::WrongWallet
            | Self::Cak(_) => None,
        }
    }

    /// What the platform's log calls the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::TimedOut { request_id, .. }
            | Self::AnswerLost { request_id, .. }
            | Self::Rejected { request_id, .. }
            | Self::NotAuthorised { request_id, .. }
            | Self::NotFound { request_id, .. }
            | Self::Conflict { request_id, .. }
            | Self::InProgress { request_id, .. }
            | Self::RateLimited { request_id, .. }
            | Self::PlatformFailed { request_id, .. }
            | Self::UnexpectedAnswer { request_id, .. } => request_id.as_deref(),
            Self::InvalidUrl
            | Self::InvalidPackageUrl
            | Self::InvalidProxy
            | Self::WithinRuntime
            | Self::NoThread(_)
            | Self::Client(_)
            | Self::InvalidRequest { .. }
            | Self::Unreachable { .. }
            | Self::CircuitOpen { .. }
            | Self::ConsentDenied
            | Self::NotAnchored { .. }
            | Self::WrongWallet
            | Self::Cak(_) => None,
        }
    }

    /// For a call whose key nobody has any more: what it might have done, another would do again.
    pub(crate) fn without_its_key(mut self) -> Self {
        match &mut self {
            Self::TimedOut { safe_to_repeat, .. } | Self::AnswerLost { safe_to_repeat, .. } => {
                *safe_to_repeat = false;
            }
            Self::PlatformFailed {
                status,
                retry_after,
                safe_to_repeat,
                ..
            } => *safe_to_repeat = *status == 503 && retry_after.is_some(),
            _ => {}
        }
        self
    }
}
