//! Digests of values that are accepted once.

use std::collections::HashSet;

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

/// Stores digests with one statement. Returns the position of the first one that is stored already, or
/// that occurs twice.
pub async fn spend_all(tx: &mut WriteTx, values: &[([u8; 32], UnixTime)]) -> sqlx::Result<Option<usize>> {
    if values.is_empty() {
        return Ok(None);
    }
    let rows: Vec<String> = (0..values.len())
        .map(|row| format!("(${}, ${})", 2 * row + 1, 2 * row + 2))
        .collect();
    let text = format!(
        "INSERT INTO single_use (digest, expires_at) VALUES {} ON CONFLICT DO NOTHING RETURNING digest",
        rows.join(", ")
    );
    let mut insert = sql::query_scalar::<Vec<u8>>(text);
    for (digest, expires_at) in values {
        insert = insert.bind(digest.as_slice()).bind(*expires_at);
    }
    let mut stored: HashSet<Vec<u8>> = insert.fetch_all(tx).await?.into_iter().collect();
    Ok(values
        .iter()
        .position(|(digest, _)| !stored.remove(digest.as_slice())))
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
    async fn the_first_digest_that_was_stored_before_is_named() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let values = |digests: &[u8]| {
            digests
                .iter()
                .map(|byte| ([*byte; 32], at(100)))
                .collect::<Vec<_>>()
        };
        let mut spend = async |digests: &[u8]| spend_all(&mut tx, &values(digests)).await.unwrap();
        assert_eq!(spend(&[]).await, None);
        assert_eq!(spend(&[1, 2]).await, None);
        assert_eq!(spend(&[3, 2, 1]).await, Some(1));
        assert_eq!(spend(&[4, 5, 4]).await, Some(2));
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
