//! Settings that the first start or the first credential fixes, and the places up to which events were sent.

use super::{Store, WriteTx};

pub(crate) async fn find(tx: &mut WriteTx, name: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
        .bind(name)
        .fetch_optional(tx.connection())
        .await
}

/// Finds a setting outside a transaction.
pub(crate) async fn read(store: &Store, name: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
        .bind(name.to_owned())
        .fetch_optional(store.reader())
        .await
}

pub(crate) async fn set(tx: &mut WriteTx, name: &str, value: &str) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(tx.connection())
    .await
    .map(drop)
}
