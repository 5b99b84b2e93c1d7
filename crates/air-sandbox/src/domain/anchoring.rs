//! The ledger: entries wait, a block takes them into the Merkle tree, anyone can ask for a proof.

use air_api::{
    merkle::{self, Hash},
    sandbox::{InclusionProof, Transaction},
};

use super::{App, Refusal};
use crate::store::{
    Change, from_db,
    ledger::{self, Block},
};

/// Anchors what waits in one block; does nothing when nothing does.
pub(crate) async fn anchor_pending(app: &App) -> sqlx::Result<()> {
    if ledger::pending(&mut app.store.read().await?).await?.is_empty() {
        return Ok(());
    }
    let mut change = app.store.change().await?;
    let pending = ledger::pending(&mut change).await?;
    let (last_number, mut tree_size) = ledger::head(&mut change)
        .await?
        .map_or((0, 0), |head| (head.number, head.tree_size));
    let mut leaves = read_leaves(&mut change, tree_size).await?;
    let number = last_number + 1;
    leaves.extend(
        pending
            .iter()
            .filter_map(|(_, leaf)| Hash::try_from(leaf.as_slice()).ok()),
    );
    let block = Block {
        number,
        tree_size: tree_size + i64::try_from(pending.len()).unwrap_or(i64::MAX),
        root: merkle::root(&leaves).to_vec(),
    };
    ledger::insert_block(&mut change, &block, app.clock.now()).await?;
    for (sequence, _) in &pending {
        ledger::anchor(&mut change, *sequence, tree_size, number).await?;
        tree_size += 1;
    }
    change.commit().await?;
    tracing::info!(block = number, entries = pending.len(), "anchored");
    Ok(())
}

/// A transaction by its hash, which is its leaf's, with the proof of its place once it is anchored.
pub(crate) async fn transaction(app: &App, transaction_hash: &str) -> Result<Transaction, Refusal> {
    let digits = transaction_hash.strip_prefix("0x").unwrap_or(transaction_hash);
    let unknown = || Refusal::not_found("no such transaction; its hash is 0x and 64 hex digits");
    let leaf = hex::decode(digits).map_err(|_| unknown())?;
    let mut read = app.store.read().await?;
    let entry = ledger::find(&mut read, &leaf).await?.ok_or_else(unknown)?;
    let proof = match (entry.leaf_index, entry.block) {
        (Some(leaf_index), Some(block)) => Some(prove(&mut read, leaf_index, block).await?),
        _ => None,
    };
    Ok(Transaction {
        transaction_hash: format!("0x{}", hex::encode(leaf)),
        proof,
    })
}

/// The proof of a leaf's place in the tree of its own block.
async fn prove(change: &mut Change, leaf_index: i64, block: i64) -> Result<InclusionProof, Refusal> {
    let block = ledger::find_block(change, block).await?;
    let leaves = read_leaves(change, block.tree_size).await?;
    let index = usize::try_from(leaf_index).map_err(Refusal::internal)?;
    let path =
        merkle::inclusion_path(&leaves, index).ok_or_else(|| Refusal::internal("a leaf without its tree"))?;
    Ok(InclusionProof {
        block: from_db(block.number),
        tree_size: from_db(block.tree_size),
        leaf_index: from_db(leaf_index),
        root: hex::encode(block.root),
        path: path.iter().map(hex::encode).collect(),
    })
}

async fn read_leaves(change: &mut Change, tree_size: i64) -> sqlx::Result<Vec<Hash>> {
    let leaves = ledger::leaves(change, tree_size).await?;
    Ok(leaves
        .iter()
        .filter_map(|leaf| Hash::try_from(leaf.as_slice()).ok())
        .collect())
}
