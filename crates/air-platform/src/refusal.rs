//! The reason for refusing a request: its kind and a message of one sentence.

use crate::text::{MESSAGE_LIMIT, bounded, into_bounded};
use air_store::{
    is_full, is_locked, is_unreachable, is_unsynced,
    sql::{LARGEST, TooLarge},
};

/// The maximum length of an error's text in the log.
const CAUSE_LIMIT: usize = 1024;

/// The number of seconds until the store retries to recover from a failed sync.
const AFTER_FAILED_SYNC: u64 = 1;

/// The number of seconds after which a call is sent again that found the database locked.
const AFTER_LOCK: u64 = 5;

/// An error response. `Display` shows its message.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    kind: RefusalKind,
    message: String,
    retry_after: Option<u64>,
    reason: Option<Reason>,
    is_stores: bool,
}

/// The kind of a refusal. The HTTP layer maps each kind to a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// A field is missing or invalid; the message names it.
    BadRequest,
    /// The caller's token or session is missing or invalid.
    Unauthorized,
    /// The feature is off, or the object belongs to another partner.
    Forbidden,
    /// There is no such object.
    NotFound,
    /// The object's state does not allow it: the user refused consent, or the deadline has passed.
    Conflict,
    /// The object was available for a limited time.
    Gone,
    /// The body did not arrive in time.
    TooSlow,
    /// The input is longer than the limit.
    TooLarge,
    /// The operation does not accept the media type of the body.
    UnsupportedMediaType,
    /// The `Idempotency-Key` was used for another request.
    Unprocessable,
    /// The caller sends too many requests.
    TooMany,
    /// The caller's storage quota is used up.
    InsufficientStorage,
    /// A bug of the platform.
    Internal,
    /// The platform is temporarily unable to do it.
    Unavailable,
}

impl RefusalKind {
    /// Checks whether the caller can avoid the refusal by sending another request.
    #[must_use]
    pub fn is_callers(self) -> bool {
        match self {
            Self::BadRequest
            | Self::Unauthorized
            | Self::Forbidden
            | Self::NotFound
            | Self::Conflict
            | Self::Gone
            | Self::TooSlow
            | Self::TooLarge
            | Self::UnsupportedMediaType
            | Self::Unprocessable
            | Self::TooMany => true,
            Self::InsufficientStorage | Self::Internal | Self::Unavailable => false,
        }
    }
}

/// The specific reason of a refusal, for callers that need more than its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The Partner JWT can't be parsed.
    TokenMalformed,
    /// The Partner JWT does not verify.
    Token,
    /// The Partner JWT has expired.
    TokenExpired,
    /// The Partner JWT has another scope.
    Scope,
    /// The partner's keys can't be fetched.
    KeysUnreachable,
    /// No user is logged in.
    NoSession,
    /// The session belongs to another user or another partner.
    OtherUser,
    /// A page of the AIR Kit has no valid ticket.
    PageTicket,
    /// The user denied the request.
    Denied,
    /// The issuer's own backend is not available, or breaks a rule.
    IssuerBackend,
}

impl Refusal {
    /// Sets the reason.
    #[must_use]
    pub fn because(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Prefixes the message with the part of the request that is refused.
    #[must_use]
    pub fn about(mut self, what: &str) -> Self {
        self.message = into_bounded(format!("{what}: {}", self.message), MESSAGE_LIMIT);
        self
    }

    /// Sets the number of seconds after which the call may be retried.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Returns the number of seconds after which the call may be retried, if known.
    #[must_use]
    pub fn seconds_to_wait(&self) -> Option<u64> {
        self.retry_after
    }

    /// Returns the specific reason, if there is one.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// Creates a refusal of the kind [`RefusalKind::BadRequest`].
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::BadRequest, message)
    }

    /// Creates a refusal of the kind [`RefusalKind::Unauthorized`].
    #[must_use]
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Unauthorized, message)
    }

    /// Creates a refusal of the kind [`RefusalKind::Forbidden`].
    #[must_use]
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Forbidden, message)
    }

    /// Creates a refusal of the kind [`RefusalKind::NotFound`].
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::NotFound, message)
    }

    /// Creates a refusal of the kind [`RefusalKind::Conflict`].
    #[must_use]
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Conflict, message)
    }

    /// Creates a refusal of the kind [`RefusalKind::Gone`].
    #[must_use]
    pub fn gone(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Gone, message)
    }

    /// Creates a refusal of the kind [`RefusalKind::TooSlow`].
    #[must_use]
    pub fn too_slow(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::TooSlow, message)
    }

    /// Creates a refusal of the kind [`RefusalKind::TooLarge`].
    #[must_use]
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::TooLarge, message)
    }

    /// Creates a refusal of the kind [`RefusalKind::UnsupportedMediaType`].
    #[must_use]
    pub fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::UnsupportedMediaType, message)
    }

    /// Creates a refusal of the kind [`RefusalKind::Unprocessable`].
    #[must_use]
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Unprocessable, message)
    }

    /// Creates a refusal of the kind [`RefusalKind::TooMany`].
    #[must_use]
    pub fn too_many(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::TooMany, message)
    }

    /// Creates a refusal of the kind [`RefusalKind::InsufficientStorage`].
    #[must_use]
    pub fn insufficient_storage(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::InsufficientStorage, message)
    }

    /// Creates a refusal for an internal error. The cause is logged and not sent to the caller.
    #[must_use]
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let cause = cause.to_string();
        tracing::error!(cause = %bounded(&cause, CAUSE_LIMIT), "a call failed");
        Self::new(RefusalKind::Internal, "the platform failed; its log says why")
    }

    /// Creates a refusal of the kind [`RefusalKind::Unavailable`].
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Unavailable, message)
    }

    /// Checks whether a failure of the store caused the refusal.
    #[must_use]
    pub fn is_stores(&self) -> bool {
        self.is_stores
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// Returns the message for the caller: one sentence of at most 512 bytes.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: into_bounded(message.into(), MESSAGE_LIMIT),
            retry_after: None,
            reason: None,
            is_stores: false,
        }
    }
}

/// The number is from the request: no number of the platform's own is that large.
impl From<TooLarge> for Refusal {
    fn from(_: TooLarge) -> Self {
        Self::bad_request(format!("a number is too large; it must be at most {LARGEST}"))
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        if let Some(number) = TooLarge::find(&error) {
            return number.into();
        }
        let refusal = if is_full(&error) {
            tracing::error!(%error, "the disk is full; transactions in flight are rolled back");
            Self::unavailable(
                "the platform's disk is full, and nothing was stored; free some space and send the call again",
            )
        } else if is_unsynced(&error) {
            let refused = "the platform's disk failed to store the data, and it is not known whether this call took effect; send it \
                           again with the same Idempotency-Key";
            Self::unavailable(refused).retry_after(AFTER_FAILED_SYNC)
        } else if is_locked(&error) {
            tracing::error!(%error, "another program has locked the database");
            Self::unavailable(
                "another program has locked the platform's database, and nothing was stored; end it, and send the call again",
            )
            .retry_after(AFTER_LOCK)
        } else if is_unreachable(&error) {
            tracing::error!(%error, "the database is unreachable");
            Self::unavailable(
                "the platform's database is unreachable, and it is not known whether this call took effect; send it again with the same \
                 Idempotency-Key",
            )
        } else {
            Self::internal(error)
        };
        Self {
            is_stores: true,
            ..refusal
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_sync_asks_the_caller_to_try_again() {
        let refusal = Refusal::from(air_store::unsynced());
        assert_eq!(refusal.kind(), RefusalKind::Unavailable);
        assert_eq!(refusal.seconds_to_wait(), Some(1));
    }

    #[tokio::test]
    async fn a_locked_database_and_one_that_is_away_are_unavailable() {
        use sqlx::{ConnectOptions, Executor, sqlite::SqliteConnectOptions};

        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("db"))
            .create_if_missing(true)
            .busy_timeout(std::time::Duration::ZERO);
        let mut other = options.connect().await.unwrap();
        other.execute("BEGIN IMMEDIATE").await.unwrap();
        let mut ours = options.connect().await.unwrap();
        let refusal = Refusal::from(ours.execute("BEGIN IMMEDIATE").await.unwrap_err());
        assert_eq!(refusal.kind(), RefusalKind::Unavailable);
        assert_eq!(refusal.seconds_to_wait(), Some(AFTER_LOCK));
        assert!(refusal.is_stores());

        let refusal = Refusal::from(sqlx::Error::PoolTimedOut);
        assert_eq!(refusal.kind(), RefusalKind::Unavailable);
        assert_eq!(
            refusal.seconds_to_wait(),
            None,
            "it is not known whether the call took effect"
        );
    }

    #[test]
    fn a_number_that_is_too_large_is_the_callers_mistake() {
        let refusal = Refusal::from(sqlx::Error::Encode(TooLarge(u64::MAX).into()));
        assert_eq!(refusal.kind(), RefusalKind::BadRequest);
        assert!(!refusal.is_stores());
    }
}
