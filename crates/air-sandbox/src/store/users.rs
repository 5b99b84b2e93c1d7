//! Users and their sessions.

use sqlx::FromRow;

use super::{
    Change,
    sql::{self, Asked},
    to_db,
};

#[derive(Clone, FromRow)]
pub(crate) struct User {
    pub(crate) user_uuid: String,
    pub(crate) email: String,
    pub(crate) holder_did: String,
}

/// Asks for the user of this address: this one, where there was none.
pub(crate) async fn ask_or_insert(change: &mut Change, new: &User, now: u64) -> sqlx::Result<Asked<User>> {
    // An update that changes nothing, so that the row comes back in one question.
    sql::query_as(
        "INSERT INTO users (user_uuid, email, holder_did, created_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (email) DO UPDATE SET email = excluded.email
         RETURNING user_uuid, email, holder_did",
    )
    .bind(&new.user_uuid)
    .bind(&new.email)
    .bind(&new.holder_did)
    .bind(to_db(now))
    .ask(change)
    .await
}

pub(crate) async fn find_by_did(change: &mut Change, holder_did: &str) -> sqlx::Result<Option<User>> {
    sql::query_as("SELECT user_uuid, email, holder_did FROM users WHERE holder_did = $1")
        .bind(holder_did)
        .fetch_optional(change)
        .await
}

pub(crate) async fn insert_session(
    change: &mut Change,
    token_hash: &[u8],
    user_uuid: &str,
    expires_at: u64,
) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO sessions (token_hash, user_uuid, expires_at)
         VALUES ($1, $2, $3)",
    )
    .bind(token_hash)
    .bind(user_uuid)
    .bind(to_db(expires_at))
    .defer(change)
    .await
}

pub(crate) async fn find_by_session(
    change: &mut Change,
    token_hash: &[u8],
    now: u64,
) -> sqlx::Result<Option<User>> {
    sql::query_as(
        "SELECT users.* FROM users JOIN sessions USING (user_uuid) WHERE token_hash = $1 AND expires_at > $2",
    )
    .bind(token_hash)
    .bind(to_db(now))
    .fetch_optional(change)
    .await
}
