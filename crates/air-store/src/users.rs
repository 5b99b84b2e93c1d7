//! Users and their sessions.

use std::str::FromStr;

use air_ids::{EmailAddress, PartnerId, UnixTime, UserUuid};
use sqlx::FromRow;

use super::{
    ReadTx, WriteTx,
    expiring::Expiring,
    sql::{self, Named, PendingQuery},
};

/// A user.
#[derive(Clone, FromRow)]
pub struct User {
    /// The ID.
    pub user_uuid: UserUuid,
    /// The user's e-mail address.
    #[sqlx(try_from = "sql::Text<EmailAddress>")]
    pub email: EmailAddress,
    /// The DID of the user's wallet.
    pub holder_did: String,
}

impl Named for User {}

/// Queues a query for the user with this email address. If there is none, it inserts `new`.
pub async fn ask_or_insert(tx: &mut WriteTx, new: &User, now: UnixTime) -> sqlx::Result<PendingQuery<User>> {
    // The update changes nothing. It makes `RETURNING` return the row, so one statement is enough.
    sql::query_as(
        "INSERT INTO users (user_uuid, email, holder_did, created_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (email) DO UPDATE SET email = excluded.email
         RETURNING user_uuid, email, holder_did",
    )
    .bind(&new.user_uuid)
    .bind(&new.email)
    .bind(&new.holder_did)
    .bind(now)
    .query_later(tx)
    .await
}

/// Finds a user by the ID.
pub async fn find(tx: &mut ReadTx, user_uuid: &UserUuid) -> sqlx::Result<Option<User>> {
    sql::query_as("SELECT user_uuid, email, holder_did FROM users WHERE user_uuid = $1")
        .bind(user_uuid)
        .fetch_optional(tx)
        .await
}

/// Finds the user with this e-mail address.
pub async fn find_by_email(tx: &mut ReadTx, email: &EmailAddress) -> sqlx::Result<Option<User>> {
    sql::query_as("SELECT user_uuid, email, holder_did FROM users WHERE email = $1")
        .bind(email)
        .fetch_optional(tx)
        .await
}

/// Inserts a user whose email address must be new.
pub async fn insert(tx: &mut WriteTx, new: &User, now: UnixTime) -> sqlx::Result<()> {
    sql::query("INSERT INTO users (user_uuid, email, holder_did, created_at) VALUES ($1, $2, $3, $4)")
        .bind(&new.user_uuid)
        .bind(&new.email)
        .bind(&new.holder_did)
        .bind(now)
        .enqueue(tx)
        .await
}

/// Finds the user by the DID of the wallet.
pub async fn find_by_did(tx: &mut ReadTx, holder_did: &str) -> sqlx::Result<Option<User>> {
    sql::query_as("SELECT user_uuid, email, holder_did FROM users WHERE holder_did = $1")
        .bind(holder_did)
        .fetch_optional(tx)
        .await
}

/// The origin of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionOrigin {
    /// A page of the AIR Kit, in the user's browser.
    Page,
    /// The same, after a code proved the user's address.
    ProvedPage,
    /// A partner's server, by `POST /sandbox/v1/sessions`. The user may not know about the session.
    Backend,
}

impl SessionOrigin {
    /// Checks whether a page of the AIR Kit opened the session.
    #[must_use]
    pub fn is_page(self) -> bool {
        matches!(self, Self::Page | Self::ProvedPage)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::ProvedPage => "proved page",
            Self::Backend => "backend",
        }
    }
}

/// The stored text names no origin of a session.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the origin of a session is unknown")]
pub struct UnknownOrigin;

impl FromStr for SessionOrigin {
    type Err = UnknownOrigin;

    fn from_str(text: &str) -> Result<Self, UnknownOrigin> {
        [Self::Page, Self::ProvedPage, Self::Backend]
            .into_iter()
            .find(|origin| origin.as_str() == text)
            .ok_or(UnknownOrigin)
    }
}

impl From<sql::Text<Self>> for SessionOrigin {
    fn from(text: sql::Text<Self>) -> Self {
        text.0
    }
}

const SESSIONS: Expiring = Expiring("sessions");

/// A new session. Only the hash of its token is stored.
pub struct NewSession<'a> {
    /// The SHA-256 of the token.
    pub token_hash: &'a [u8],
    /// The user.
    pub user_uuid: &'a UserUuid,
    /// The partner for which it is opened.
    pub partner_id: &'a PartnerId,
    /// The partner's own ID of the user.
    pub partner_user_id: Option<&'a str>,
    /// The opener.
    pub opened_by: SessionOrigin,
    /// The end, by the machine's clock.
    pub expires_at: UnixTime,
}

/// Queues the insertion of a session.
pub async fn insert_session(tx: &mut WriteTx, session: &NewSession<'_>) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO sessions (token_hash, user_uuid, partner_id, partner_user_id, opened_by, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(session.token_hash)
    .bind(session.user_uuid)
    .bind(session.partner_id)
    .bind(session.partner_user_id)
    .bind(session.opened_by.as_str())
    .bind(session.expires_at)
    .enqueue(tx)
    .await
}

/// An open session with its user and the partner for which it was opened.
#[derive(FromRow)]
pub struct OpenSession {
    /// The user.
    #[sqlx(flatten)]
    pub user: User,
    /// The partner for which it was opened.
    pub partner_id: PartnerId,
    /// The partner's own ID of the user.
    pub partner_user_id: Option<String>,
    /// The opener.
    #[sqlx(try_from = "sql::Text<SessionOrigin>")]
    pub opened_by: SessionOrigin,
    /// The end, by the machine's clock.
    pub expires_at: UnixTime,
}

/// Finds a session that has not ended, by the hash of its token.
pub async fn find_session(
    tx: &mut ReadTx,
    token_hash: &[u8],
    now: UnixTime,
) -> sqlx::Result<Option<OpenSession>> {
    sql::query_as(
        "SELECT users.user_uuid, email, holder_did, partner_id, partner_user_id, opened_by, expires_at
         FROM users JOIN sessions USING (user_uuid)
         WHERE token_hash = $1 AND partner_id IS NOT NULL AND expires_at > $2",
    )
    .bind(token_hash)
    .bind(now)
    .fetch_optional(tx)
    .await
}

/// Checks whether any session has expired at `until`.
pub async fn any_session_until(tx: &mut ReadTx, until: UnixTime) -> sqlx::Result<bool> {
    SESSIONS.any(tx, until).await
}

/// Deletes the sessions that have expired at `until`.
pub async fn delete_sessions_until(tx: &mut WriteTx, until: UnixTime) -> sqlx::Result<()> {
    SESSIONS.delete(tx, until).await
}

/// Records that a code proved the address of the user of a page's session.
pub async fn prove_session(tx: &mut WriteTx, token_hash: &[u8]) -> sqlx::Result<()> {
    sql::query("UPDATE sessions SET opened_by = $1 WHERE token_hash = $2 AND opened_by = $3")
        .bind(SessionOrigin::ProvedPage.as_str())
        .bind(token_hash)
        .bind(SessionOrigin::Page.as_str())
        .execute(tx)
        .await
        .map(drop)
}

/// Deletes a session.
pub async fn delete_session(tx: &mut WriteTx, token_hash: &[u8]) -> sqlx::Result<()> {
    sql::query("DELETE FROM sessions WHERE token_hash = $1")
        .bind(token_hash)
        .execute(tx)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_from_its_own_name_only() {
        for origin in [
            SessionOrigin::Page,
            SessionOrigin::ProvedPage,
            SessionOrigin::Backend,
        ] {
            assert_eq!(origin.as_str().parse::<SessionOrigin>().unwrap(), origin);
        }
        for unknown in ["", "Page", "phone"] {
            assert!(unknown.parse::<SessionOrigin>().is_err(), "{unknown}");
        }
    }
}
