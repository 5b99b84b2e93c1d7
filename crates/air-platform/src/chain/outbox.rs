//! The outbox: the transactions that were sent to the chain, and their progress.

use air_ids::UnixTime;
use air_ledger::{
    evm::{Address, KeccakHash},
    merkle::Hash,
};
use air_store::{
    Leadership, ReadTx,
    chain::{self, Transaction},
    ledger,
};

use super::{
    alarm::Alarm,
    attempt::{Attempt, BlockRef, Cost, Progress, fixed},
};
use crate::{App, reports};

/// The number of final checkpoints whose bytes stay in the outbox, so that they can be sent again.
/// At one every 15 s, they cover more than four hours, which is far beyond any chain's finality.
const KEPT: u64 = 1024;

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
    /// When its transaction was stored.
    pub stored_at: UnixTime,
}

/// The outbox at a moment.
#[derive(Clone, Debug)]
pub struct Outbox {
    /// The chain's id; `None` before the first start with a chain.
    pub chain_id: Option<u64>,
    /// The contract and the hash of its code; `None` until it is deployed.
    pub contract: Option<(Address, KeccakHash)>,
    /// The reason why no checkpoint reaches the chain.
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
pub enum OutboxChange {
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
        /// Its cost.
        cost: Cost,
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
        /// The number of the newest final block.
        final_block: u64,
    },
    /// The contract refused it, which cost the nonce.
    Failed {
        /// The transaction.
        hash: KeccakHash,
        /// The transaction's nonce.
        nonce: u64,
    },
}

impl OutboxChange {
    /// The name in the log.
    fn name(self) -> &'static str {
        match self {
            Self::Sent { .. } => "sent",
            Self::Included { .. } => "included",
            Self::TakenBack { .. } => "takenBack",
            Self::Final { .. } => "final",
            Self::Failed { .. } => "failed",
        }
    }
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
    announce("begun");
    let mut tx = app.store.write().await?;
    if chain::find(&mut tx).await?.is_none() {
        let row = chain::Chain {
            chain_id,
            contract: None,
            code_hash: None,
            started_at: app.machine_clock.now(),
            alarm: None,
            final_block: None,
        };
        chain::insert(&mut tx, &row).await?;
    }
    Ok(app.commit(tx).await?)
}

/// Stores the contract.
pub async fn set_contract(app: &App, address: Address, code_hash: KeccakHash) -> Result<(), OutboxError> {
    announce("contract");
    let mut tx = app.store.write().await?;
    chain::set_contract(&mut tx, address.as_bytes(), code_hash.as_bytes()).await?;
    Ok(app.commit(tx).await?)
}

/// Stores or clears the alarm.
pub async fn set_alarm(app: &App, alarm: Option<Alarm>) -> Result<(), OutboxError> {
    announce("alarm");
    let mut tx = app.store.write().await?;
    chain::set_alarm(&mut tx, alarm.map(Alarm::name)).await?;
    Ok(app.commit(tx).await?)
}

/// Stores the newest final block, which is what a checkpoint in a block waits for.
pub async fn set_final_block(app: &App, number: u64) -> Result<(), OutboxError> {
    let mut tx = app.store.write().await?;
    chain::set_final_block(&mut tx, number).await?;
    Ok(app.commit(tx).await?)
}

/// Stores a new transaction, before it is sent.
///
/// # Errors
/// [`OutboxError::Outdated`] if the open transactions are no longer those of `decided_on`, or if
/// the ledger was cut or restored meanwhile, so that the decision no longer holds.
pub async fn store(app: &App, attempt: &Attempt, decided_on: &Outbox) -> Result<(), OutboxError> {
    announce("stored");
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
pub async fn apply(app: &App, changes: &[OutboxChange]) -> Result<(), OutboxError> {
    if changes.is_empty() {
        return Ok(());
    }
    for change in changes {
        announce(change.name());
    }
    let now = app.machine_clock.now();
    let mut tx = app.store.write().await?;
    for change in changes {
        match *change {
            OutboxChange::Sent { hash, newest_block } => {
                chain::set_sent(&mut tx, hash.as_bytes(), now, newest_block).await?;
            }
            OutboxChange::Included { hash, block, cost } => {
                chain::set_included(&mut tx, hash.as_bytes(), stored(block), cost.to_stored()).await?;
            }
            OutboxChange::TakenBack { hash } => {
                chain::take_back(&mut tx, hash.as_bytes()).await?;
            }
            OutboxChange::Final {
                hash,
                nonce,
                block,
                final_block,
            } => {
                // A status compares this time with those of the ledger, which are the platform's.
                let final_at = app.platform_clock.now();
                let block = block.map(stored);
                chain::set_final(&mut tx, hash.as_bytes(), block, final_block, final_at).await?;
                chain::replace_others(&mut tx, nonce, hash.as_bytes()).await?;
                reports::report_final(&mut tx, final_at).await?;
                chain::prune(&mut tx, KEPT).await?;
            }
            OutboxChange::Failed { hash, nonce } => {
                chain::set_failed(&mut tx, hash.as_bytes()).await?;
                chain::replace_others(&mut tx, nonce, hash.as_bytes()).await?;
            }
        }
    }
    Ok(app.commit(tx).await?)
}

fn stored(block: BlockRef) -> (u64, Hash) {
    (block.number, *block.hash.as_bytes())
}

/// Reopens the final transactions after a checkpoint, because the chain lost them. Returns their number.
pub async fn reopen_after(app: &App, size: u64) -> Result<u64, OutboxError> {
    announce("reopened");
    let mut tx = app.store.write().await?;
    let reopened = chain::reopen_after(&mut tx, size).await?;
    chain::reports::wait_again(&mut tx, app.platform_clock.now()).await?;
    app.commit(tx).await?;
    Ok(reopened)
}

/// Logs a change before it is stored. With the requests to the node, these are the steps between
/// which a process may end; a test ends it between any two of them.
fn announce(change: &'static str) {
    tracing::trace!(change, "a change of the outbox follows");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clock;

    fn transaction(number: u64, hash: Vec<u8>) -> Transaction {
        Transaction {
            nonce: number,
            ledger_size: number,
            root: vec![1; 32],
            sender: vec![2; 20],
            raw: vec![3; 600],
            hash,
            max_fee: 9,
            tip: None,
            state: chain::TransactionState::Sent,
            block_number: None,
            block_hash: None,
            stored_at: UnixTime::from_secs(5),
            sent_at: None,
            sent_block: None,
            final_at: None,
            final_block: None,
            gas_used: None,
            gas_price: None,
            reported_before: None,
        }
    }

    #[tokio::test]
    async fn a_cost_that_no_column_holds_does_not_keep_a_transaction_from_its_block() {
        let app = App::for_tests(Clock::new(|| UnixTime::from_secs(1_800_000_000))).await;
        begin(&app, 5151).await.unwrap();
        let hash = [7; 32];
        let mut tx = app.store.write().await.unwrap();
        chain::store(&mut tx, &transaction(1, hash.to_vec()))
            .await
            .unwrap();
        app.commit(tx).await.unwrap();
        let included = OutboxChange::Included {
            hash: KeccakHash::new(hash),
            block: BlockRef {
                number: 12,
                hash: KeccakHash::new([8; 32]),
            },
            cost: Cost {
                gas_used: u64::MAX,
                gas_price: Some(1 << 63),
            },
        };
        apply(&app, &[included]).await.unwrap();
        let outbox = load(&app).await.unwrap();
        assert!(matches!(outbox.open[0].progress, Progress::Included(block) if block.number == 12));
    }

    #[tokio::test]
    async fn the_outbox_keeps_the_bytes_of_the_newest_final_checkpoints_only() {
        let app = App::for_tests(Clock::new(|| UnixTime::from_secs(1_800_000_000))).await;
        begin(&app, 5151).await.unwrap();
        let transactions = KEPT + 10;
        for number in 1..=transactions {
            let hash = [&[0; 24][..], &number.to_be_bytes()].concat();
            let mut tx = app.store.write().await.unwrap();
            chain::store(&mut tx, &transaction(number, hash.clone()))
                .await
                .unwrap();
            app.commit(tx).await.unwrap();
            let is_final = OutboxChange::Final {
                hash: KeccakHash::new(hash.try_into().unwrap()),
                nonce: number,
                block: None,
                final_block: number,
            };
            apply(&app, &[is_final]).await.unwrap();
        }
        let window = air_store::schema_index::Window {
            offset: 0,
            limit: transactions,
        };
        let rows = chain::checkpoints(&mut app.store.read().await.unwrap(), window).await;
        let rows = rows.unwrap();
        assert_eq!(rows.len() as u64, transactions, "each checkpoint stays");
        let whole = rows.iter().filter(|row| !row.raw.is_empty()).count();
        assert_eq!(whole as u64, KEPT);
    }
}
