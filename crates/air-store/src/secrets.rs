//! The platform's own signing secrets.

use super::{ReadTx, WriteTx, sql};
use air_ids::UnixTime;

/// Returns the secret of this name. If there is none, stores `new` and returns it.
pub async fn find_or_insert(
    tx: &mut WriteTx,
    name: &str,
    new: &[u8],
    now: UnixTime,
) -> sqlx::Result<Vec<u8>> {
    if let Some(kept) = find(tx, name).await? {
        return Ok(kept);
    }
    // The update changes nothing. It makes `RETURNING` return the row.
    sql::query_scalar(
        "INSERT INTO platform_secrets (name, secret, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING secret",
    )
    .bind(name)
    .bind(new)
    .bind(now)
    .fetch_one(tx)
    .await
}

/// Checks whether any secret whose name begins with `prefix` was created before `then`.
pub async fn any_before(tx: &mut ReadTx, prefix: &str, then: UnixTime) -> sqlx::Result<bool> {
    sql::query_scalar("SELECT EXISTS (SELECT 1 FROM platform_secrets WHERE name LIKE $1 AND created_at < $2)")
        .bind(format!("{prefix}%"))
        .bind(then)
        .fetch_one(tx)
        .await
}

/// Deletes the secrets whose name begins with `prefix` and that were created before `then`.
pub async fn forget_before(tx: &mut WriteTx, prefix: &str, then: UnixTime) -> sqlx::Result<()> {
    sql::query("DELETE FROM platform_secrets WHERE name LIKE $1 AND created_at < $2")
        .bind(format!("{prefix}%"))
        .bind(then)
        .execute(tx)
        .await
        .map(drop)
}

/// Finds the secret of this name.
pub async fn find(tx: &mut ReadTx, name: &str) -> sqlx::Result<Option<Vec<u8>>> {
    sql::query_scalar("SELECT secret FROM platform_secrets WHERE name = $1")
        .bind(name)
        .fetch_optional(tx)
        .await
}
