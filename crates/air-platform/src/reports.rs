//! Reports each credential as anchored once (the event `credential.anchored`): when its block is
//! made, or when its checkpoint is final if there is a chain. If the chain is added later, the
//! credentials in blocks were reported already. If the chain loses a final checkpoint, the
//! credentials in it were, too.

use std::ops::Range;

use air_ids::UnixTime;
use air_store::{WriteTx, chain::reports, ledger};

use crate::{App, events};

/// Prepares the reports for a start with or without a chain.
pub(crate) async fn begin(app: &App) -> sqlx::Result<()> {
    let mut tx = app.store.write().await?;
    let now = app.platform_clock.now();
    let leaves = ledger::head(&mut tx).await?.map_or(0, |head| head.tree_size);
    if app.has_chain {
        reports::begin(&mut tx, leaves, now).await?;
    } else if let Some(reported) = reports::find(&mut tx).await? {
        // Without the chain, a credential in a block is anchored.
        record(&mut tx, reported.leaves..leaves, now).await?;
        reports::pause(&mut tx, leaves).await?;
    }
    app.commit(tx).await
}

/// Reports the credentials of a new block, on a platform without a chain.
pub(crate) async fn report_block(tx: &mut WriteTx, leaves: Range<u64>, now: UnixTime) -> sqlx::Result<()> {
    let end = leaves.end;
    record(tx, leaves, now).await?;
    reports::pause(tx, end).await
}

/// Reports the credentials in final checkpoints that were not reported yet.
#[cfg(feature = "chain")]
pub(crate) async fn report_final(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    let newest = air_store::chain::newest_final(tx).await?;
    let end = newest.map_or(0, |checkpoint| checkpoint.ledger_size);
    let reported = reports::find(tx).await?.map_or(0, |reported| reported.leaves);
    record(tx, reported..end, now).await?;
    reports::advance(tx, end).await
}

async fn record(tx: &mut WriteTx, leaves: Range<u64>, now: UnixTime) -> sqlx::Result<()> {
    if leaves.is_empty() {
        return Ok(());
    }
    events::record_anchored(tx, leaves, now).await
}
