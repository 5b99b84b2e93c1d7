//! The chain that holds the ledger's checkpoints, and the outbox of transactions for it.

mod pruning;
pub mod reports;

use std::{fmt, str::FromStr};

use air_ids::UnixTime;
use air_ledger::merkle::Hash;
use sqlx::FromRow;

pub use self::pruning::prune;
use super::{ReadTx, WriteTx, schema_index::Window, sql};

/// The chain of this ledger.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Chain {
    /// The chain's ID (EIP-155).
    #[sqlx(try_from = "sql::Unsigned")]
    pub chain_id: u64,
    /// `None` until the contract is deployed.
    pub contract: Option<Vec<u8>>,
    /// The Keccak-256 hash of the contract's code; `None` until it is deployed.
    pub code_hash: Option<Vec<u8>>,
    /// The first start with the chain.
    pub started_at: UnixTime,
    /// The reason why no checkpoint reaches the chain now.
    pub alarm: Option<String>,
    /// The newest final block, as the submitter last saw it while a checkpoint waited for one.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub final_block: Option<u64>,
}

/// The state of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionState {
    /// It waits for a block. It may have reached no node yet.
    Sent,
    /// It is in a block that may still be replaced.
    Included,
    /// It is in a final block.
    Final,
    /// Another transaction took its nonce.
    Replaced,
    /// The contract refused it.
    Failed,
}

impl TransactionState {
    fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Included => "included",
            Self::Final => "final",
            Self::Replaced => "replaced",
            Self::Failed => "failed",
        }
    }
}

/// The stored text names no state.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the state of a transaction is unknown")]
pub struct UnknownState;

impl FromStr for TransactionState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        [
            Self::Sent,
            Self::Included,
            Self::Final,
            Self::Replaced,
            Self::Failed,
        ]
        .into_iter()
        .find(|state| state.name() == text)
        .ok_or(UnknownState)
    }
}

impl From<sql::Text<Self>> for TransactionState {
    fn from(text: sql::Text<Self>) -> Self {
        text.0
    }
}

/// A signed transaction.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct Transaction {
    /// The account's nonce.
    #[sqlx(try_from = "sql::Unsigned")]
    pub nonce: u64,
    /// The number of leaves at its checkpoint; 0 if it creates the contract.
    #[sqlx(try_from = "sql::Unsigned")]
    pub ledger_size: u64,
    /// The root of its checkpoint: 32 bytes.
    pub root: Vec<u8>,
    /// The account's address: 20 bytes.
    pub sender: Vec<u8>,
    /// Empty if the outbox dropped it because no reorganisation reaches it any more.
    pub raw: Vec<u8>,
    /// Its Keccak-256 hash: 32 bytes.
    pub hash: Vec<u8>,
    /// In wei for each gas.
    #[sqlx(try_from = "sql::Unsigned")]
    pub max_fee: u64,
    /// `None` for a legacy transaction.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub tip: Option<u64>,
    /// Its state.
    #[sqlx(try_from = "sql::Text<TransactionState>")]
    pub state: TransactionState,
    /// The number of its block; `None` until it is in one.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub block_number: Option<u64>,
    /// The hash of its block: 32 bytes. `None` until it is in one, or if another transaction
    /// brought the checkpoint.
    pub block_hash: Option<Vec<u8>>,
    /// When it was signed and stored, before it was sent.
    pub stored_at: UnixTime,
    /// `None` until a node took it.
    pub sent_at: Option<UnixTime>,
    /// The newest block when a node took it.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub sent_block: Option<u64>,
    /// When its block was seen to be final.
    pub final_at: Option<UnixTime>,
    /// The newest final block then.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub final_block: Option<u64>,
    /// The gas that it used, once it is in a block.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub gas_used: Option<u64>,
    /// The price that it paid for each gas, in wei.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub gas_price: Option<u64>,
    /// The number of leaves that were reported as anchored before it was final.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub reported_before: Option<u64>,
}

/// The cost of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The gas that it used; `None` if no column holds the number.
    pub gas_used: Option<u64>,
    /// The price that it paid for each gas, in wei; `None` if the node does not say, or if no
    /// column holds the number.
    pub gas_price: Option<u64>,
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("nonce", &self.nonce)
            .field("ledger_size", &self.ledger_size)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

const COLUMNS: &str = "nonce, ledger_size, root, sender, raw, hash, max_fee, tip, state, block_number, block_hash, stored_at, sent_at, sent_block, final_at, final_block, gas_used, gas_price, reported_before";

/// Returns the chain; `None` before the first start with one.
pub async fn find(tx: &mut ReadTx) -> sqlx::Result<Option<Chain>> {
    sql::query_as(
        "SELECT chain_id, contract, code_hash, started_at, alarm, final_block FROM chain WHERE id = 1",
    )
    .fetch_optional(tx)
    .await
}

/// Stores the chain at the first start with one.
pub async fn insert(tx: &mut WriteTx, chain: &Chain) -> sqlx::Result<()> {
    sql::query("INSERT INTO chain (id, chain_id, contract, code_hash, started_at) VALUES (1, $1, $2, $3, $4)")
        .bind(chain.chain_id)
        .bind(chain.contract.clone())
        .bind(chain.code_hash.clone())
        .bind(chain.started_at)
        .execute(tx)
        .await
        .map(drop)
}

/// Stores the address and the code hash of the contract.
pub async fn set_contract(tx: &mut WriteTx, address: &[u8], code_hash: &[u8]) -> sqlx::Result<()> {
    sql::query("UPDATE chain SET contract = $1, code_hash = $2 WHERE id = 1")
        .bind(address)
        .bind(code_hash)
        .execute(tx)
        .await
        .map(drop)
}

/// Stores why no checkpoint reaches the chain, or clears it.
pub async fn set_alarm(tx: &mut WriteTx, alarm: Option<&str>) -> sqlx::Result<()> {
    sql::query("UPDATE chain SET alarm = $1 WHERE id = 1")
        .bind(alarm)
        .execute(tx)
        .await
        .map(drop)
}

/// Records the newest final block.
pub async fn set_final_block(tx: &mut WriteTx, number: u64) -> sqlx::Result<()> {
    sql::query("UPDATE chain SET final_block = $1 WHERE id = 1")
        .bind(number)
        .execute(tx)
        .await
        .map(drop)
}

/// Returns the transactions that are not final and may still be, by nonce, the older first.
pub async fn open(tx: &mut ReadTx) -> sqlx::Result<Vec<Transaction>> {
    sql::query_as(format!(
        "SELECT {COLUMNS} FROM chain_transactions WHERE state IN ('sent', 'included') ORDER BY nonce, sequence"
    ))
    .fetch_all(tx)
    .await
}

/// Returns the largest checkpoint that is on its way or on the chain.
pub async fn newest(tx: &mut ReadTx) -> sqlx::Result<Option<Transaction>> {
    let mut newest: Option<Transaction> = None;
    // One query for each state, so that the index answers it however many are final.
    for state in [
        TransactionState::Final,
        TransactionState::Included,
        TransactionState::Sent,
    ] {
        let found = newest_in(tx, state).await?;
        newest = newest
            .into_iter()
            .chain(found)
            .max_by_key(|checkpoint| checkpoint.ledger_size);
    }
    Ok(newest)
}

/// Returns the largest checkpoint that is final.
pub async fn newest_final(tx: &mut ReadTx) -> sqlx::Result<Option<Transaction>> {
    newest_in(tx, TransactionState::Final).await
}

async fn newest_in(tx: &mut ReadTx, state: TransactionState) -> sqlx::Result<Option<Transaction>> {
    sql::query_as(format!(
        "SELECT {COLUMNS} FROM chain_transactions WHERE state = $1 AND ledger_size > 0
         ORDER BY ledger_size DESC, sequence DESC LIMIT 1"
    ))
    .bind(state.name())
    .fetch_optional(tx)
    .await
}

/// Returns the smallest checkpoint in this state that has the leaf.
pub async fn covering(
    tx: &mut ReadTx,
    leaf_index: u64,
    state: TransactionState,
) -> sqlx::Result<Option<Transaction>> {
    sql::query_as(format!(
        "SELECT {COLUMNS} FROM chain_transactions WHERE state = $1 AND ledger_size > $2
         ORDER BY ledger_size, sequence DESC LIMIT 1"
    ))
    .bind(state.name())
    .bind(leaf_index)
    .fetch_optional(tx)
    .await
}

/// Returns the smallest final checkpoint that has the leaf, and whose block is known. It is not
/// known if the contract got a checkpoint by a transaction that is not in the outbox.
pub async fn provable(tx: &mut ReadTx, leaf_index: u64) -> sqlx::Result<Option<Transaction>> {
    sql::query_as(format!(
        "SELECT {COLUMNS} FROM chain_transactions WHERE state = 'final' AND ledger_size > $1 AND block_hash IS NOT NULL
         ORDER BY ledger_size, sequence DESC LIMIT 1"
    ))
    .bind(leaf_index)
    .fetch_optional(tx)
    .await
}

/// Returns the checkpoints, newest first.
pub async fn checkpoints(tx: &mut ReadTx, window: Window) -> sqlx::Result<Vec<Transaction>> {
    sql::query_as(format!(
        "SELECT {COLUMNS} FROM chain_transactions WHERE ledger_size > 0 ORDER BY sequence DESC LIMIT $1 OFFSET $2"
    ))
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

/// Counts the checkpoints.
pub async fn count(tx: &mut ReadTx) -> sqlx::Result<u64> {
    sql::query_number("SELECT COUNT(*) FROM chain_transactions WHERE ledger_size > 0")
        .fetch_one(tx)
        .await
}

/// Counts the transactions of a nonce.
pub async fn count_of_nonce(tx: &mut ReadTx, nonce: u64) -> sqlx::Result<u64> {
    sql::query_number("SELECT COUNT(*) FROM chain_transactions WHERE nonce = $1")
        .bind(nonce)
        .fetch_one(tx)
        .await
}

/// Inserts a signed transaction that has not been sent yet. Fails if the nonce has a transaction
/// with this hash.
pub async fn store(tx: &mut WriteTx, transaction: &Transaction) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO chain_transactions
             (nonce, ledger_size, root, sender, raw, hash, max_fee, tip, state, stored_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(transaction.nonce)
    .bind(transaction.ledger_size)
    .bind(&transaction.root)
    .bind(&transaction.sender)
    .bind(&transaction.raw)
    .bind(&transaction.hash)
    .bind(transaction.max_fee)
    .bind(transaction.tip)
    .bind(transaction.state.name())
    .bind(transaction.stored_at)
    .execute(tx)
    .await
    .map(drop)
}

/// Records that a node took a transaction. The first time counts.
pub async fn set_sent(tx: &mut WriteTx, hash: &Hash, now: UnixTime, block: u64) -> sqlx::Result<()> {
    sql::query(
        "UPDATE chain_transactions SET sent_at = COALESCE(sent_at, $1), sent_block = COALESCE(sent_block, $2)
         WHERE hash = $3",
    )
    .bind(now)
    .bind(block)
    .bind(&hash[..])
    .execute(tx)
    .await
    .map(drop)
}

/// Records that a transaction is in a block.
pub async fn set_included(
    tx: &mut WriteTx,
    hash: &Hash,
    (number, block_hash): (u64, Hash),
    cost: Cost,
) -> sqlx::Result<()> {
    sql::query(
        "UPDATE chain_transactions SET state = 'included', block_number = $1, block_hash = $2, gas_used = $3,
             gas_price = $4 WHERE hash = $5",
    )
    .bind(number)
    .bind(&block_hash[..])
    .bind(cost.gas_used)
    .bind(cost.gas_price)
    .bind(&hash[..])
    .execute(tx)
    .await
    .map(drop)
}

/// Records that the contract refused a transaction.
pub async fn set_failed(tx: &mut WriteTx, hash: &Hash) -> sqlx::Result<()> {
    sql::query(
        "UPDATE chain_transactions SET state = 'failed', block_number = NULL, block_hash = NULL WHERE hash = $1",
    )
    .bind(&hash[..])
    .execute(tx)
    .await
    .map(drop)
}

/// Records that the block of a transaction is final, when `final_block` was the newest final block.
pub async fn set_final(
    tx: &mut WriteTx,
    hash: &Hash,
    block: Option<(u64, Hash)>,
    final_block: u64,
    now: UnixTime,
) -> sqlx::Result<()> {
    let (number, block_hash) = block.unzip();
    sql::query(
        "UPDATE chain_transactions SET state = 'final', block_number = $1, block_hash = $2, final_block = $3,
             final_at = $4, reported_before = (SELECT leaves FROM chain_reports WHERE id = 1) WHERE hash = $5",
    )
    .bind(number)
    .bind(block_hash.map(Vec::from))
    .bind(final_block)
    .bind(now)
    .bind(&hash[..])
    .execute(tx)
    .await
    .map(drop)
}

/// Makes a transaction wait again, because its block was replaced.
pub async fn take_back(tx: &mut WriteTx, hash: &Hash) -> sqlx::Result<()> {
    sql::query(
        "UPDATE chain_transactions SET state = 'sent', block_number = NULL, block_hash = NULL, sent_at = NULL,
             sent_block = NULL, gas_used = NULL, gas_price = NULL WHERE hash = $1",
    )
    .bind(&hash[..])
    .execute(tx)
    .await
    .map(drop)
}

/// Marks the other open transactions of a nonce as replaced.
pub async fn replace_others(tx: &mut WriteTx, nonce: u64, but: &Hash) -> sqlx::Result<()> {
    sql::query(
        "UPDATE chain_transactions SET state = 'replaced'
         WHERE nonce = $1 AND hash <> $2 AND state IN ('sent', 'included')",
    )
    .bind(nonce)
    .bind(&but[..])
    .execute(tx)
    .await
    .map(drop)
}

/// Reopens the final transactions after a checkpoint, because the chain no longer has theirs.
/// Returns their number. If the bytes of one were pruned, all are forgotten: the next checkpoint
/// has their entries.
pub async fn reopen_after(tx: &mut WriteTx, ledger_size: u64) -> sqlx::Result<u64> {
    let pruned = sql::query_number(
        "SELECT COUNT(*) FROM chain_transactions WHERE state = 'final' AND ledger_size > $1 AND length(raw) = 0",
    )
    .bind(ledger_size)
    .fetch_one(tx)
    .await?;
    let reopen = if pruned > 0 {
        "DELETE FROM chain_transactions WHERE state = 'final' AND ledger_size > $1"
    } else {
        "UPDATE chain_transactions SET state = 'sent', block_number = NULL, block_hash = NULL, sent_at = NULL,
             sent_block = NULL, final_at = NULL, final_block = NULL, gas_used = NULL, gas_price = NULL,
             reported_before = NULL WHERE state = 'final' AND ledger_size > $1"
    };
    let reopened = sql::query(reopen).bind(ledger_size).execute(tx).await?;
    Ok(reopened.rows_affected())
}

#[cfg(test)]
mod tests;
