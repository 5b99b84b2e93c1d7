//! The errors of this part of the crate. Each failed check of a proof has its own variant.

use std::fmt;

use super::{Address, KeccakHash, TrieError};
use crate::merkle::Hash;

/// The reason why a proof, an answer or a text was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is longer than any proof.
    #[error("the proof file has {length} bytes; at most {limit} are read")]
    FileTooLong {
        /// Its length in bytes.
        length: usize,
        /// The most bytes that are read.
        limit: usize,
    },
    /// The file is not a proof in the format `air-anchor-proof/1`.
    #[error("the file is not a proof in the format `air-anchor-proof/1`: {0}")]
    InvalidFile(#[source] serde_json::Error),
    /// A node's answer is not what the contract returns.
    #[error(
        "the answer to `{function}` has {length} bytes that the contract can't return; check the contract's address"
    )]
    InvalidAnswer {
        /// The function that was called.
        function: &'static str,
        /// The answer's length in bytes.
        length: usize,
    },
    /// A log entry is not an event `Checkpoint`.
    #[error("the log entry is not an event `Checkpoint` of the contract")]
    InvalidEvent,
    /// The bytes are not a private key.
    #[error("the key is zero or not below the order of secp256k1; make another one")]
    InvalidKey,
    /// A signer answered with another transaction than the one to sign.
    #[error("the signer answered with another transaction than the one that it was given; check the signer")]
    OtherTransaction,
    /// A signer signed with another key, or its signature is invalid.
    #[error("the signature is not by the key of {expected}; check which key the signer uses")]
    OtherSigner {
        /// The account that should sign.
        expected: Address,
    },
    /// The entry is not in the tree of the stated root.
    #[error("the entry is not leaf {index} of {size} under the proof's root; ask for another proof")]
    NotIncluded {
        /// The leaf's index, from 0.
        index: u64,
        /// The number of leaves.
        size: u64,
    },
    /// The proof is for another chain.
    #[error("the proof is for chain {found}, but chain {expected} is pinned")]
    ChainId {
        /// The pinned chain.
        expected: u64,
        /// The chain of the proof.
        found: u64,
    },
    /// The proof is for another contract.
    #[error("the proof is for contract {found}, but {expected} is pinned")]
    Contract {
        /// The pinned contract.
        expected: Address,
        /// The contract of the proof.
        found: Address,
    },
    /// The proof states another code than the pinned one.
    #[error("the proof is for code {found}, but {expected} is pinned")]
    CodeHash {
        /// The pinned hash.
        expected: KeccakHash,
        /// The hash of the proof.
        found: KeccakHash,
    },
    /// The proof has no evidence to be checked offline.
    #[error(
        "the proof has no evidence of the contract's storage; ask a node of your own for the root at this size"
    )]
    NoEvidence,
    /// The header is not that of the trusted block.
    #[error(
        "the header's hash is {found}, but block {expected} is trusted; ask for a proof at a block that you know"
    )]
    BlockHash {
        /// The trusted hash.
        expected: KeccakHash,
        /// The header's hash.
        found: KeccakHash,
    },
    /// Bytes are not valid RLP.
    #[error("the {subject} is not valid RLP: {rule}")]
    InvalidRlp {
        /// The thing that the bytes encode.
        subject: Subject,
        /// The rule that they break.
        rule: &'static str,
    },
    /// The header's number is not the evidence's.
    #[error("the evidence is said to be of block {stated}, but the header is of block {found}")]
    BlockNumber {
        /// The number in the evidence.
        stated: u64,
        /// The number in the header.
        found: u64,
    },
    /// The evidence is of a block before the checkpoint's.
    #[error("the evidence is of block {evidence}, before the checkpoint's block {anchor}")]
    EvidenceTooEarly {
        /// The block of the evidence.
        evidence: u64,
        /// The block that is said to have the checkpoint.
        anchor: u64,
    },
    /// Two hashes are stated for the same block.
    #[error("the checkpoint's block is {stated}, but the header of the same number has the hash {found}")]
    AnchorBlockHash {
        /// The hash in the anchor.
        stated: KeccakHash,
        /// The header's hash.
        found: KeccakHash,
    },
    /// The account proof does not lead from the block's state to the contract.
    #[error("the account proof is invalid: {0}")]
    AccountProof(#[source] TrieError),
    /// The contract does not exist in this block.
    #[error("there is no account {contract} in this block")]
    NoAccount {
        /// The contract's address.
        contract: Address,
    },
    /// The contract's code is another.
    #[error("the contract's code is {found} in this block, not {expected}")]
    DeployedCode {
        /// The pinned hash.
        expected: KeccakHash,
        /// The hash in the state of the block.
        found: KeccakHash,
    },
    /// The storage proof does not lead from the contract's storage to its slot.
    #[error("the storage proof is invalid: {0}")]
    StorageProof(#[source] TrieError),
    /// The contract has no checkpoint of this size.
    #[error(
        "the contract has no checkpoint at {size} leaves in this block; wait, or ask for a proof at a later block"
    )]
    NoCheckpoint {
        /// The number of leaves.
        size: u64,
    },
    /// The contract has another root: the log was rewritten, or the proof is forged.
    #[error(
        "the contract has the root {} at {size} leaves, not {}: the log was rewritten, or the proof is forged",
        hex::encode(.found),
        hex::encode(.expected)
    )]
    Root {
        /// The number of leaves.
        size: u64,
        /// The root that the entry is under.
        expected: Hash,
        /// The root that the contract stores.
        found: Hash,
    },
}

/// Bytes in RLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// A block's header.
    Header,
    /// An account of the state trie.
    Account,
    /// A value of a storage trie.
    StorageValue,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Account => "account",
            Self::StorageValue => "storage value",
        })
    }
}
