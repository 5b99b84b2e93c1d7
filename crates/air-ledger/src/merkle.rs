//! Merkle trees of transparency logs (RFC 6962, 2.1; RFC 9162, 2.1.3). The ledger builds proofs,
//! and anyone can verify them offline.

mod stored;

use sha2::{Digest, Sha256};

pub use stored::{Edge, Subtree, consistency_ranges, inclusion_ranges, node_over, subtrees};

/// A node of the tree: a SHA-256 digest.
pub type Hash = [u8; 32];

/// The hash of a leaf: `SHA-256(0x00 || entry)` (RFC 9162, 2.1.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(entry)
        .finalize()
        .into()
}

/// The root of a tree with these leaf hashes. The root of an empty tree is SHA-256 of the empty
/// string.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = split(leaves);
            node_hash(&root(left), &root(right))
        }
    }
}

/// The sibling hashes on the path from a leaf to the root, lowest first (RFC 9162, 2.1.3.1); `None`
/// when the tree has no such leaf.
#[must_use]
pub fn inclusion_path(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let (left, right) = split(leaves);
    let (mut path, sibling) = match index.checked_sub(left.len()) {
        None => (inclusion_path(left, index)?, root(right)),
        Some(index) => (inclusion_path(right, index)?, root(left)),
    };
    path.push(sibling);
    Some(path)
}

/// Whether `path` leads from the leaf at `index` to the root of a tree with `size` leaves (RFC
/// 9162, 2.1.3.2).
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut fnode, mut snode, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if snode == 0 {
            return false;
        }
        if fnode & 1 == 1 || fnode == snode {
            hash = node_hash(sibling, &hash);
            while fnode & 1 == 0 && fnode != 0 {
                fnode >>= 1;
                snode >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        fnode >>= 1;
        snode >>= 1;
    }
    snode == 0 && hash == *root
}

/// Whether `path` proves that the tree of `new` leaves extends the tree of `old` leaves (RFC 9162,
/// 2.1.4.2): nothing was removed or changed.
#[must_use]
pub fn verify_consistency(old: u64, old_root: &Hash, new: u64, new_root: &Hash, path: &[Hash]) -> bool {
    if old == new {
        return old > 0 && path.is_empty() && old_root == new_root;
    }
    if old == 0 || old > new {
        return false;
    }
    // If the old tree is a node of the new tree, its root comes before the path.
    let beginning = old.is_power_of_two().then_some(old_root);
    let mut nodes = beginning.into_iter().chain(path);
    let Some(first) = nodes.next() else {
        return false;
    };
    let shift = (old - 1).trailing_ones();
    let (mut fnode, mut snode) = ((old - 1) >> shift, (new - 1) >> shift);
    let (mut of_old, mut of_new) = (*first, *first);
    for node in nodes {
        if snode == 0 {
            return false;
        }
        if fnode & 1 == 1 || fnode == snode {
            of_old = node_hash(node, &of_old);
            of_new = node_hash(node, &of_new);
            while fnode & 1 == 0 && fnode != 0 {
                fnode >>= 1;
                snode >>= 1;
            }
        } else {
            of_new = node_hash(&of_new, node);
        }
        fnode >>= 1;
        snode >>= 1;
    }
    snode == 0 && of_old == *old_root && of_new == *new_root
}

/// The hash of an inner node: `SHA-256(0x01 || left || right)` (RFC 9162, 2.1.1).
fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// Splits at the largest power of two below the length. The length must be at least 2.
fn split(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    leaves.split_at(leaves.len().next_power_of_two() / 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Test data and roots of the reference implementations of Certificate Transparency.
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
        let roots = [
            (
                0,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                1,
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            ),
            (
                2,
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            ),
            (
                3,
                "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            ),
            (
                7,
                "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            ),
            (
                8,
                "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            ),
        ];
        for (size, expected) in roots {
            assert_eq!(hex::encode(root(&leaves[..size])), expected, "size {size}");
        }
    }

    #[test]
    fn a_log_extends_no_empty_and_no_longer_log() {
        let root = leaf_hash(b"entry");
        assert!(verify_consistency(1, &root, 1, &root, &[]));
        assert!(!verify_consistency(0, &root, 0, &root, &[]));
        assert!(!verify_consistency(2, &root, 1, &root, &[]));
    }

    proptest! {
        #[test]
        fn every_leaf_proves_its_place_and_no_other(size in 1usize..70, index in 0usize..70, other in 0usize..70) {
            let leaves: Vec<Hash> = (0..size).map(|i| leaf_hash(&i.to_be_bytes())).collect();
            let (index, other) = (index % size, other % size);
            let path = inclusion_path(&leaves, index).unwrap();
            let root = root(&leaves);
            prop_assert!(verify_inclusion(&leaves[index], index as u64, size as u64, &path, &root));
            if other != index {
                prop_assert!(!verify_inclusion(&leaves[other], index as u64, size as u64, &path, &root));
                prop_assert!(!verify_inclusion(&leaves[index], other as u64, size as u64, &path, &root));
            }
            let mut longer = path.clone();
            longer.push(root);
            prop_assert!(!verify_inclusion(&leaves[index], index as u64, size as u64, &longer, &root));
            if let Some((_, shorter)) = path.split_last() {
                prop_assert!(!verify_inclusion(&leaves[index], index as u64, size as u64, shorter, &root));
            }
        }
    }
}
