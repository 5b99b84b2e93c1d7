//! Why a call was refused: the platform's status and one sentence.

use axum::http::StatusCode;

use crate::{
    store::{is_full, is_unsynced},
    text::{MESSAGE_LIMIT, bounded, into_bounded},
};

/// How much of an error's text the log gets.
const CAUSE_LIMIT: usize = 1024;

/// When the store tries to recover from a failed sync again, in seconds.
const AFTER_FAILED_SYNC: u64 = 1;

/// An answer other than success.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    message: String,
    retry_after: Option<u64>,
    reason: Option<Reason>,
    is_stores: bool,
}

/// What a refusal is about, where its status does not tell: for callers that have names for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The Partner JWT can't be parsed.
    TokenMalformed,
    /// A Partner JWT that does not verify.
    Token,
    /// A Partner JWT that did, until its `exp`.
    TokenExpired,
    /// A Partner JWT of another scope.
    Scope,
    /// The partner's keys can't be fetched.
    KeysUnreachable,
    /// No user is logged in.
    NoSession,
    /// Another user, or another partner's, is logged in.
    OtherUser,
    /// A page of the AIR Kit without a good ticket.
    PageTicket,
    /// The user said no.
    Denied,
}

impl Refusal {
    /// The same, with what it is about.
    pub(crate) fn because(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The same, with the number of seconds after which the call may be sent again.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// After how many seconds the call may be sent again, where that is known.
    pub(crate) fn seconds_to_wait(&self) -> Option<u64> {
        self.retry_after
    }

    pub(crate) fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// 400: a field is missing or invalid; the message names it.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 401: the token.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// 403: the feature is off, or the object is another partner's.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// 404: no such issuer, program or hash.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 409: the user refused consent, or the call comes too late.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// 410: what is asked for was here, for a time.
    pub(crate) fn gone(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, message)
    }

    /// 408: the body did not come in time.
    pub(crate) fn too_slow(message: impl Into<String>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, message)
    }

    /// 413: more than is taken.
    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// 415: a body of another type.
    pub(crate) fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
    }

    /// 422: the key of another call.
    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 429: slow down.
    pub(crate) fn too_many(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, message)
    }

    /// 507: no room for what is to be stored.
    pub(crate) fn insufficient_storage(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INSUFFICIENT_STORAGE, message)
    }

    /// 500: our bug. The cause goes to the log, not to the caller.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        let cause = cause.to_string();
        tracing::error!(cause = %bounded(&cause, CAUSE_LIMIT), "a call failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the platform failed; its log says why",
        )
    }

    /// 503: not now.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }

    /// Whether the store failed.
    pub(crate) fn is_stores(&self) -> bool {
        self.is_stores
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: into_bounded(message.into(), MESSAGE_LIMIT),
            retry_after: None,
            reason: None,
            is_stores: false,
        }
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        let refusal = if is_full(&error) {
            tracing::error!(%error, "the disk is full; what was under way is undone");
            Self::unavailable(
                "the platform's disk is full, and nothing was stored; make room on it and send the call again",
            )
        } else if is_unsynced(&error) {
            let refused = "the platform's disk failed to keep what was written, and whether this call counts is not known; send it \
                           again with the same Idempotency-Key";
            Self::unavailable(refused).retry_after(AFTER_FAILED_SYNC)
        } else {
            Self::internal(error)
        };
        Self {
            is_stores: true,
            ..refusal
        }
    }
}
