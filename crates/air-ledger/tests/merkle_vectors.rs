//! Merkle proofs against the vectors of transparency-dev/merkle (RFC 6962 and RFC 9162):
//! `vectors/merkle-rfc6962/README.md`.

use air_ledger::merkle::{Hash, inclusion_path, leaf_hash, root, verify_consistency, verify_inclusion};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

const INCLUSION: &str = include_str!("vectors/merkle-rfc6962/inclusion.json");
const CONSISTENCY: &str = include_str!("vectors/merkle-rfc6962/consistency.json");
const TREE: &str = include_str!("vectors/merkle-rfc6962/reference-tree.json");

/// A good proof whose roots are not 32 bytes long: a `Hash` can't hold them.
const NO_HASH: &str = "additional/sizes-are-equal-one-and-proof-is-empty";

fn cases(json: &str) -> Vec<Value> {
    serde_json::from_str(json).unwrap()
}

/// A hash in base64. One that is not 32 bytes long can't be asked about: our type refuses it.
fn hash(value: &Value) -> Option<Hash> {
    STANDARD.decode(value.as_str()?).ok()?.try_into().ok()
}

fn path(proof: &Value) -> Option<Vec<Hash>> {
    let nodes = proof.as_array().map_or(&[][..], Vec::as_slice);
    nodes.iter().map(hash).collect()
}

fn is_included(case: &Value) -> Option<bool> {
    let (leaf, root, path) = (
        hash(&case["leafHash"])?,
        hash(&case["root"])?,
        path(&case["proof"])?,
    );
    let (index, size) = (case["leafIdx"].as_u64()?, case["treeSize"].as_u64()?);
    Some(verify_inclusion(&leaf, index, size, &path, &root))
}

fn is_consistent(case: &Value) -> Option<bool> {
    let (old_root, new_root) = (hash(&case["root1"])?, hash(&case["root2"])?);
    let (old, new) = (case["size1"].as_u64()?, case["size2"].as_u64()?);
    Some(verify_consistency(
        old,
        &old_root,
        new,
        &new_root,
        &path(&case["proof"])?,
    ))
}

fn compare(json: &str, verdict: fn(&Value) -> Option<bool>) {
    let cases = cases(json);
    assert_eq!(cases.len(), 98);
    for case in &cases {
        if case["file"] == NO_HASH {
            assert_eq!(verdict(case), None);
            continue;
        }
        let is_valid = verdict(case).unwrap_or(false);
        assert_eq!(
            is_valid,
            case["wantErr"] == false,
            "{}: {}",
            case["file"],
            case["desc"]
        );
    }
    let asked = cases.iter().filter(|case| verdict(case).is_some()).count();
    assert!(asked > 60, "{asked} cases reached the verifier");
}

#[test]
fn inclusion_proofs_have_the_published_verdicts() {
    compare(INCLUSION, is_included);
}

/// Three cases begin with an empty tree (`additional/…size1-is-zero…`): the source refuses them by
/// policy, and so do we.
#[test]
fn consistency_proofs_have_the_published_verdicts() {
    compare(CONSISTENCY, is_consistent);
}

#[test]
fn the_reference_tree_has_the_published_hashes() {
    let tree: Value = serde_json::from_str(TREE).unwrap();
    let texts = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap() };
    let leaves: Vec<Hash> = texts(&tree["leaf_inputs_hex"])
        .iter()
        .map(|entry| leaf_hash(&hex::decode(entry).unwrap()))
        .collect();
    let hashes: Vec<String> = leaves.iter().map(hex::encode).collect();
    assert_eq!(hashes, texts(&tree["node_hashes_hex_by_level"][0]));
    for (size, expected) in texts(&tree["root_hashes_hex_by_tree_size"]).iter().enumerate() {
        assert_eq!(&hex::encode(root(&leaves[..size])), expected, "{size} leaves");
    }
    // The path of the first leaf has the right sibling of each level.
    let siblings: Vec<String> = (0..3)
        .map(|level| texts(&tree["node_hashes_hex_by_level"][level])[1].clone())
        .collect();
    let path: Vec<String> = inclusion_path(&leaves, 0)
        .unwrap()
        .iter()
        .map(hex::encode)
        .collect();
    assert_eq!(path, siblings);
}
