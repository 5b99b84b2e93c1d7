//! The local ledger: an append-only Merkle tree, extended by a block at a time.

use serde::{Deserialize, Serialize};

use crate::merkle::{self, Hash};

/// `GET /sandbox/v1/ledger/transactions/{transactionHash}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[serde(rename_all = "camelCase")]
pub struct InclusionProof {
    /// The block, from 1.
    pub block: u64,
    /// How many leaves its tree has.
    pub tree_size: u64,
    /// The leaf's place, from 0.
    pub leaf_index: u64,
    /// The tree's root.
    pub root: String,
    /// The siblings, lowest first.
    pub path: Vec<String>,
}

impl InclusionProof {
    /// Whether it proves that `entry` (a core claim hash, for credentials) is in the tree.
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
