//! The local ledger: an append-only Merkle tree that grows by blocks.

use air_ledger::merkle::{self, Hash};
use serde::{Deserialize, Serialize};

/// `GET /sandbox/v1/ledger/transactions/{transactionHash}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// The leaf's hash: `0x` and 64 hex digits.
    pub transaction_hash: String,
    /// Its proof, once it is anchored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<InclusionProof>,
}

/// That a leaf is in the tree of a block (RFC 9162, 2.1.3). Hashes are 64 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InclusionProof {
    /// The block, from 1.
    pub block: u64,
    /// The number of leaves of its tree.
    pub tree_size: u64,
    /// The leaf's place, from 0.
    pub leaf_index: u64,
    /// The tree's root.
    pub root: String,
    /// The siblings, lowest first.
    pub path: Vec<String>,
}

/// `GET /sandbox/v1/ledger/head` and `…/blocks/{number}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// From 1.
    pub number: u64,
    /// The number of leaves of the tree, including it.
    pub tree_size: u64,
    /// The tree's root: 64 hex digits.
    pub root: String,
}

/// `GET /sandbox/v1/ledger/consistency?from=…&to=…`: that the tree of one block is the beginning of
/// another's (RFC 9162, 2.1.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConsistencyProof {
    /// The earlier block.
    pub from: Block,
    /// The later one.
    pub to: Block,
    /// The nodes that prove it, 64 hex digits each.
    pub path: Vec<String>,
}

impl ConsistencyProof {
    /// Whether the later tree extends the earlier one: nothing was removed or changed. The caller
    /// must compare the roots with the ones it already knows.
    #[must_use]
    pub fn verifies(&self) -> bool {
        let path: Option<Vec<Hash>> = self.path.iter().map(|node| parse(node)).collect();
        let (Some(old), Some(new), Some(path)) = (parse(&self.from.root), parse(&self.to.root), path) else {
            return false;
        };
        merkle::verify_consistency(self.from.tree_size, &old, self.to.tree_size, &new, &path)
    }
}

impl InclusionProof {
    /// Whether the proof shows that `entry` is in the tree. For credentials the entry is the core
    /// claim hash. The caller must compare the root with one that it trusts.
    #[must_use]
    pub fn verifies(&self, entry: &[u8]) -> bool {
        let path: Option<Vec<Hash>> = self.path.iter().map(|sibling| parse(sibling)).collect();
        let (Some(root), Some(path)) = (parse(&self.root), path) else {
            return false;
        };
        merkle::verify_inclusion(
            &merkle::leaf_hash(entry),
            self.leaf_index,
            self.tree_size,
            &path,
            &root,
        )
    }
}

fn parse(digits: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    hex::decode_to_slice(digits, &mut hash).ok()?;
    Some(hash)
}
