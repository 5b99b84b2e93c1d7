//! The state of a ledger entry on the chain, from the outbox.

use air_api::sandbox::{AnchoringReason, ChainAnchor, ChainState};
use air_ids::UnixTime;
use air_store::{
    ReadTx,
    chain::{self, Chain, Transaction, TransactionState},
};

/// The state of an entry on the chain.
#[derive(Clone, Debug)]
pub(crate) struct ChainProgress {
    /// The anchor as the status shows it.
    pub(crate) anchor: ChainAnchor,
    /// The reason why the entry waits.
    pub(crate) reason: Option<AnchoringReason>,
    /// When its checkpoint was final.
    pub(crate) final_at: Option<UnixTime>,
    /// Since when it waits for a final checkpoint, if it was reported as anchored before: the
    /// ledger ran without a chain then, or the chain lost an earlier checkpoint.
    pub(crate) waits_since: Option<UnixTime>,
}

/// Returns how far a leaf is on the chain; a pending entry has none.
pub(crate) async fn of_leaf(tx: &mut ReadTx, leaf_index: Option<u64>) -> sqlx::Result<ChainProgress> {
    let chain = chain::find(tx).await?;
    let checkpoint = match leaf_index {
        Some(leaf_index) => covering(tx, leaf_index).await?,
        None => None,
    };
    let Some(checkpoint) = checkpoint else {
        return Ok(ChainProgress {
            reason: Some(alarm(chain.as_ref()).unwrap_or(AnchoringReason::AwaitingCheckpoint)),
            anchor: anchor(chain.as_ref(), ChainState::Waiting),
            final_at: None,
            waits_since: waits_since(tx, leaf_index).await?,
        });
    };
    let state = match checkpoint.state {
        TransactionState::Final => ChainState::Final,
        TransactionState::Included => ChainState::Included,
        _ => ChainState::Sent,
    };
    let usual = match state {
        ChainState::Final => None,
        ChainState::Included => Some(AnchoringReason::AwaitingFinality),
        _ => Some(AnchoringReason::AwaitingCheckpoint),
    };
    // Pruning drops the bytes together with the other attempts.
    let attempts = if checkpoint.raw.is_empty() {
        None
    } else {
        Some(chain::count_of_nonce(tx, checkpoint.nonce).await?)
    };
    Ok(ChainProgress {
        reason: usual.map(|usual| alarm(chain.as_ref()).unwrap_or(usual)),
        final_at: checkpoint.final_at.filter(|_| state == ChainState::Final),
        waits_since: match state {
            // The wait is over.
            ChainState::Final if checkpoint.reported_before > leaf_index => checkpoint.final_at,
            ChainState::Final => None,
            _ => waits_since(tx, leaf_index).await?,
        },
        anchor: ChainAnchor {
            ledger_size: Some(checkpoint.ledger_size),
            root: Some(hex::encode(&checkpoint.root)),
            transaction_hash: Some(in_hex(&checkpoint.hash)),
            block_number: checkpoint.block_number,
            block_hash: checkpoint.block_hash.as_deref().map(in_hex),
            finalized_block: checkpoint
                .final_block
                .or(chain.as_ref().and_then(|chain| chain.final_block)),
            attempts,
            max_fee_per_gas: Some(format!("{:#x}", checkpoint.max_fee)),
            gas_used: checkpoint.gas_used,
            effective_gas_price: checkpoint.gas_price.map(|price| format!("{price:#x}")),
            ..anchor(chain.as_ref(), state)
        },
    })
}

async fn waits_since(tx: &mut ReadTx, leaf_index: Option<u64>) -> sqlx::Result<Option<UnixTime>> {
    let reports = chain::reports::find(tx).await?;
    Ok(reports
        .filter(|reports| leaf_index.is_some_and(|leaf_index| leaf_index < reports.leaves))
        .and_then(|reports| reports.waits_since))
}

/// The checkpoint with the leaf that is furthest.
async fn covering(tx: &mut ReadTx, leaf_index: u64) -> sqlx::Result<Option<Transaction>> {
    for state in [
        TransactionState::Final,
        TransactionState::Included,
        TransactionState::Sent,
    ] {
        let checkpoint = chain::covering(tx, leaf_index, state).await?;
        if checkpoint.is_some() {
            return Ok(checkpoint);
        }
    }
    Ok(None)
}

fn anchor(chain: Option<&Chain>, state: ChainState) -> ChainAnchor {
    ChainAnchor {
        state,
        chain_id: chain.map(|chain| chain.chain_id),
        contract: chain.and_then(|chain| chain.contract.as_deref()).map(in_hex),
        ledger_size: None,
        root: None,
        transaction_hash: None,
        block_number: None,
        block_hash: None,
        finalized_block: None,
        attempts: None,
        max_fee_per_gas: None,
        gas_used: None,
        effective_gas_price: None,
    }
}

/// Returns the reason why no checkpoint reaches the chain.
fn alarm(chain: Option<&Chain>) -> Option<AnchoringReason> {
    // The row is written when the node says for the first time which chain it is on.
    let Some(chain) = chain else {
        return Some(AnchoringReason::ChainUnreachable);
    };
    let name = chain.alarm.as_deref()?;
    // The store has the names of JSON.
    serde_json::from_value(name.into()).ok()
}

fn in_hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
