//! What the platform itself signs with.

use super::{ReadTx, WriteTx, sql, to_db};

/// The secret of this name: this one, where there was none.
pub async fn find_or_insert(tx: &mut WriteTx, name: &str, new: &[u8], now: u64) -> sqlx::Result<Vec<u8>> {
    if let Some(kept) = find(tx, name).await? {
        return Ok(kept);
    }
    // An update that changes nothing, so that the row comes back.
    sql::query_scalar(
        "INSERT INTO platform_secrets (name, secret, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING secret",
    )
    .bind(name)
    .bind(new)
    .bind(to_db(now))
    .fetch_one(tx)
    .await
}

/// The secret of this name.
pub async fn find(tx: &mut ReadTx, name: &str) -> sqlx::Result<Option<Vec<u8>>> {
    sql::query_scalar("SELECT secret FROM platform_secrets WHERE name = $1")
        .bind(name)
        .fetch_optional(tx)
        .await
}
