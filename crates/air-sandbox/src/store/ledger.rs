//! The ledger's entries and blocks: append-only, but for the fault that takes blocks back.

use air_api::merkle::{Hash, Subtree};
use sqlx::{FromRow, QueryBuilder};

use super::{Change, to_db};

#[derive(Clone, Debug, FromRow)]
pub(crate) struct Entry {
    pub(crate) leaf_index: Option<i64>,
    pub(crate) block: Option<i64>,
}

#[derive(Clone, Debug, FromRow)]
pub(crate) struct Block {
    pub(crate) number: i64,
    pub(crate) tree_size: i64,
    pub(crate) root: Vec<u8>,
}

pub(crate) async fn append(change: &mut Change, leaf: &Hash) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO ledger_entries (leaf_hash) VALUES (?)")
        .bind(&leaf[..])
        .execute(&mut **change)
        .await
        .map(drop)
}

pub(crate) async fn find(change: &mut Change, leaf: &[u8]) -> sqlx::Result<Option<Entry>> {
    sqlx::query_as("SELECT leaf_index, block FROM ledger_entries WHERE leaf_hash = ?")
        .bind(leaf)
        .fetch_optional(&mut **change)
        .await
}

/// The entries that wait, oldest first, at most so many.
pub(crate) async fn pending(change: &mut Change, limit: i64) -> sqlx::Result<Vec<Hash>> {
    let leaves: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT leaf_hash FROM ledger_entries WHERE block IS NULL ORDER BY sequence LIMIT ?",
    )
    .bind(limit)
    .fetch_all(&mut **change)
    .await?;
    leaves.iter().map(|leaf| read_hash(leaf)).collect()
}

/// Whether any entry waits.
pub(crate) async fn is_pending(change: &mut Change) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM ledger_entries WHERE block IS NULL)")
        .fetch_one(&mut **change)
        .await
}

/// How many entries wait.
pub(crate) async fn count_pending(change: &mut Change) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM ledger_entries WHERE block IS NULL")
        .fetch_one(&mut **change)
        .await
}

/// The hash of a complete subtree.
pub(crate) async fn node(change: &mut Change, subtree: Subtree) -> sqlx::Result<Hash> {
    let (level, position) = (i64::from(subtree.level), to_db(subtree.position));
    let query = if level == 0 {
        sqlx::query_scalar("SELECT leaf_hash FROM ledger_entries WHERE leaf_index = ?").bind(position)
    } else {
        sqlx::query_scalar("SELECT hash FROM ledger_nodes WHERE level = ? AND position = ?")
            .bind(level)
            .bind(position)
    };
    let hash: Vec<u8> = query.fetch_one(&mut **change).await?;
    read_hash(&hash)
}

/// Keeps complete subtrees.
pub(crate) async fn insert_nodes(change: &mut Change, nodes: &[(Subtree, Hash)]) -> sqlx::Result<()> {
    // SQLite takes 32,766 values in one statement.
    for some in nodes.chunks(1000) {
        let mut insert = QueryBuilder::new("INSERT INTO ledger_nodes ");
        insert.push_values(some, |mut row, (subtree, hash)| {
            row.push_bind(i64::from(subtree.level))
                .push_bind(to_db(subtree.position))
                .push_bind(hash.to_vec());
        });
        insert.build().execute(&mut **change).await?;
    }
    Ok(())
}

/// A part of the leaves that are anchored, in order.
pub(crate) async fn leaves(change: &mut Change, from: u64, limit: i64) -> sqlx::Result<Vec<Hash>> {
    let leaves: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT leaf_hash FROM ledger_entries WHERE leaf_index >= ? ORDER BY leaf_index LIMIT ?",
    )
    .bind(to_db(from))
    .bind(limit)
    .fetch_all(&mut **change)
    .await?;
    leaves.iter().map(|leaf| read_hash(leaf)).collect()
}

/// Whether the tree's inner nodes are kept, up to the leaf before this size.
pub(crate) async fn has_nodes(change: &mut Change, tree_size: i64) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "SELECT ? < 2 OR EXISTS (SELECT 1 FROM ledger_nodes WHERE level = 1 AND position = ? / 2 - 1)",
    )
    .bind(tree_size)
    .bind(tree_size)
    .fetch_one(&mut **change)
    .await
}

fn read_hash(bytes: &[u8]) -> sqlx::Result<Hash> {
    Hash::try_from(bytes).map_err(|_| sqlx::Error::Decode("a hash has not 32 bytes".into()))
}

pub(crate) async fn head(change: &mut Change) -> sqlx::Result<Option<Block>> {
    sqlx::query_as("SELECT number, tree_size, root FROM ledger_blocks ORDER BY number DESC LIMIT 1")
        .fetch_optional(&mut **change)
        .await
}

pub(crate) async fn find_block(change: &mut Change, number: i64) -> sqlx::Result<Option<Block>> {
    sqlx::query_as("SELECT number, tree_size, root FROM ledger_blocks WHERE number = ?")
        .bind(number)
        .fetch_optional(&mut **change)
        .await
}

pub(crate) async fn insert_block(change: &mut Change, block: &Block, now: u64) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO ledger_blocks VALUES (?, ?, ?, ?)")
        .bind(block.number)
        .bind(block.tree_size)
        .bind(&block.root)
        .bind(to_db(now))
        .execute(&mut **change)
        .await
        .map(drop)
}

/// Takes the oldest entries that wait into a block, at the places from `first_leaf` on.
pub(crate) async fn anchor(
    change: &mut Change,
    first_leaf: i64,
    entries: i64,
    block: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE ledger_entries SET leaf_index = ? + placed.place, block = ? FROM ( \
             SELECT sequence, row_number() OVER (ORDER BY sequence) - 1 AS place FROM ( \
                 SELECT sequence FROM ledger_entries WHERE block IS NULL ORDER BY sequence LIMIT ? \
             ) \
         ) AS placed WHERE ledger_entries.sequence = placed.sequence",
    )
    .bind(first_leaf)
    .bind(block)
    .bind(entries)
    .execute(&mut **change)
    .await
    .map(drop)
}

/// Takes back all blocks behind `last`, whose tree has this size: their entries wait again.
pub(crate) async fn cut(change: &mut Change, last: i64, tree_size: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE ledger_entries SET leaf_index = NULL, block = NULL WHERE block > $1")
        .bind(last)
        .execute(&mut **change)
        .await?;
    sqlx::query("DELETE FROM ledger_blocks WHERE number > $1")
        .bind(last)
        .execute(&mut **change)
        .await?;
    for level in 1..i64::BITS - 1 {
        // The first subtree of this level that is not complete in a tree of this size.
        let first = tree_size >> level;
        sqlx::query("DELETE FROM ledger_nodes WHERE level = $1 AND position >= $2")
            .bind(i64::from(level))
            .bind(first)
            .execute(&mut **change)
            .await?;
    }
    Ok(())
}

/// An entry that never waited.
pub(crate) async fn insert_anchored(
    change: &mut Change,
    leaf: &Hash,
    leaf_index: i64,
    block: i64,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO ledger_entries (leaf_hash, leaf_index, block) VALUES ($1, $2, $3)")
        .bind(&leaf[..])
        .bind(leaf_index)
        .bind(block)
        .execute(&mut **change)
        .await
        .map(drop)
}
