//! Values that are accepted once.

use std::time::Duration;

use air_ids::UnixTime;

use super::{Store, WriteTx, time_column};

/// The time for which a digest is kept beyond its value: the clock of another instance may be slow by this time.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(5);

/// Whether the digest of a value is stored.
pub(crate) async fn is_spent(store: &Store, digest: &[u8; 32]) -> sqlx::Result<bool> {
    let found: Option<String> = sqlx::query_scalar("SELECT digest FROM single_use WHERE digest = $1")
        .bind(hex::encode(digest))
        .fetch_optional(store.reader())
        .await?;
    Ok(found.is_some())
}

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

/// Deletes the digests of values that no instance accepts any more, and returns their number.
pub(crate) async fn forget_expired(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<u64> {
    let done = sqlx::query("DELETE FROM single_use WHERE expires_at <= $1")
        .bind(time_column(now.saturating_sub(CLOCK_TOLERANCE)))
        .execute(tx.connection())
        .await?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DatabaseConfig;

    #[tokio::test]
    async fn a_value_is_known_while_an_instance_with_a_slow_clock_accepts_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&DatabaseConfig::Sqlite(folder.path().to_owned()))
            .await
            .unwrap();
        let ends_at = UnixTime::from_secs(1_000);
        let mut tx = store.write().await.unwrap();
        assert!(spend(&mut tx, &[1; 32], ends_at).await.unwrap());
        assert!(!spend(&mut tx, &[1; 32], ends_at).await.unwrap());
        let last = UnixTime::from_secs(1_299);
        assert_eq!(forget_expired(&mut tx, last).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert!(is_spent(&store, &[1; 32]).await.unwrap());
        assert!(!is_spent(&store, &[2; 32]).await.unwrap());
        let mut tx = store.write().await.unwrap();
        assert_eq!(
            forget_expired(&mut tx, UnixTime::from_secs(1_300)).await.unwrap(),
            1
        );
        tx.commit().await.unwrap();
        assert!(!is_spent(&store, &[1; 32]).await.unwrap());
    }
}
