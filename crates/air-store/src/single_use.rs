//! Digests of values that are accepted once.

use super::{ReadTx, WriteTx, expiring::Expiring, sql};
use air_ids::UnixTime;

const TABLE: Expiring = Expiring("single_use");

/// Stores a digest. Returns `false` if it is stored already.
pub async fn spend(tx: &mut WriteTx, digest: &[u8; 32], expires_at: UnixTime) -> sqlx::Result<bool> {
    let done =
        sql::query("INSERT INTO single_use (digest, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(digest.as_slice())
            .bind(expires_at)
            .execute(tx)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Checks whether any digest has expired at `now`.
pub async fn any_expired(tx: &mut ReadTx, now: UnixTime) -> sqlx::Result<bool> {
    TABLE.any(tx, now).await
}

/// Deletes the digests that have expired.
pub async fn forget_expired(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    TABLE.delete(tx, now).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Data, Store};

    const fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(seconds)
    }

    #[tokio::test]
    async fn a_digest_is_accepted_once_until_it_is_forgotten() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        assert!(spend(&mut tx, &[1; 32], at(100)).await.unwrap());
        assert!(!spend(&mut tx, &[1; 32], at(200)).await.unwrap());
        assert!(spend(&mut tx, &[2; 32], at(101)).await.unwrap());
        assert!(!any_expired(&mut tx, at(99)).await.unwrap());
        assert!(any_expired(&mut tx, at(100)).await.unwrap());
        forget_expired(&mut tx, at(100)).await.unwrap();
        assert!(spend(&mut tx, &[1; 32], at(300)).await.unwrap());
        assert!(!spend(&mut tx, &[2; 32], at(300)).await.unwrap());
    }
}
