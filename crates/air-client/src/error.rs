//! The client's errors.

use std::time::Duration;

/// The reason that a call failed. No variant contains a token, key or claim. Messages are the platform's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An invalid base URL.
    #[error(
        "invalid platform URL: must be http or https with a host and no path, such as http://127.0.0.1:8300"
    )]
    InvalidUrl,
    /// An invalid signed URL of a package.
    #[error("invalid package URL: must be the whole signed URL that the issuer received")]
    InvalidPackageUrl,
    /// An invalid proxy URL, which is not shown, since it may contain credentials.
    #[error(
        "invalid proxy URL: must be http or https with a host and no path, such as http://proxy.example:3128"
    )]
    InvalidProxy,
    /// The HTTP client could not be created.
    #[error("failed to create the HTTP client")]
    Client(#[source] reqwest::Error),
    /// A blocking call within an async runtime, which it would block. Nothing was sent.
    #[error("a blocking call is not allowed within an async runtime; use AirClient, or a separate thread")]
    WithinRuntime,
    /// The system could not start the thread of the blocking client.
    #[error("failed to start the blocking client's thread")]
    NoThread(#[source] std::io::Error),
    /// A value that is not allowed in a header, or a header that only the client sets.
    #[error("invalid header {header}: it has characters that are not allowed, or the client sets it itself")]
    InvalidRequest {
        /// The header's name.
        header: &'static str,
    },
    /// A token that the client must sign without a key. Nothing was sent.
    #[error(
        "the client has no signing key: set signing_key and partner on its builder, or pass a token to the call"
    )]
    NoSigningKey,
    /// A signing key without its partner.
    #[error("the client has a signing key, but no partner: set partner on its builder")]
    NoPartner,
    /// A given token that is an address. Nothing was sent.
    #[error("an e-mail address was passed as a token; parse a recipient's address as EmailAddress")]
    NotAToken,
    /// The key did not sign a token. Nothing was sent.
    #[error("failed to sign a Partner JWT")]
    NotSigned(#[source] air_jwt::Error),
    /// A call of the local platform to a hosted one. Nothing was sent.
    #[error("only the local platform has this call, and {host} is a hosted platform; nothing was sent")]
    LocalOnly {
        /// Host and port.
        host: String,
    },
    /// The connection failed: the platform did not receive the call.
    #[error("failed to connect to the platform at {host}; check that it is running, and its URL")]
    Unreachable {
        /// Host and port.
        host: String,
    },
    /// The certificate of the platform is not trusted: the platform did not receive the call.
    #[error(
        "the certificate of the platform at {host} is not trusted: its issuer must be among the CA certificates of \
         this machine (on Debian, the package ca-certificates), or in the file that SSL_CERT_FILE names"
    )]
    UntrustedCertificate {
        /// Host and port.
        host: String,
    },
    /// No response in time: the platform may have executed the call.
    #[error("the platform at {host} did not answer in time")]
    TimedOut {
        /// Host and port.
        host: String,
        /// Whether the call can be repeated without being executed twice.
        safe_to_repeat: bool,
        /// The platform's request id, if the response started.
        request_id: Option<String>,
    },
    /// The connection broke before the response was read: the platform may have executed the call.
    #[error("the response of the platform at {host} was lost")]
    AnswerLost {
        /// Host and port.
        host: String,
        /// Whether the call can be repeated without being executed twice.
        safe_to_repeat: bool,
        /// The platform's request id, if the response started.
        request_id: Option<String>,
    },
    /// The platform failed repeatedly, so no calls are sent for a while.
    #[error("the platform failed repeatedly; no calls are sent to it for {} s", retry_after.as_secs().max(1))]
    CircuitOpen {
        /// The time until calls are sent again.
        retry_after: Duration,
    },
    /// 400, 413, 422: the platform rejected the input.
    #[error("the platform rejected the call: {message}")]
    Rejected {
        /// The platform's message.
        message: String,
        /// The platform's request id.
        request_id: Option<String>,
    },
    /// 401, 403: the platform rejected the credentials.
    #[error("not authorised: {message}")]
    NotAuthorised {
        /// The status: 401 for the token, 403 for the call.
        status: u16,
        /// The platform's message.
        message: String,
        /// The platform's request id.
        request_id: Option<String>,
    },
    /// 404: no such issuer, program or hash.
    #[error("not found: {message}")]
    NotFound {
        /// The platform's message.
        message: String,
        /// The platform's request id.
        request_id: Option<String>,
    },
    /// 409: a duplicate, or the user denied consent.
    #[error("conflict: {message}")]
    Conflict {
        /// The platform's message.
        message: String,
        /// The platform's request id.
        request_id: Option<String>,
    },
    /// 409 with `Retry-After`: a call with the same idempotency key is in progress.
    #[error("the same call is in progress; try again in {} s", retry_after.as_secs().max(1))]
    InProgress {
        /// The time to wait.
        retry_after: Duration,
        /// The platform's request id.
        request_id: Option<String>,
    },
    /// 429: too many requests.
    #[error("the platform asks to slow down; try again later")]
    RateLimited {
        /// The time to wait, if the platform states it.
        retry_after: Option<Duration>,
        /// The platform's request id.
        request_id: Option<String>,
    },
    /// 5xx: the platform failed.
    #[error("the platform failed with status {status}: {message}")]
    PlatformFailed {
        /// The HTTP status.
        status: u16,
        /// The platform's message.
        message: String,
        /// The time to wait, if the platform states it.
        retry_after: Option<Duration>,
        /// Whether the call can be repeated without being executed twice.
        safe_to_repeat: bool,
        /// The platform's request id.
        request_id: Option<String>,
    },
    /// A response that does not match the documentation.
    #[error("unexpected response of the platform: {reason}")]
    UnexpectedAnswer {
        /// The mismatch.
        reason: &'static str,
        /// The platform's request id.
        request_id: Option<String>,
    },
    /// The user denied consent: nothing was released.
    #[error("the user denied consent; no key was released, so nothing can be opened")]
    ConsentDenied,
    /// Not anchored before the deadline. It may be anchored later: check its status, and do not issue again.
    #[error("the credential was not anchored within {} s; check its status later, and do not issue again", waited.as_secs())]
    NotAnchored {
        /// The time that the client waited.
        waited: Duration,
    },
    /// The wallet's key differs from the one at issuance.
    #[error("the wallet's key for this context differs from the one at issuance; use the same user's wallet")]
    WrongWallet,
    /// Derivation failed.
    #[error(transparent)]
    Cak(#[from] air_crypto::Error),
}

impl Error {
    /// Checks whether the same call may succeed later without a change. [`Self::is_safe_to_repeat`] checks
    /// whether the call may be repeated at all.
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
            | Self::UntrustedCertificate { .. }
            | Self::WithinRuntime
            | Self::NoThread(_)
            | Self::Client(_)
            | Self::InvalidRequest { .. }
            | Self::NoSigningKey
            | Self::NoPartner
            | Self::NotAToken
            | Self::NotSigned(_)
            | Self::LocalOnly { .. }
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

    /// Checks whether the call can be repeated without being executed twice: it was not executed, it changes
    /// nothing, or the platform detects the repetition by its idempotency key. Returns `false` if that is
    /// unknown.
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
            | Self::UntrustedCertificate { .. }
            | Self::WithinRuntime
            | Self::NoThread(_)
            | Self::Client(_)
            | Self::InvalidRequest { .. }
            | Self::NoSigningKey
            | Self::NoPartner
            | Self::NotAToken
            | Self::NotSigned(_)
            | Self::LocalOnly { .. }
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

    /// Returns the wait that the platform or an open circuit requires.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::CircuitOpen { retry_after } | Self::InProgress { retry_after, .. } => Some(*retry_after),
            Self::RateLimited { retry_after, .. } | Self::PlatformFailed { retry_after, .. } => *retry_after,
            Self::InvalidUrl
            | Self::InvalidPackageUrl
            | Self::InvalidProxy
            | Self::UntrustedCertificate { .. }
            | Self::WithinRuntime
            | Self::NoThread(_)
            | Self::Client(_)
            | Self::InvalidRequest { .. }
            | Self::NoSigningKey
            | Self::NoPartner
            | Self::NotAToken
            | Self::NotSigned(_)
            | Self::LocalOnly { .. }
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

    /// Returns the platform's request id.
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
            | Self::UntrustedCertificate { .. }
            | Self::WithinRuntime
            | Self::NoThread(_)
            | Self::Client(_)
            | Self::InvalidRequest { .. }
            | Self::NoSigningKey
            | Self::NoPartner
            | Self::NotAToken
            | Self::NotSigned(_)
            | Self::LocalOnly { .. }
            | Self::Unreachable { .. }
            | Self::CircuitOpen { .. }
            | Self::ConsentDenied
            | Self::NotAnchored { .. }
            | Self::WrongWallet
            | Self::Cak(_) => None,
        }
    }

    /// Marks a call whose idempotency key is lost as unsafe to repeat: a repetition could execute it twice.
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
