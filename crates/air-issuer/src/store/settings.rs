//! Settings that the first start or the first credential fixes.

use super::WriteTx;

pub(crate) async fn find(tx: &mut WriteTx, name: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
        .bind(name)
        .fetch_optional(tx.connection())
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
