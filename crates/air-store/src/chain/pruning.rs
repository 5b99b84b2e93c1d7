//! Bounds the outbox.
//!
//! A final checkpoint keeps its row, of about 300 bytes: a proof, a status and the dashboard name
//! its transaction and block. There is at most one for each entry of the ledger, which the ledger
//! keeps, too. The bytes of a transaction are needed to send it again after a reorganisation, and
//! transactions without effect to know what may still be mined. Both end with the newest final
//! checkpoints: should the chain lose older ones, a new checkpoint has all their entries.

use crate::{WriteTx, sql};

/// Drops the bytes of final transactions, and the transactions that never became final, before the
/// `kept` newest final checkpoints.
pub async fn prune(tx: &mut WriteTx, kept: u64) -> sqlx::Result<()> {
    let pruned = sql::query_number("SELECT pruned_to FROM chain WHERE id = 1")
        .fetch_optional(tx)
        .await?;
    let Some(pruned) = pruned else {
        return Ok(());
    };
    let oldest_kept = sql::query_number(
        "SELECT sequence FROM chain_transactions WHERE state = 'final' AND ledger_size > 0
         ORDER BY ledger_size DESC LIMIT 1 OFFSET $1",
    )
    .bind(kept.saturating_sub(1))
    .fetch_optional(tx)
    .await?;
    let Some(oldest_kept) = oldest_kept else {
        return Ok(());
    };
    let oldest_open = sql::query_number(
        "SELECT sequence FROM chain_transactions WHERE state IN ('sent', 'included') ORDER BY sequence LIMIT 1",
    )
    .fetch_optional(tx)
    .await?;
    let before = oldest_kept.min(oldest_open.unwrap_or(u64::MAX));
    let Some(to) = before.checked_sub(1).filter(|to| *to > pruned) else {
        return Ok(());
    };
    sql::query(
        "UPDATE chain_transactions SET raw = $1 WHERE sequence > $2 AND sequence <= $3 AND state = 'final'",
    )
    .bind(Vec::<u8>::new())
    .bind(pruned)
    .bind(to)
    .execute(tx)
    .await?;
    sql::query(
        "DELETE FROM chain_transactions WHERE sequence > $1 AND sequence <= $2 AND state IN ('replaced', 'failed')",
    )
    .bind(pruned)
    .bind(to)
    .execute(tx)
    .await?;
    sql::query("UPDATE chain SET pruned_to = $1 WHERE id = 1")
        .bind(to)
        .execute(tx)
        .await
        .map(drop)
}
