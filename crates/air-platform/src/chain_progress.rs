//! How far a ledger entry is on the chain, from the outbox.

use air_api::sandbox::{AnchoringReason, ChainAnchor, ChainState};
use air_store::{
    ReadTx,
    chain::{self, Chain, Transaction, TransactionState},
};

use crate::App;

/// How far an entry is on the chain.
#[derive(Clone, Debug)]
pub(crate) struct ChainProgress {
    /// What the status shows.
    pub(crate) anchor: ChainAnchor,
    /// Why the entry waits.
    pub(crate) reason: Option<AnchoringReason>,
    /// When its checkpoint was final.
    pub(crate) final_at: Option<u64>,
}

/// Returns how far a leaf is on the chain; a pending entry has none.
pub(crate) async fn of_leaf(
    app: &App,
    tx: &mut ReadTx,
    leaf_index: Option<u64>,
) -> sqlx::Result<ChainProgress> {
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
        ChainState::Sent | ChainState::Waiting => Some(AnchoringReason::AwaitingCheckpoint),
    };
    let attempts = chain::count_of_nonce(tx, checkpoint.nonce).await?;
    Ok(ChainProgress {
        reason: usual.map(|usual| alarm(chain.as_ref()).unwrap_or(usual)),
        final_at: checkpoint.final_at.filter(|_| state == ChainState::Final),
        anchor: ChainAnchor {
            ledger_size: Some(checkpoint.ledger_size),
            root: Some(hex::encode(&checkpoint.root)),
            transaction_hash: Some(in_hex(&checkpoint.hash)),
            block_number: checkpoint.block_number,
            block_hash: checkpoint.block_hash.as_deref().map(in_hex),
            finalized_block: app.metrics.newest_final_block(),
            attempts: Some(attempts),
            max_fee_per_gas: Some(format!("{:#x}", checkpoint.max_fee)),
            ..anchor(chain.as_ref(), state)
        },
    })
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
    }
}

/// What keeps checkpoints from the chain.
fn alarm(chain: Option<&Chain>) -> Option<AnchoringReason> {
    let name = chain?.alarm.as_deref()?;
    // The store has the names of JSON.
    serde_json::from_value(name.into()).ok()
}

fn in_hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
