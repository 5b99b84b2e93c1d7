//! A growing tree that is too large to be hashed again. It stores complete subtrees, and computes
//! any root or proof from a few of them.

use std::ops::Range;

use super::{Hash, node_hash};

/// A complete subtree with 2^`level` leaves. Its first leaf is `position` · 2^`level`. A subtree of
/// level 0 is a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subtree {
    /// The height of the subtree.
    pub level: u32,
    /// The index among the subtrees of the same level, from 0.
    pub position: u64,
}

/// The complete subtrees of the node over these leaves, left to right. The range must be that of a
/// node: its start is a multiple of the smallest power of two that is not below its length.
#[must_use]
pub fn subtrees(leaves: Range<u64>) -> Vec<Subtree> {
    let (mut start, mut found) = (leaves.start, Vec::new());
    while start < leaves.end {
        let level = (leaves.end - start).ilog2();
        found.push(Subtree {
            level,
            position: start >> level,
        });
        start += 1 << level;
    }
    found
}

/// The hash of a node, computed from the hashes of its [`subtrees`], left to right; `None` without
/// any.
#[must_use]
pub fn node_over(subtrees: impl DoubleEndedIterator<Item = Hash>) -> Option<Hash> {
    subtrees.rev().reduce(|right, left| node_hash(&left, &right))
}

/// The siblings on the path from a leaf to the root, lowest first. Each is given as the range of
/// its leaves. Returns `None` when the tree has no such leaf.
#[must_use]
pub fn inclusion_ranges(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let (mut node, mut siblings) = (0..size, Vec::new());
    while node.end - node.start > 1 {
        let middle = split(&node);
        if index < middle {
            siblings.push(middle..node.end);
            node.end = middle;
        } else {
            siblings.push(node.start..middle);
            node.start = middle;
        }
    }
    siblings.reverse();
    Some(siblings)
}

/// The nodes that prove that a tree of `new` leaves extends a tree of `old` leaves (RFC 9162,
/// 2.1.4.1). Each is given as the range of its leaves. Returns `None` unless 0 < `old` ≤ `new`.
#[must_use]
pub fn consistency_ranges(old: u64, new: u64) -> Option<Vec<Range<u64>>> {
    if old == 0 || old > new {
        return None;
    }
    let (mut node, mut proof, mut is_whole) = (0..new, Vec::new(), true);
    // `old` counts from the first leaf of the whole tree.
    while node.end != old {
        let middle = split(&node);
        if old <= middle {
            proof.push(middle..node.end);
            node.end = middle;
        } else {
            proof.push(node.start..middle);
            node.start = middle;
            is_whole = false;
        }
    }
    if !is_whole {
        proof.push(node);
    }
    proof.reverse();
    Some(proof)
}

/// The largest power of two below the length, after the start. The length must be at least 2.
fn split(node: &Range<u64>) -> u64 {
    let length = node.end - node.start;
    node.start + (1 << (length - 1).ilog2())
}

/// The right edge of a tree: the hashes that are needed to append leaves.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    size: u64,
    /// The largest complete subtrees, left to right.
    peaks: Vec<(Subtree, Hash)>,
}

impl Edge {
    /// The edge of a tree with `size` leaves, from the hashes of its [`subtrees`]; `None` when
    /// their number does not match.
    #[must_use]
    pub fn new(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        let subtrees = subtrees(0..size);
        (subtrees.len() == peaks.len()).then(|| Self {
            size,
            peaks: subtrees.into_iter().zip(peaks).collect(),
        })
    }

    /// Appends a leaf. Returns the complete subtrees that this completes, lowest first, which the
    /// caller must store. The leaf itself is not among them.
    pub fn push(&mut self, leaf: Hash) -> Vec<(Subtree, Hash)> {
        let mut made = Vec::new();
        let mut node = (
            Subtree {
                level: 0,
                position: self.size,
            },
            leaf,
        );
        while let Some((left, left_hash)) = self.peaks.pop_if(|(peak, _)| peak.level == node.0.level) {
            let above = Subtree {
                level: left.level + 1,
                position: left.position / 2,
            };
            node = (above, node_hash(&left_hash, &node.1));
            made.push(node);
        }
        self.peaks.push(node);
        self.size += 1;
        made
    }

    /// The number of leaves in the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        node_over(self.peaks.iter().map(|(_, hash)| *hash)).unwrap_or_else(|| super::root(&[]))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::merkle::{inclusion_path, leaf_hash, root, verify_consistency};

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|leaf| leaf_hash(&leaf.to_be_bytes())).collect()
    }

    /// A grown tree, with all subtrees that it returned.
    struct Grown {
        nodes: HashMap<Subtree, Hash>,
        edge: Edge,
    }

    fn grown(leaves: &[Hash]) -> Grown {
        let (mut nodes, mut edge) = (HashMap::new(), Edge::default());
        for (position, leaf) in (0..).zip(leaves) {
            nodes.insert(Subtree { level: 0, position }, *leaf);
            nodes.extend(edge.push(*leaf));
        }
        Grown { nodes, edge }
    }

    impl Grown {
        fn node(&self, range: Range<u64>) -> Hash {
            node_over(subtrees(range).iter().map(|subtree| self.nodes[subtree])).unwrap()
        }
    }

    /// The shared proofs of the reference implementations of Certificate Transparency, over the
    /// same entries.
    #[test]
    fn agrees_with_certificate_transparency() {
        let entries = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let leaves: Vec<Hash> = entries
            .iter()
            .map(|entry| leaf_hash(&hex::decode(entry).unwrap()))
            .collect();
        let tree = grown(&leaves);
        let proof = |old, new| {
            let ranges = consistency_ranges(old, new).unwrap();
            ranges
                .into_iter()
                .map(|range| hex::encode(tree.node(range)))
                .collect::<Vec<_>>()
        };
        assert!(proof(1, 1).is_empty());
        assert_eq!(
            proof(1, 8),
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        );
        assert_eq!(
            proof(6, 8),
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
        assert_eq!(
            proof(2, 5),
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        );
    }

    proptest! {
        #[test]
        fn growing_gives_the_roots_and_proofs_of_the_whole(size in 1u64..140, index in 0u64..140) {
            let (leaves, index) = (leaves(size), index % size);
            let tree = grown(&leaves);
            prop_assert_eq!(tree.edge.root(), root(&leaves));
            let path: Vec<Hash> = inclusion_ranges(index, size)
                .unwrap()
                .into_iter()
                .map(|range| tree.node(range))
                .collect();
            let expected = inclusion_path(&leaves, usize::try_from(index).unwrap());
            prop_assert_eq!(Some(path), expected);
            prop_assert_eq!(inclusion_ranges(size, size), None);

            let peaks = subtrees(0..size).iter().map(|subtree| tree.nodes[subtree]).collect();
            let mut edge = Edge::new(size, peaks).unwrap();
            edge.push(leaves[0]);
            let longer: Vec<Hash> = leaves.iter().chain(&leaves[..1]).copied().collect();
            prop_assert_eq!((edge.size(), edge.root()), (size + 1, root(&longer)));
        }

        #[test]
        fn a_tree_proves_what_it_began_with_and_nothing_else(new in 1u64..140, old in 1u64..140, wrong in 0usize..9) {
            let old = (old - 1) % new + 1;
            let leaves = leaves(new);
            let tree = grown(&leaves);
            let proof: Vec<Hash> = consistency_ranges(old, new)
                .unwrap()
                .into_iter()
                .map(|range| tree.node(range))
                .collect();
            let beginning = root(&leaves[..usize::try_from(old).unwrap()]);
            let whole = root(&leaves);
            prop_assert!(verify_consistency(old, &beginning, new, &whole, &proof));
            let mut forged = leaves.clone();
            forged[0] = leaf_hash(b"forged");
            let forged = root(&forged[..usize::try_from(old).unwrap()]);
            prop_assert!(!verify_consistency(old, &forged, new, &whole, &proof));
            if !proof.is_empty() {
                let mut changed = proof.clone();
                let place = wrong % changed.len();
                changed[place][0] ^= 1;
                prop_assert!(!verify_consistency(old, &beginning, new, &whole, &changed));
                prop_assert!(!verify_consistency(old, &beginning, new, &whole, &proof[1..]));
            }
            let longer: Vec<Hash> = proof.iter().chain([&whole]).copied().collect();
            prop_assert!(!verify_consistency(old, &beginning, new, &whole, &longer));
        }
    }

    #[test]
    fn there_is_no_proof_from_nothing_or_from_more() {
        assert_eq!(consistency_ranges(0, 3), None);
        assert_eq!(consistency_ranges(4, 3), None);
        assert!(!verify_consistency(0, &root(&[]), 3, &root(&leaves(3)), &[]));
    }
}
