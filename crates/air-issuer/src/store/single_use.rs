//! Values that are accepted once.

use air_ids::UnixTime;

use super::{WriteTx, time_column};

/// Stores the digest of a value. Returns `false` if it was stored before.
pub(crate) async fn spend(tx: &mut WriteTx, digest: &[u8; 32], expires_at: UnixTime) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO single_use (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING",
    )
    .bind(hex::encode(digest))
    .bind(time_column(expires_at))
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Deletes the digests of values that are too old to be accepted, and returns their number.
pub(crate) async fn forget_expired(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<u64> {
    let done = sqlx::query("DELETE FROM single_use WHERE expires_at <= $1")
        .bind(time_column(now))
        .execute(tx.connection())
        .await?;
    Ok(done.rows_affected())
}
