//! The ledger's blocks.

use air_ids::UnixTime;
use sqlx::FromRow;

use crate::{
    ReadTx,
    order::{self, Order},
    schema_index::Window,
    sql,
};

/// A block.
#[derive(Clone, Debug, FromRow)]
pub struct BlockRow {
    /// The number, from 1.
    #[sqlx(try_from = "sql::Unsigned")]
    pub number: u64,
    /// The number of leaves up to this block.
    #[sqlx(try_from = "sql::Unsigned")]
    pub tree_size: u64,
    /// The tree's root: 32 bytes.
    pub root: Vec<u8>,
    /// When it was made.
    pub sealed_at: UnixTime,
}

pub(crate) const BLOCK_BY_NUMBER: &str =
    "SELECT number, tree_size, root, sealed_at FROM ledger_blocks WHERE number = $1";

pub(crate) const BLOCK_BY_ROOT: &str =
    "SELECT number, tree_size, root, sealed_at FROM ledger_blocks WHERE root = $1 LIMIT 1";

/// Finds a block by its number, or else by its root. Each statement uses one index; a condition
/// with `OR` would read all blocks.
pub async fn block(tx: &mut ReadTx, number: Option<u64>, root: &[u8]) -> sqlx::Result<Option<BlockRow>> {
    if let Some(number) = number {
        let found: Option<BlockRow> = sql::query_as(BLOCK_BY_NUMBER)
            .bind(number)
            .fetch_optional(tx)
            .await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    sql::query_as(BLOCK_BY_ROOT).bind(root).fetch_optional(tx).await
}

/// Returns the blocks, newest first by default.
pub async fn blocks(
    tx: &mut ReadTx,
    order: Option<Order<'_>>,
    window: Window,
) -> sqlx::Result<Vec<BlockRow>> {
    let order = order::BLOCKS.clause(order);
    sql::query_as(format!(
        "SELECT number, tree_size, root, sealed_at FROM ledger_blocks {order} LIMIT $1 OFFSET $2"
    ))
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}
