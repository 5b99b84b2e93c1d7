//! Digests of values that are accepted once.

use std::collections::HashSet;

use air_ids::UnixTime;
use sqlx::FromRow;

use super::{
    ReadTx, WriteTx,
    expiring::Expiring,
    sql::{self, Named, PendingQuery},
};

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

/// Queues the storage of a digest that must be new.
pub async fn insert(tx: &mut WriteTx, digest: &[u8; 32], expires_at: UnixTime) -> sqlx::Result<()> {
    sql::query("INSERT INTO single_use (digest, expires_at) VALUES ($1, $2)")
        .bind(digest.as_slice())
        .bind(expires_at)
        .enqueue(tx)
        .await
}

/// The first value that was stored before.
#[derive(FromRow)]
struct Spent {
    #[sqlx(try_from = "sql::Unsigned")]
    spent_position: u64,
}

impl Named for Spent {}

/// Values whose digests are stored with the next statements of their transaction.
#[must_use = "a value may have been stored before"]
pub struct Spending {
    /// The position of the first value that occurs twice.
    repeated: Option<usize>,
    /// `None` without values.
    pending: Option<PendingQuery<Spent>>,
}

/// Queues the storage of digests.
pub async fn spend_later(tx: &mut WriteTx, values: &[([u8; 32], UnixTime)]) -> sqlx::Result<Spending> {
    if values.is_empty() {
        return Ok(Spending {
            repeated: None,
            pending: None,
        });
    }
    let mut seen = HashSet::new();
    let repeated = values.iter().position(|(digest, _)| !seen.insert(digest));
    let (mut cases, mut numbers, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for position in 0..values.len() {
        let number = position + 1;
        cases.push(format!(" WHEN ${number} THEN {position}"));
        numbers.push(format!("${number}"));
        rows.push(format!("(${}, ${})", 2 * position + 1, 2 * position + 2));
    }
    let mut find = sql::query_as::<Spent>(format!(
        "SELECT CAST(CASE digest{} END AS BIGINT) AS spent_position FROM single_use WHERE digest IN ({}) \
         ORDER BY 1 LIMIT 1",
        cases.concat(),
        numbers.join(", ")
    ));
    let mut insert = sql::query(format!(
        "INSERT INTO single_use (digest, expires_at) VALUES {} ON CONFLICT DO NOTHING",
        rows.join(", ")
    ));
    for (digest, expires_at) in values {
        find = find.bind(digest.as_slice());
        insert = insert.bind(digest.as_slice()).bind(*expires_at);
    }
    let pending = Some(find.query_later(tx).await?);
    insert.enqueue(tx).await?;
    Ok(Spending { repeated, pending })
}

impl Spending {
    /// Returns the position of the first value that was stored before, or that occurs twice.
    pub async fn first_used(self, tx: &mut WriteTx) -> sqlx::Result<Option<usize>> {
        let Some(pending) = self.pending else {
            return Ok(None);
        };
        let spent = pending.take_row(tx).await?;
        let spent = spent.and_then(|spent| usize::try_from(spent.spent_position).ok());
        Ok(spent.into_iter().chain(self.repeated).min())
    }
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
        let mut spend = async |digests: &[u8]| {
            let spending = spend_later(&mut tx, &values(digests)).await.unwrap();
            spending.first_used(&mut tx).await.unwrap()
        };
        assert_eq!(spend(&[]).await, None);
        assert_eq!(spend(&[1, 2]).await, None);
        assert_eq!(spend(&[3, 2, 1]).await, Some(1));
        assert_eq!(spend(&[4, 5, 4]).await, Some(2));
        assert_eq!(spend(&[6, 6, 1]).await, Some(1));
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
