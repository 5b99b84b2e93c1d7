//! The proof file `air-anchor-proof/1`, in JSON.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, SeqAccess, Visitor},
};

use super::{
    error::Error,
    hash::{Address, Digest, InvalidHex, KeccakHash},
};

/// The most bytes of a file that are read. A proof of Ethereum's main chain has about 20,000.
pub const MAX_FILE_LENGTH: usize = 256 * 1024;
/// A tree of 2^64 leaves has paths of 64 nodes.
const MAX_PATH: usize = 64;
/// A key of a state or storage trie has 64 half-bytes, and each node takes at least one of them,
/// except the last.
const MAX_NODES: usize = 65;
/// A branch with 16 hashes and no value has 532 bytes.
const MAX_NODE_LENGTH: usize = 1024;
/// Ethereum's headers have about 600 bytes. Other chains put signatures into one.
const MAX_HEADER_LENGTH: usize = 16 * 1024;

/// That an entry is in the log whose root a contract stores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnchorProof {
    /// The format's name and version.
    pub format: Format,
    /// The entry: the leaf is its hash (RFC 9162, 2.1.1).
    pub core_claim_hash: Digest,
    /// From the entry to the root.
    pub inclusion: Inclusion,
    /// The contract that stores the root.
    pub anchor: Anchor,
    /// From the root to a block hash. Absent if the chain has no Merkle Patricia proofs: a node
    /// must be asked for the root then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

impl AnchorProof {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`Error::FileTooLong`] and [`Error::InvalidFile`].
    pub fn from_json(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_FILE_LENGTH {
            return Err(Error::FileTooLong {
                length: text.len(),
                limit: MAX_FILE_LENGTH,
            });
        }
        serde_json::from_str(text).map_err(Error::InvalidFile)
    }

    /// The file's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("the members are numbers, strings and lists of strings")
    }
}

/// The format's name and version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Format {
    /// This version.
    #[default]
    #[serde(rename = "air-anchor-proof/1")]
    V1,
}

/// That a leaf is in a tree (RFC 9162, 2.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Inclusion {
    /// The leaf's index, from 0.
    pub leaf_index: u64,
    /// The number of leaves at the checkpoint.
    pub tree_size: u64,
    /// The tree's root.
    pub root: Digest,
    /// The siblings, lowest first. At most 64.
    #[serde(deserialize_with = "at_most::<MAX_PATH, _, _>")]
    pub path: Vec<Digest>,
}

/// Where the root is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Anchor {
    /// The chain's id (EIP-155).
    pub chain_id: u64,
    /// The contract's address.
    pub contract: Address,
    /// Keccak-256 of the contract's code.
    pub code_hash: KeccakHash,
    /// The checkpoint's transaction. For a look at an explorer: the evidence does not prove it.
    pub transaction_hash: KeccakHash,
    /// The block of that transaction. The evidence only proves that the checkpoint is not younger
    /// than its own block.
    pub block_number: u64,
    /// The hash of that block. Proven only if it is the block of the evidence.
    pub block_hash: KeccakHash,
}

/// How a verifier gets from the root to a block hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
#[non_exhaustive]
pub enum Evidence {
    /// Merkle Patricia proofs of the contract's account and storage.
    #[serde(rename = "mpt/1")]
    Mpt(MptEvidence),
}

/// Merkle Patricia proofs in the state of a block, as `eth_getProof` returns them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MptEvidence {
    /// The block's number: that of the checkpoint or a later one.
    pub block: u64,
    /// The block's header in RLP. At most 16 KiB.
    pub header_rlp: Node<MAX_HEADER_LENGTH>,
    /// The nodes from the header's state root to the contract's account. At most 65.
    #[serde(deserialize_with = "at_most::<MAX_NODES, _, _>")]
    pub account_proof: Vec<Node>,
    /// The nodes from the account's storage root to the slot of the root. At most 65.
    #[serde(deserialize_with = "at_most::<MAX_NODES, _, _>")]
    pub storage_proof: Vec<Node>,
}

/// A trie's node or a header in RLP, of at most `LIMIT` bytes: `0x` and hex digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Node<const LIMIT: usize = MAX_NODE_LENGTH>(Vec<u8>);

impl<const LIMIT: usize> Node<LIMIT> {
    /// From bytes; `None` if there are too many.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() <= LIMIT).then_some(Self(bytes))
    }
}

impl<const LIMIT: usize> AsRef<[u8]> for Node<LIMIT> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<const LIMIT: usize> fmt::Debug for Node<LIMIT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node(0x{})", hex::encode(&self.0))
    }
}

impl<const LIMIT: usize> Serialize for Node<LIMIT> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("0x{}", hex::encode(&self.0)))
    }
}

impl<'de, const LIMIT: usize> Deserialize<'de> for Node<LIMIT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.strip_prefix("0x")
            .filter(|digits| digits.len() <= 2 * LIMIT)
            .and_then(|digits| hex::decode(digits).ok())
            .map(Self)
            .ok_or_else(|| {
                D::Error::custom(InvalidHex {
                    of: "bytes",
                    form: "`0x` and an even number of hex digits, within the format's limit",
                })
            })
    }
}

/// Reads a list of at most `LIMIT` items, and stops at the first one beyond.
fn at_most<'de, const LIMIT: usize, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct AtMost<const LIMIT: usize, T>(PhantomData<T>);

    impl<'de, const LIMIT: usize, T: Deserialize<'de>> Visitor<'de> for AtMost<LIMIT, T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {LIMIT} items")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                if list.len() == LIMIT {
                    return Err(A::Error::invalid_length(LIMIT + 1, &self));
                }
                list.push(item);
            }
            Ok(list)
        }
    }

    deserializer.deserialize_seq(AtMost::<LIMIT, T>(PhantomData))
}
