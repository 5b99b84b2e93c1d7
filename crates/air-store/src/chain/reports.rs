//! The leaves whose credentials were reported as anchored. A credential is reported once: when its
//! block is made, or when its checkpoint is final if there is a chain. The number of reported
//! leaves outlives a change between the two, and checkpoints that the chain lost.

use air_ids::UnixTime;
use sqlx::FromRow;

use crate::{ReadTx, WriteTx, sql};

/// The reported leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Reports {
    /// Their number: they are the first of the tree.
    #[sqlx(try_from = "sql::Unsigned")]
    pub leaves: u64,
    /// Since when those without a final checkpoint wait for one; `None` while there is no chain.
    pub waits_since: Option<UnixTime>,
}

/// Finds the reports; `None` before the first start with a chain.
pub async fn find(tx: &mut ReadTx) -> sqlx::Result<Option<Reports>> {
    sql::query_as("SELECT leaves, waits_since FROM chain_reports WHERE id = 1")
        .fetch_optional(tx)
        .await
}

/// Records a start with a chain: at the first one, all leaves were reported when their blocks were made.
pub async fn begin(tx: &mut WriteTx, leaves: u64, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO chain_reports (id, leaves, waits_since) VALUES (1, $1, $2)
         ON CONFLICT (id) DO UPDATE SET waits_since = COALESCE(chain_reports.waits_since, excluded.waits_since)",
    )
    .bind(leaves)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Records that the credentials of the first leaves were reported. They stay reported.
pub async fn advance(tx: &mut WriteTx, leaves: u64) -> sqlx::Result<()> {
    sql::query("UPDATE chain_reports SET leaves = $1 WHERE leaves < $1")
        .bind(leaves)
        .execute(tx)
        .await
        .map(drop)
}

/// Records that the platform runs without a chain, and reported all leaves. Does nothing before the
/// first start with a chain.
pub async fn pause(tx: &mut WriteTx, leaves: u64) -> sqlx::Result<()> {
    sql::query("UPDATE chain_reports SET leaves = $1, waits_since = NULL")
        .bind(leaves)
        .enqueue(tx)
        .await
}

/// Records that reported leaves wait for a final checkpoint again.
pub async fn wait_again(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    sql::query("UPDATE chain_reports SET waits_since = $1")
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// Forgets the reports of leaves that the tree no longer has.
pub async fn cut(tx: &mut WriteTx, leaves: u64) -> sqlx::Result<()> {
    sql::query("UPDATE chain_reports SET leaves = $1 WHERE leaves > $1")
        .bind(leaves)
        .execute(tx)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Data, Store};

    const fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(seconds)
    }

    #[tokio::test]
    async fn reports_outlive_starts_without_a_chain() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        pause(&mut tx, 3).await.unwrap();
        assert_eq!(find(&mut tx).await.unwrap(), None, "there was never a chain");
        begin(&mut tx, 7, at(100)).await.unwrap();
        expect(&mut tx, 7, Some(at(100))).await;
        advance(&mut tx, 9).await.unwrap();
        advance(&mut tx, 8).await.unwrap();
        begin(&mut tx, 12, at(200)).await.unwrap();
        expect(&mut tx, 9, Some(at(100))).await;
        wait_again(&mut tx, at(250)).await.unwrap();
        expect(&mut tx, 9, Some(at(250))).await;
        pause(&mut tx, 15).await.unwrap();
        expect(&mut tx, 15, None).await;
        begin(&mut tx, 15, at(300)).await.unwrap();
        expect(&mut tx, 15, Some(at(300))).await;
        cut(&mut tx, 20).await.unwrap();
        cut(&mut tx, 11).await.unwrap();
        expect(&mut tx, 11, Some(at(300))).await;
    }

    async fn expect(tx: &mut ReadTx, leaves: u64, waits_since: Option<UnixTime>) {
        let expected = Reports { leaves, waits_since };
        assert_eq!(find(tx).await.unwrap(), Some(expected));
    }
}
