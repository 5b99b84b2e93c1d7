//! Lookups in Merkle Patricia tries by the nodes on the way (Ethereum's Yellow Paper, appendix D).

use super::{
    hash::{KeccakHash, keccak256},
    rlp::{self, Item},
};

/// The children of a branch and its value.
const BRANCH: usize = 17;
/// RLP of the empty string: the only node of an empty trie.
const EMPTY: &[u8] = &[0x80];

/// The reason why nodes are no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrieError {
    /// A node's hash is not the one that its parent has, or the root.
    #[error("node {index} does not have the hash that leads to it")]
    WrongNode {
        /// The node's position in the proof, from 0.
        index: usize,
    },
    /// A node is not a branch, an extension or a leaf.
    #[error("node {index} is not a branch, an extension or a leaf")]
    InvalidNode {
        /// The position in the proof of the node, or of the one that contains it, from 0.
        index: usize,
    },
    /// The proof ends before the key.
    #[error("the proof ends after {nodes} nodes, before the key is decided")]
    TooShort {
        /// The number of nodes.
        nodes: usize,
    },
    /// The proof has nodes that the lookup does not need.
    #[error("the proof has {nodes} nodes, but {needed} decide the key")]
    TooLong {
        /// The number of nodes.
        nodes: usize,
        /// The number of nodes that the lookup read.
        needed: usize,
    },
}

/// The value of a key, or `None` if the nodes prove that the trie has no such key.
///
/// The nodes are those from the root to the key, each in RLP and without those that are part of
/// their parent, as `eth_getProof` returns them. The state and storage tries of Ethereum have
/// Keccak-256 of an address or slot as the key.
///
/// # Errors
///
/// If the nodes prove neither, or if one is not needed.
pub fn lookup<'n, N: AsRef<[u8]>>(
    root: &KeccakHash,
    key: &[u8],
    nodes: &'n [N],
) -> Result<Option<&'n [u8]>, TrieError> {
    let mut walk = Walk { nodes, read: 0 };
    let value = if *root == keccak256(EMPTY) {
        walk.read = usize::from(nodes.first().is_some_and(|node| node.as_ref() == EMPTY));
        None
    } else {
        let node = walk.next(root)?;
        walk.descend(node, &nibbles(key))?
    };
    if walk.read < nodes.len() {
        return Err(TrieError::TooLong {
            nodes: nodes.len(),
            needed: walk.read,
        });
    }
    Ok(value)
}

/// Where a node leads for a key.
enum Step<'n> {
    /// To another node, for the rest of the key.
    Child { item: Item<'n>, consumed: usize },
    /// To the value, or to the proof that there is none.
    Decided(Option<&'n [u8]>),
}

struct Walk<'n, N> {
    nodes: &'n [N],
    /// The number of nodes that were read.
    read: usize,
}

impl<'n, N: AsRef<[u8]>> Walk<'n, N> {
    /// The next node of the proof, which must have this hash.
    fn next(&mut self, hash: &KeccakHash) -> Result<&'n [u8], TrieError> {
        let node = self
            .nodes
            .get(self.read)
            .ok_or(TrieError::TooShort { nodes: self.read })?;
        if keccak256(node.as_ref()) != *hash {
            return Err(TrieError::WrongNode { index: self.read });
        }
        self.read += 1;
        Ok(node.as_ref())
    }

    /// Follows the key from a node. Every child is reached by at least one nibble, so the loop ends
    /// with the key.
    fn descend(&mut self, mut node: &'n [u8], mut key: &[u8]) -> Result<Option<&'n [u8]>, TrieError> {
        loop {
            let invalid = TrieError::InvalidNode { index: self.read - 1 };
            match step(node, key).ok_or(invalid)? {
                Step::Decided(value) => return Ok(value),
                Step::Child { item, consumed } => {
                    key = key.get(consumed..).unwrap_or_default();
                    node = match item {
                        // A node of less than 32 bytes is part of its parent.
                        Item::List(inner) if inner.len() < 32 => inner,
                        Item::List(_) => return Err(invalid),
                        Item::String(hash) => {
                            let hash: [u8; 32] = hash.try_into().map_err(|_| invalid)?;
                            self.next(&KeccakHash::new(hash))?
                        }
                    };
                }
            }
        }
    }
}

/// Reads one node; `None` if it is not a branch, an extension or a leaf.
fn step<'n>(node: &'n [u8], key: &[u8]) -> Option<Step<'n>> {
    let items = rlp::list(node, BRANCH)?;
    if let [path, target] = items.as_slice() {
        return short_node(path.string()?, *target, key);
    }
    if items.len() != BRANCH {
        return None;
    }
    let Some(nibble) = key.first() else {
        let value = items.last()?.string()?;
        return Some(Step::Decided(Some(value).filter(|value| !value.is_empty())));
    };
    let item = *items.get(usize::from(*nibble))?;
    Some(match item {
        Item::String([]) => Step::Decided(None),
        _ => Step::Child { item, consumed: 1 },
    })
}

/// A leaf or an extension, which have a path in hex-prefix encoding (appendix C).
fn short_node<'n>(path: &[u8], target: Item<'n>, key: &[u8]) -> Option<Step<'n>> {
    let (first, rest) = path.split_first()?;
    let flags = first >> 4;
    let odd = first & 0x0f;
    let is_leaf = flags & 2 != 0;
    let is_odd = flags & 1 != 0;
    if flags > 3 || (!is_odd && odd != 0) {
        return None;
    }
    let mut path = nibbles(rest);
    if is_odd {
        path.insert(0, odd);
    }
    if is_leaf {
        let value = target.string()?;
        return Some(Step::Decided((path == key).then_some(value)));
    }
    if path.is_empty() {
        return None;
    }
    Some(if key.starts_with(&path) {
        Step::Child {
            item: target,
            consumed: path.len(),
        }
    } else {
        Step::Decided(None)
    })
}

/// The half-bytes, high ones first.
fn nibbles(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]).collect()
}
