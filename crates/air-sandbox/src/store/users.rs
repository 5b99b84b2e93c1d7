//! Users and their sessions.

use sqlx::FromRow;

use super::{Change, to_db};

#[derive(Clone, FromRow)]
pub(crate) struct User {
    pub(crate) user_uuid: String,
    pub(crate) email: String,
    pub(crate) holder_did: String,
}

/// The user of this address: this one, where there was none.
pub(crate) async fn find_or_insert(change: &mut Change, new: &User, now: u64) -> sqlx::Result<User> {
    // An update that changes nothing, so that the row comes back in one question.
    sqlx::query_as(
        "INSERT INTO users VALUES (?, ?, ?, ?) ON CONFLICT (email) DO UPDATE SET email = excluded.email
         RETURNING user_uuid, email, holder_did",
    )
    .bind(&new.user_uuid)
    .bind(&new.email)
    .bind(&new.holder_did)
    .bind(to_db(now))
    .fetch_one(&mut **change)
    .await
}

pub(crate) async fn find_by_did(change: &mut Change, holder_did: &str) -> sqlx::Result<Option<User>> {
    sqlx::query_as("SELECT user_uuid, email, holder_did FROM users WHERE holder_did = $1")
        .bind(holder_did)
        .fetch_optional(&mut **change)
        .await
}

pub(crate) async fn insert_session(
    change: &mut Change,
    token_hash: &[u8],
    user_uuid: &str,
    expires_at: u64,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO sessions VALUES (?, ?, ?)")
        .bind(token_hash)
        .bind(user_uuid)
        .bind(to_db(expires_at))
        .execute(&mut **change)
        .await
        .map(drop)
}

pub(crate) async fn find_by_session(
    change: &mut Change,
    token_hash: &[u8],
    now: u64,
) -> sqlx::Result<Option<User>> {
    sqlx::query_as(
        "SELECT users.* FROM users JOIN sessions USING (user_uuid) WHERE token_hash = ? AND expires_at > ?",
    )
    .bind(token_hash)
    .bind(to_db(now))
    .fetch_optional(&mut **change)
    .await
}
