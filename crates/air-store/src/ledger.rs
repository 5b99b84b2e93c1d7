//! The ledger's entries and blocks. They are append-only, except for the fault that removes blocks.

use std::collections::HashMap;

use air_ids::{CoreClaimHash, UnixTime};
use air_ledger::merkle::{Hash, Subtree, node_over, subtrees};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// An entry of the ledger.
#[derive(Clone, Debug, FromRow)]
pub struct Entry {
    /// The index of its leaf, from 0; `None` until it is in a block.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub leaf_index: Option<u64>,
    /// The number of its block; `None` until it is in one.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub block: Option<u64>,
}

/// A block of the ledger.
#[derive(Clone, Debug, FromRow)]
pub struct Block {
    /// The number, from 1.
    #[sqlx(try_from = "sql::Unsigned")]
    pub number: u64,
    /// The number of leaves up to this block.
    #[sqlx(try_from = "sql::Unsigned")]
    pub tree_size: u64,
    /// The tree's root: 32 bytes.
    pub root: Vec<u8>,
}

/// Queues the insertion of an entry without a credential.
pub async fn append(tx: &mut WriteTx, leaf: &Hash) -> sqlx::Result<()> {
    sql::query("INSERT INTO ledger_entries (leaf_hash) VALUES ($1)")
        .bind(&leaf[..])
        .enqueue(tx)
        .await
}

/// Appends an entry without a credential, unless the ledger has one with this leaf.
pub async fn append_once(tx: &mut WriteTx, leaf: &Hash) -> sqlx::Result<()> {
    sql::query("INSERT INTO ledger_entries (leaf_hash) VALUES ($1) ON CONFLICT (leaf_hash) DO NOTHING")
        .bind(&leaf[..])
        .execute(tx)
        .await
        .map(drop)
}

/// Appends a credential's entry.
pub async fn append_credential(
    tx: &mut WriteTx,
    leaf: &Hash,
    core_claim_hash: &CoreClaimHash,
) -> sqlx::Result<()> {
    sql::query("INSERT INTO ledger_entries (leaf_hash, core_claim_hash) VALUES ($1, $2)")
        .bind(&leaf[..])
        .bind(core_claim_hash)
        .enqueue(tx)
        .await
}

/// Finds an entry by the hash of its leaf.
pub async fn find(tx: &mut ReadTx, leaf: &[u8]) -> sqlx::Result<Option<Entry>> {
    sql::query_as("SELECT leaf_index, block FROM ledger_entries WHERE leaf_hash = $1")
        .bind(leaf)
        .fetch_optional(tx)
        .await
}

/// Returns the blocks of these entries by their leaves. A pending entry has no block.
pub async fn blocks_of(tx: &mut ReadTx, leaves: &[Hash]) -> sqlx::Result<HashMap<Vec<u8>, u64>> {
    if leaves.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = sql::query_as(format!(
        "SELECT leaf_hash, block FROM ledger_entries WHERE block IS NOT NULL AND leaf_hash IN {}",
        sql::places(1, leaves.len())
    ));
    for leaf in leaves {
        query = query.bind(&leaf[..]);
    }
    let blocks: Vec<(Vec<u8>, sql::Unsigned)> = query.fetch_all(tx).await?;
    Ok(blocks
        .into_iter()
        .map(|(leaf, block)| (leaf, block.into()))
        .collect())
}

/// The anchoring state of an entry.
#[derive(Clone, Copy, Debug, Default, FromRow)]
pub struct AnchoringRow {
    /// The time at which its block was made; `None` while the entry is pending.
    pub sealed_at: Option<UnixTime>,
    /// The time at which a block that contained it was removed.
    pub taken_back_at: Option<UnixTime>,
    /// Its place in the tree; `None` while the entry is pending.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub leaf_index: Option<u64>,
}

/// Returns the anchoring state of an entry.
pub async fn anchoring_row(tx: &mut ReadTx, leaf: &[u8]) -> sqlx::Result<AnchoringRow> {
    let row = sql::query_as(
        "SELECT ledger_blocks.sealed_at, ledger_entries.taken_back_at, ledger_entries.leaf_index FROM ledger_entries
         LEFT JOIN ledger_blocks ON ledger_blocks.number = ledger_entries.block WHERE ledger_entries.leaf_hash = $1",
    )
    .bind(leaf)
    .fetch_optional(tx)
    .await?;
    Ok(row.unwrap_or_default())
}

/// Returns the time at which the block of a leaf was made; `None` if the tree has no such leaf.
pub async fn sealed_at(tx: &mut ReadTx, leaf_index: u64) -> sqlx::Result<Option<UnixTime>> {
    sql::query_scalar(
        "SELECT ledger_blocks.sealed_at FROM ledger_entries
         JOIN ledger_blocks ON ledger_blocks.number = ledger_entries.block WHERE ledger_entries.leaf_index = $1",
    )
    .bind(leaf_index)
    .fetch_optional(tx)
    .await
}

/// Returns at most `limit` pending entries, oldest first.
pub async fn pending(tx: &mut ReadTx, limit: u64) -> sqlx::Result<Vec<Hash>> {
    let leaves: Vec<Vec<u8>> = sql::query_scalar(
        "SELECT leaf_hash FROM ledger_entries WHERE block IS NULL ORDER BY sequence LIMIT $1",
    )
    .bind(limit)
    .fetch_all(tx)
    .await?;
    leaves.iter().map(|leaf| read_hash(leaf)).collect()
}

/// Checks whether any entry is pending.
pub async fn is_pending(tx: &mut ReadTx) -> sqlx::Result<bool> {
    sql::query_scalar("SELECT EXISTS (SELECT 1 FROM ledger_entries WHERE block IS NULL)")
        .fetch_one(tx)
        .await
}

/// Counts the pending entries.
pub async fn count_pending(tx: &mut ReadTx) -> sqlx::Result<u64> {
    sql::query_number("SELECT COUNT(*) FROM ledger_entries WHERE block IS NULL")
        .fetch_one(tx)
        .await
}

/// Returns the hashes of complete subtrees, in the same order. Fails with `RowNotFound` if one is missing.
pub async fn nodes(tx: &mut ReadTx, subtrees: &[Subtree]) -> sqlx::Result<Vec<Hash>> {
    if subtrees.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = sql::query_scalar::<Option<Vec<u8>>>(nodes_statement(subtrees.len()));
    for (place, subtree) in (0_u64..).zip(subtrees) {
        query = query.bind(place).bind(subtree.level).bind(subtree.position);
    }
    let hashes = query.fetch_all(tx).await?;
    let hashes = hashes
        .iter()
        .map(|hash| hash.as_deref().ok_or(sqlx::Error::RowNotFound));
    hashes.map(|hash| read_hash(hash?)).collect()
}

/// Returns the statement of [`nodes`] for so many subtrees.
pub(super) fn nodes_statement(subtrees: usize) -> String {
    format!(
        "SELECT CASE WHEN column2 = 0
             THEN (SELECT leaf_hash FROM ledger_entries WHERE leaf_index = column3)
             ELSE (SELECT hash FROM ledger_nodes WHERE level = column2 AND position = column3) END
         FROM (VALUES {}) AS asked ORDER BY column1",
        sql::places(subtrees, 3)
    )
}

/// Returns the root of the tree with the first `size` leaves, or `None` if there are fewer in blocks.
pub async fn root_at(tx: &mut ReadTx, size: u64) -> sqlx::Result<Option<Hash>> {
    if head(tx).await?.map_or(0, |head| head.tree_size) < size {
        return Ok(None);
    }
    let peaks = nodes(tx, &subtrees(0..size)).await?;
    Ok(node_over(peaks.into_iter()))
}

/// Queues the storage of complete subtrees.
pub async fn insert_nodes(tx: &mut WriteTx, nodes: &[(Subtree, Hash)]) -> sqlx::Result<()> {
    for some in nodes.chunks(256) {
        let mut insert = sql::query(format!(
            "INSERT INTO ledger_nodes (level, position, hash) VALUES {}",
            sql::places(some.len(), 3)
        ));
        for (subtree, hash) in some {
            insert = insert.bind(subtree.level).bind(subtree.position).bind(&hash[..]);
        }
        insert.enqueue(tx).await?;
    }
    Ok(())
}

/// Returns some of the anchored leaves, in order.
pub async fn leaves(tx: &mut ReadTx, from: u64, limit: u64) -> sqlx::Result<Vec<Hash>> {
    let leaves: Vec<Vec<u8>> = sql::query_scalar(
        "SELECT leaf_hash FROM ledger_entries WHERE leaf_index >= $1 ORDER BY leaf_index LIMIT $2",
    )
    .bind(from)
    .bind(limit)
    .fetch_all(tx)
    .await?;
    leaves.iter().map(|leaf| read_hash(leaf)).collect()
}

/// Checks whether the tree's inner nodes are stored up to the last leaf of a tree of this size.
pub async fn has_nodes(tx: &mut ReadTx, tree_size: u64) -> sqlx::Result<bool> {
    sql::query_scalar(
        "SELECT $1 < 2 OR EXISTS (SELECT 1 FROM ledger_nodes WHERE level = 1 AND position = $1 / 2 - 1)",
    )
    .bind(tree_size)
    .fetch_one(tx)
    .await
}

fn read_hash(bytes: &[u8]) -> sqlx::Result<Hash> {
    Hash::try_from(bytes).map_err(|_| sqlx::Error::Decode("a hash has not 32 bytes".into()))
}

/// Returns the newest block; `None` for an empty ledger.
pub async fn head(tx: &mut ReadTx) -> sqlx::Result<Option<Block>> {
    sql::query_as("SELECT number, tree_size, root FROM ledger_blocks ORDER BY number DESC LIMIT 1")
        .fetch_optional(tx)
        .await
}

/// Finds a block by its number.
pub async fn find_block(tx: &mut ReadTx, number: u64) -> sqlx::Result<Option<Block>> {
    sql::query_as("SELECT number, tree_size, root FROM ledger_blocks WHERE number = $1")
        .bind(number)
        .fetch_optional(tx)
        .await
}

/// Queues the insertion of a block.
pub async fn insert_block(tx: &mut WriteTx, block: &Block, now: UnixTime) -> sqlx::Result<()> {
    sql::query("INSERT INTO ledger_blocks (number, tree_size, root, sealed_at) VALUES ($1, $2, $3, $4)")
        .bind(block.number)
        .bind(block.tree_size)
        .bind(&block.root)
        .bind(now)
        .enqueue(tx)
        .await
}

/// Queues the move of the oldest pending entries into a block, at the leaf indices from `first_leaf` on.
pub async fn anchor(tx: &mut WriteTx, first_leaf: u64, entries: u64, block: u64) -> sqlx::Result<()> {
    sql::query(
        "UPDATE ledger_entries SET leaf_index = $1 + placed.place, block = $2 FROM ( \
             SELECT sequence, row_number() OVER (ORDER BY sequence) - 1 AS place FROM ( \
                 SELECT sequence FROM ledger_entries WHERE block IS NULL ORDER BY sequence LIMIT $3 \
             ) AS pending \
         ) AS placed WHERE ledger_entries.sequence = placed.sequence",
    )
    .bind(first_leaf)
    .bind(block)
    .bind(entries)
    .enqueue(tx)
    .await
}

/// Removes all blocks after `last`, whose tree has this size. Their entries become pending again.
pub async fn cut(tx: &mut WriteTx, last: u64, tree_size: u64, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "UPDATE ledger_entries SET leaf_index = NULL, block = NULL, taken_back_at = $1 WHERE block > $2",
    )
    .bind(now)
    .bind(last)
    .execute(tx)
    .await?;
    sql::query("DELETE FROM ledger_blocks WHERE number > $1")
        .bind(last)
        .execute(tx)
        .await?;
    for level in 1..i64::BITS - 1 {
        // The first subtree of this level that is incomplete in a tree of this size.
        let first = tree_size >> level;
        sql::query("DELETE FROM ledger_nodes WHERE level = $1 AND position >= $2")
            .bind(level)
            .bind(first)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Inserts an entry that is already anchored.
pub async fn insert_anchored(tx: &mut WriteTx, leaf: &Hash, leaf_index: u64, block: u64) -> sqlx::Result<()> {
    sql::query("INSERT INTO ledger_entries (leaf_hash, leaf_index, block) VALUES ($1, $2, $3)")
        .bind(&leaf[..])
        .bind(leaf_index)
        .bind(block)
        .execute(tx)
        .await
        .map(drop)
}
