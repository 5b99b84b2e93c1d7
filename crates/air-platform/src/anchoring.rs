//! The ledger: entries are pending until a block adds them to the Merkle tree. Anyone can request proofs.

use std::ops::Range;

use air_api::{
    CoreClaimHash,
    sandbox::{Block, ConsistencyProof, InclusionProof, Transaction},
};
use air_ids::UnixTime;
use air_ledger::merkle::{
    Edge, Hash, Subtree, consistency_ranges, inclusion_ranges, leaf_hash, node_over, subtrees,
};

use super::{
    App, Refusal,
    events::{self, EventKind},
    reports,
};
use crate::ids;
use air_store::{
    ReadTx, Store, WriteTx,
    ledger::{self, Block as StoredBlock},
};

/// The maximum number of entries in one block. It limits how long other writers wait.
const BLOCK_LIMIT: u32 = 128;

/// Anchors all pending entries. Between two full blocks, waiting writers may proceed.
pub async fn anchor_pending(app: &App) -> sqlx::Result<()> {
    if ledger::is_pending(&mut *app.store.read().await?).await? {
        while anchor_block(app).await? == BLOCK_LIMIT as usize {}
    }
    Ok(())
}

/// Anchors pending entries in one block, and returns their number.
async fn anchor_block(app: &App) -> sqlx::Result<usize> {
    let mut tx = app.store.write().await?;
    // Checked while this task has the writer: if a client stops the chain and then changes the
    // ledger, that change is not anchored.
    if app.faults.is_chain_stuck() {
        return Ok(0);
    }
    let pending = ledger::pending(&mut tx, BLOCK_LIMIT.into()).await?;
    if pending.is_empty() {
        return Ok(0);
    }
    let head = ledger::head(&mut tx).await?;
    let (last_number, tree_size) = head.map_or((0, 0), |head| (head.number, head.tree_size));
    let mut edge = edge(&mut tx, tree_size).await?;
    let now = app.platform_clock.now();
    let block = seal(&mut tx, &mut edge, &pending, last_number + 1, now).await?;
    ledger::anchor(&mut tx, tree_size, block.tree_size - tree_size, block.number).await?;
    let event = EventKind::BlockSealed {
        block: &block,
        first_leaf: tree_size,
    };
    events::record(&mut tx, &event, now).await?;
    // With a chain, a credential is anchored when its checkpoint is final.
    if !app.has_chain {
        reports::report_block(&mut tx, tree_size..block.tree_size, now).await?;
    }
    app.commit(tx).await?;
    tracing::info!(block = block.number, entries = pending.len(), "anchored");
    Ok(pending.len())
}

/// Removes the newest blocks, as in a reorganisation of a chain. Their entries become pending
/// again. Other blocks with foreign transactions take their numbers, so the tree differs from the
/// published one, and anyone who stored a root can detect it.
pub(crate) async fn take_back(app: &App, blocks: u32) -> Result<(), Refusal> {
    if blocks == 0 {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    let newest = ledger::head(&mut tx).await?.map_or(0, |head| head.number);
    let last = newest.checked_sub(blocks.into()).ok_or_else(|| {
        let noun = if newest == 1 { "block" } else { "blocks" };
        Refusal::conflict(format!("the ledger has only {newest} {noun} to remove"))
    })?;
    let tree_size = match last {
        0 => 0,
        last => find_block(&mut tx, last).await?.tree_size,
    };
    require_above_checkpoint(&mut tx, tree_size).await?;
    let now = app.platform_clock.now();
    ledger::cut(&mut tx, last, tree_size, now).await?;
    air_store::chain::reports::cut(&mut tx, tree_size).await?;
    let mut edge = edge(&mut tx, tree_size).await?;
    for number in last + 1..=newest {
        let foreign = ids::secret();
        let place = edge.size();
        seal(&mut tx, &mut edge, &[foreign], number, now).await?;
        ledger::insert_anchored(&mut tx, &foreign, place, number).await?;
    }
    let event = EventKind::BlocksTakenBack {
        first: last + 1,
        last: newest,
    };
    events::record(&mut tx, &event, now).await?;
    app.commit(tx).await?;
    tracing::warn!(
        first = last + 1,
        last = newest,
        "blocks were taken back, as was asked for"
    );
    Ok(())
}

/// Refuses to shorten the ledger below a checkpoint that may be on a chain, because the contract
/// there accepts no other ledger.
async fn require_above_checkpoint(tx: &mut ReadTx, tree_size: u64) -> Result<(), Refusal> {
    match air_store::chain::newest(tx).await? {
        Some(checkpoint) if checkpoint.ledger_size > tree_size => Err(Refusal::conflict(format!(
            "the chain has a checkpoint at size {}, so the ledger can't be cut to {tree_size}; remove fewer blocks",
            checkpoint.ledger_size
        ))),
        _ => Ok(()),
    }
}

/// Makes a block of the tree with these leaves. The caller must set the leaf indices of their entries.
async fn seal(
    tx: &mut WriteTx,
    edge: &mut Edge,
    leaves: &[Hash],
    number: u64,
    now: UnixTime,
) -> sqlx::Result<StoredBlock> {
    let nodes: Vec<_> = leaves.iter().flat_map(|leaf| edge.push(*leaf)).collect();
    ledger::insert_nodes(tx, &nodes).await?;
    let block = StoredBlock {
        number,
        tree_size: edge.size(),
        root: edge.root().to_vec(),
    };
    ledger::insert_block(tx, &block, now).await?;
    Ok(block)
}

/// Creates missing inner nodes of a tree from an older version of the platform.
pub(crate) async fn grow_missing(store: &Store) -> sqlx::Result<()> {
    let mut tx = store.write().await?;
    let tree_size = ledger::head(&mut tx).await?.map_or(0, |head| head.tree_size);
    if ledger::has_nodes(&mut tx, tree_size).await? {
        return Ok(());
    }
    let mut edge = Edge::default();
    while edge.size() < tree_size {
        let leaves = ledger::leaves(&mut tx, edge.size(), BLOCK_LIMIT.into()).await?;
        if leaves.is_empty() {
            return Err(sqlx::Error::RowNotFound);
        }
        let nodes: Vec<_> = leaves.iter().flat_map(|leaf| edge.push(*leaf)).collect();
        ledger::insert_nodes(&mut tx, &nodes).await?;
    }
    tx.commit().await
}

async fn edge(tx: &mut ReadTx, tree_size: u64) -> sqlx::Result<Edge> {
    let peaks = ledger::nodes(tx, &subtrees(0..tree_size)).await?;
    Edge::new(tree_size, peaks).ok_or(sqlx::Error::RowNotFound)
}

/// Returns a transaction by its hash, which is its leaf's, with the inclusion proof if it is anchored.
pub async fn transaction(app: &App, transaction_hash: &str) -> Result<Transaction, Refusal> {
    let digits = transaction_hash.strip_prefix("0x").unwrap_or(transaction_hash);
    let unknown = || Refusal::not_found("no such transaction; a transaction hash is 0x and 64 hex digits");
    let leaf = hex::decode(digits).map_err(|_| unknown())?;
    let mut read = app.store.read().await?;
    let entry = ledger::find(&mut read, &leaf).await?.ok_or_else(unknown)?;
    let proof = match (entry.leaf_index, entry.block) {
        (Some(leaf_index), Some(number)) => {
            let block = find_block(&mut read, number).await?;
            Some(prove(&mut read, leaf_index, block).await?)
        }
        _ => None,
    };
    Ok(Transaction {
        transaction_hash: format!("0x{}", hex::encode(leaf)),
        proof,
    })
}

/// Checks whether the credential is in a block, and in a final checkpoint if there is a chain.
pub(crate) async fn is_anchored(app: &App, tx: &mut ReadTx, hash: &CoreClaimHash) -> Result<bool, Refusal> {
    let entry = ledger::find(tx, &leaf_hash(hash.as_bytes())).await?;
    let Some(leaf_index) = entry.and_then(|entry| entry.leaf_index) else {
        return Ok(false);
    };
    if !app.has_chain {
        return Ok(true);
    }
    let newest = air_store::chain::newest_final(tx).await?;
    Ok(newest.is_some_and(|checkpoint| leaf_index < checkpoint.ledger_size))
}

/// Returns the newest block.
pub async fn head(app: &App) -> Result<Block, Refusal> {
    let head = ledger::head(&mut *app.store.read().await?).await?;
    head.map(describe)
        .ok_or_else(|| Refusal::not_found("the ledger has no block yet"))
}

/// Returns a block by its number.
pub async fn block(app: &App, number: u64) -> Result<Block, Refusal> {
    find_block(&mut *app.store.read().await?, number)
        .await
        .map(describe)
}

/// Proves that the tree of one block is a prefix of the tree of another.
pub async fn consistency(app: &App, from: u64, to: u64) -> Result<ConsistencyProof, Refusal> {
    let mut read = app.store.read().await?;
    let from = find_block(&mut read, from).await?;
    let to = find_block(&mut read, to).await?;
    let ranges = consistency_ranges(from.tree_size, to.tree_size)
        .ok_or_else(|| Refusal::bad_request("`from` must not be a later block than `to`"))?;
    let path = path(&mut read, ranges).await?;
    Ok(ConsistencyProof {
        from: describe(from),
        to: describe(to),
        path,
    })
}

async fn find_block(tx: &mut ReadTx, number: u64) -> Result<StoredBlock, Refusal> {
    ledger::find_block(tx, number)
        .await?
        .ok_or_else(|| Refusal::not_found("no such block; blocks are numbered from 1 to the head's number"))
}

fn describe(block: StoredBlock) -> Block {
    Block {
        number: block.number,
        tree_size: block.tree_size,
        root: hex::encode(block.root),
    }
}

/// Proves the inclusion of a leaf in the tree of its own block.
async fn prove(tx: &mut ReadTx, leaf_index: u64, block: StoredBlock) -> Result<InclusionProof, Refusal> {
    let ranges = inclusion_ranges(leaf_index, block.tree_size)
        .ok_or_else(|| Refusal::internal("a leaf without its tree"))?;
    Ok(InclusionProof {
        block: block.number,
        tree_size: block.tree_size,
        leaf_index,
        root: hex::encode(block.root),
        path: path(tx, ranges).await?,
    })
}

/// Returns the nodes over these leaves, in hex.
async fn path(tx: &mut ReadTx, ranges: Vec<Range<u64>>) -> Result<Vec<String>, Refusal> {
    Ok(nodes(tx, ranges).await?.into_iter().map(hex::encode).collect())
}

/// Returns the nodes over these leaves.
pub(crate) async fn nodes(tx: &mut ReadTx, ranges: Vec<Range<u64>>) -> sqlx::Result<Vec<Hash>> {
    let ranges: Vec<_> = ranges.into_iter().map(subtrees).collect();
    let mut hashes = ledger::nodes(tx, &ranges.concat()).await?.into_iter();
    let node = |range: Vec<Subtree>| {
        let below: Vec<_> = hashes.by_ref().take(range.len()).collect();
        // No range of a proof is empty.
        node_over(below.into_iter()).ok_or(sqlx::Error::RowNotFound)
    };
    ranges.into_iter().map(node).collect()
}

#[cfg(test)]
mod tests {
    use air_ledger::merkle::{leaf_hash, root};

    use super::*;
    use crate::Clock;

    /// The tree of an older platform that stored no nodes, with more entries than one block or one
    /// statement can contain.
    #[tokio::test]
    async fn a_tree_without_its_nodes_gets_them_back_and_grows_on() {
        let app = App::for_tests(Clock::system()).await;
        let mut leaves = Vec::new();
        for sizes in [3, 6001, 2] {
            let mut tx = app.store.write().await.unwrap();
            for _ in 0..sizes {
                let leaf = leaf_hash(&leaves.len().to_be_bytes());
                ledger::append(&mut tx, &leaf).await.unwrap();
                leaves.push(leaf);
            }
            tx.commit().await.unwrap();
            anchor_pending(&app).await.unwrap();
            let mut tx = app.store.write().await.unwrap();
            air_store::sql::query("DELETE FROM ledger_nodes")
                .execute(&mut tx)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            grow_missing(&app.store).await.unwrap();
        }
        let head = head(&app).await.unwrap();
        assert_eq!(head.number, 1 + 47 + 1, "a block takes 128");
        assert_eq!(head.root, hex::encode(root(&leaves)));
        for leaf in leaves.iter().step_by(997).chain(leaves.last()) {
            let hash = format!("0x{}", hex::encode(leaf));
            let proof = transaction(&app, &hash).await.unwrap().proof.unwrap();
            let path: Vec<Hash> = proof
                .path
                .iter()
                .map(|node| hex::decode(node).unwrap().try_into().unwrap())
                .collect();
            let of_block: Hash = hex::decode(&proof.root).unwrap().try_into().unwrap();
            assert!(air_ledger::merkle::verify_inclusion(
                leaf,
                proof.leaf_index,
                proof.tree_size,
                &path,
                &of_block
            ));
        }
    }
}
