//! The outbox: what was sent to the chain, and how far it is.

use air_ledger::{
    evm::{Address, KeccakHash},
    merkle::Hash,
};
use air_store::{
    Leadership, ReadTx,
    chain::{self, Transaction, TransactionState},
    ledger,
};

use super::{
    alarm::Alarm,
    attempt::{Attempt, BlockRef, Progress, fixed},
};
use crate::{App, events};

/// An error of the outbox.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// The store failed.
    #[error("the outbox of the chain is not available: {0}")]
    Store(#[from] sqlx::Error),
    /// The outbox or the ledger changed meanwhile.
    #[error(
        "the outbox or the ledger changed before the transaction was stored; the next attempt reads them again"
    )]
    Outdated,
}

/// A checkpoint that is on its way or on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// The number of leaves.
    pub size: u64,
    /// The root.
    pub root: Hash,
    /// When its transaction was stored, in seconds since 1970.
    pub stored_at: u64,
}

/// The outbox at a moment.
#[derive(Clone, Debug)]
pub struct Outbox {
    /// The chain's id; `None` before the first start with a chain.
    pub chain_id: Option<u64>,
    /// The contract and the hash of its code; `None` until it is deployed.
    pub contract: Option<(Address, KeccakHash)>,
    /// What keeps checkpoints from the chain.
    pub alarm: Option<Alarm>,
    /// The transactions that may still become final, by nonce, the older first.
    pub open: Vec<Attempt>,
    /// The largest checkpoint that is on its way or on the chain.
    pub newest: Option<Anchored>,
    /// The largest checkpoint that is final.
    pub newest_final: Option<Anchored>,
    /// The number of leaves of the ledger.
    pub tree_size: u64,
}

impl Outbox {
    /// Checks whether a nonce waits for a block. No other may be used until it is in one.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.open.iter().any(|attempt| attempt.progress == Progress::Sent)
    }
}

/// A change of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A node took it while this block was the newest.
    Sent {
        /// The transaction.
        hash: KeccakHash,
        /// The newest block.
        newest_block: u64,
    },
    /// It is in this block.
    Included {
        /// The transaction.
        hash: KeccakHash,
        /// The block.
        block: BlockRef,
    },
    /// Its block was replaced.
    TakenBack {
        /// The transaction.
        hash: KeccakHash,
    },
    /// Its block is final, so the other transactions of its nonce never will be.
    Final {
        /// The transaction.
        hash: KeccakHash,
        /// The transaction's nonce.
        nonce: u64,
        /// The block; `None` if no transaction of ours was found, although the contract has the checkpoint.
        block: Option<BlockRef>,
    },
    /// The contract refused it, which cost the nonce.
    Failed {
        /// The transaction.
        hash: KeccakHash,
        /// The transaction's nonce.
        nonce: u64,
    },
}

/// Returns the candidacy of this process: of several on one database, one submits.
#[must_use]
pub fn leadership(app: &App) -> Leadership {
    app.store.leadership()
}

/// Reads the outbox.
pub async fn load(app: &App) -> Result<Outbox, OutboxError> {
    let mut read = app.store.read().await?;
    let chain = chain::find(&mut read).await?;
    let (contract, code_hash, alarm) = chain
        .as_ref()
        .map(|chain| {
            (
                chain.contract.as_deref(),
                chain.code_hash.as_deref(),
                chain.alarm.as_deref(),
            )
        })
        .unwrap_or_default();
    let contract = match contract.zip(code_hash) {
        Some((address, hash)) => Some((Address::new(fixed(address)?), KeccakHash::new(fixed(hash)?))),
        None => None,
    };
    Ok(Outbox {
        chain_id: chain.as_ref().map(|chain| chain.chain_id),
        contract,
        alarm: alarm.and_then(Alarm::named),
        open: open(&mut read).await?,
        newest: anchored(chain::newest(&mut read).await?)?,
        newest_final: anchored(chain::newest_final(&mut read).await?)?,
        tree_size: ledger::head(&mut read).await?.map_or(0, |head| head.tree_size),
    })
}

async fn open(tx: &mut ReadTx) -> sqlx::Result<Vec<Attempt>> {
    let rows = chain::open(tx).await?;
    rows.into_iter().map(Attempt::from_row).collect()
}

fn anchored(row: Option<Transaction>) -> sqlx::Result<Option<Anchored>> {
    row.map(|row| {
        Ok(Anchored {
            size: row.ledger_size,
            root: fixed(&row.root)?,
            stored_at: row.stored_at,
        })
    })
    .transpose()
}

/// Stores the chain at the first start with it.
pub async fn begin(app: &App, chain_id: u64) -> Result<(), OutboxError> {
    let mut tx = app.store.write().await?;
    if chain::find(&mut tx).await?.is_none() {
        let row = chain::Chain {
            chain_id,
            contract: None,
            code_hash: None,
            started_at: app.machine_clock.now(),
            alarm: None,
        };
        chain::insert(&mut tx, &row).await?;
    }
    Ok(app.commit(tx).await?)
}

/// Stores the contract.
pub async fn set_contract(app: &App, address: Address, code_hash: KeccakHash) -> Result<(), OutboxError> {
    let mut tx = app.store.write().await?;
    chain::set_contract(&mut tx, address.as_bytes(), code_hash.as_bytes()).await?;
    Ok(app.commit(tx).await?)
}

/// Stores or clears the alarm.
pub async fn set_alarm(app: &App, alarm: Option<Alarm>) -> Result<(), OutboxError> {
    let mut tx = app.store.write().await?;
    chain::set_alarm(&mut tx, alarm.map(Alarm::name)).await?;
    Ok(app.commit(tx).await?)
}

/// Stores a new transaction, before it is sent.
///
/// # Errors
/// [`OutboxError::Outdated`] if the open transactions are no longer those of `decided_on`, or if the ledger was cut or restored meanwhile,
/// so that the decision no longer holds.
pub async fn store(app: &App, attempt: &Attempt, decided_on: &Outbox) -> Result<(), OutboxError> {
    let mut tx = app.store.write().await?;
    if open(&mut tx).await? != decided_on.open {
        return Err(OutboxError::Outdated);
    }
    if !attempt.creates_contract() && ledger::root_at(&mut tx, attempt.size).await? != Some(attempt.root) {
        return Err(OutboxError::Outdated);
    }
    chain::store(&mut tx, &attempt.to_row()?).await?;
    Ok(app.commit(tx).await?)
}

/// Applies changes, all or none.
pub async fn apply(app: &App, changes: &[Change]) -> Result<(), OutboxError> {
    if changes.is_empty() {
        return Ok(());
    }
    let now = app.machine_clock.now();
    let mut tx = app.store.write().await?;
    let final_size = newest_final_size(&mut tx).await?;
    for change in changes {
        match *change {
            Change::Sent { hash, newest_block } => {
                chain::set_sent(&mut tx, hash.as_bytes(), now, newest_block).await?;
            }
            Change::Included { hash, block } => {
                let state = TransactionState::Included;
                chain::set_state(&mut tx, hash.as_bytes(), state, Some(stored(block))).await?;
            }
            Change::TakenBack { hash } => {
                chain::take_back(&mut tx, hash.as_bytes()).await?;
            }
            Change::Final { hash, nonce, block } => {
                // A status compares this time with those of the ledger, which are the platform's.
                let final_at = app.platform_clock.now();
                chain::set_final(&mut tx, hash.as_bytes(), block.map(stored), final_at).await?;
                chain::replace_others(&mut tx, nonce, hash.as_bytes()).await?;
            }
            Change::Failed { hash, nonce } => {
                chain::set_state(&mut tx, hash.as_bytes(), TransactionState::Failed, None).await?;
                chain::replace_others(&mut tx, nonce, hash.as_bytes()).await?;
            }
        }
    }
    let leaves = final_size..newest_final_size(&mut tx).await?;
    if !leaves.is_empty() {
        events::tell_anchored(&mut tx, leaves, app.platform_clock.now()).await?;
    }
    Ok(app.commit(tx).await?)
}

async fn newest_final_size(tx: &mut ReadTx) -> sqlx::Result<u64> {
    let newest = chain::newest_final(tx).await?;
    Ok(newest.map_or(0, |checkpoint| checkpoint.ledger_size))
}

fn stored(block: BlockRef) -> (u64, Hash) {
    (block.number, *block.hash.as_bytes())
}

/// Reopens the final transactions after a checkpoint, because the chain lost them. Returns their number.
pub async fn reopen_after(app: &App, size: u64) -> Result<u64, OutboxError> {
    let mut tx = app.store.write().await?;
    let reopened = chain::reopen_after(&mut tx, size).await?;
    app.commit(tx).await?;
    Ok(reopened)
}
