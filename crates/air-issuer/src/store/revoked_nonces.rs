//! Revoked nonces of imported credentials that have no record.

use super::{Store, column};

/// Whether the nonce was imported as revoked.
pub(crate) async fn contains(store: &Store, nonce: u64) -> sqlx::Result<bool> {
    let row: Option<i64> = sqlx::query_scalar("SELECT nonce FROM revoked_nonces WHERE nonce = $1")
        .bind(column(nonce))
        .fetch_optional(store.reader())
        .await?;
    Ok(row.is_some())
}

/// Records a nonce, unless a credential has it. Returns whether it is new.
#[cfg(feature = "postgres")]
pub(crate) async fn insert(tx: &mut super::WriteTx, nonce: u64) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO revoked_nonces (nonce) SELECT $1 WHERE NOT EXISTS \
         (SELECT 1 FROM issuances WHERE nonce = $1) ON CONFLICT DO NOTHING",
    )
    .bind(column(nonce))
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() > 0)
}
