//! The ledger's entries and blocks: append-only.

use air_api::merkle::Hash;
use sqlx::FromRow;

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

/// The entries that wait, oldest first, by their sequence.
pub(crate) async fn pending(change: &mut Change) -> sqlx::Result<Vec<(i64, Vec<u8>)>> {
    sqlx::query_as("SELECT sequence, leaf_hash FROM ledger_entries WHERE block IS NULL ORDER BY sequence")
        .fetch_all(&mut **change)
        .await
}

/// The leaves that are anchored, in order.
pub(crate) async fn leaves(change: &mut Change, tree_size: i64) -> sqlx::Result<Vec<Vec<u8>>> {
    sqlx::query_scalar("SELECT leaf_hash FROM ledger_entries WHERE leaf_index < ? ORDER BY leaf_index")
        .bind(tree_size)
        .fetch_all(&mut **change)
        .await
}

pub(crate) async fn head(change: &mut Change) -> sqlx::Result<Option<Block>> {
    sqlx::query_as("SELECT number, tree_size, root FROM ledger_blocks ORDER BY number DESC LIMIT 1")
        .fetch_optional(&mut **change)
        .await
}

pub(crate) async fn find_block(change: &mut Change, number: i64) -> sqlx::Result<Block> {
    sqlx::query_as("SELECT number, tree_size, root FROM ledger_blocks WHERE number = ?")
        .bind(number)
        .fetch_one(&mut **change)
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

pub(crate) async fn anchor(
    change: &mut Change,
    sequence: i64,
    leaf_index: i64,
    block: i64,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE ledger_entries SET leaf_index = ?, block = ? WHERE sequence = ?")
        .bind(leaf_index)
        .bind(block)
        .bind(sequence)
        .execute(&mut **change)
        .await
        .map(drop)
}
