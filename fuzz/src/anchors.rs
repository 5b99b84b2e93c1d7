//! Proof files of anchors, and lookups in tries.

use air_ledger::evm::{AnchorProof, Evidence, Pinned, keccak256, trie};

/// A file is read again as it was written, and its verification ends, with its own facts pinned.
pub fn proof(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(proof) = AnchorProof::from_json(text) else {
        return;
    };
    let again = AnchorProof::from_json(&proof.to_json());
    assert_eq!(again.expect("a file that was written can be read"), proof);
    let pinned = Pinned {
        chain_id: proof.anchor.chain_id,
        contract: proof.anchor.contract,
        code_hash: proof.anchor.code_hash,
    };
    let block = match &proof.evidence {
        Some(Evidence::Mpt(evidence)) => keccak256(evidence.header_rlp.as_ref()),
        _ => keccak256(&[]),
    };
    let report = proof.verify(&pinned, &block);
    assert_eq!(report.is_verified(), report.into_result().is_ok());
}

/// Stands in a node for the hash of the next one, so that inputs reach more than the first node.
const PLACEHOLDER: [u8; 32] = [0xee; 32];

/// The input is the key's length and the key, then nodes with their lengths. A proof has no node to spare.
pub fn trie_nodes(data: &[u8]) {
    let mut rest = data;
    let Some(key) = take(&mut rest) else { return };
    let mut nodes = Vec::new();
    while let Some(node) = take(&mut rest) {
        nodes.push(node.to_vec());
    }
    for index in (1..nodes.len()).rev() {
        let hash = *keccak256(&nodes[index]).as_bytes();
        let parent = &mut nodes[index - 1];
        if let Some(place) = parent.windows(32).position(|window| window == PLACEHOLDER) {
            parent[place..place + 32].copy_from_slice(&hash);
        }
    }
    let Some(first) = nodes.first() else { return };
    let root = keccak256(first);
    if trie::lookup(&root, key, &nodes).is_ok() {
        let shorter = &nodes[..nodes.len() - 1];
        let is_empty_trie = nodes == [[0x80]];
        assert!(is_empty_trie || trie::lookup(&root, key, shorter).is_err());
    }
}

/// Takes a byte with a length, and as many bytes.
fn take<'d>(rest: &mut &'d [u8]) -> Option<&'d [u8]> {
    let (length, after) = rest.split_first()?;
    let (bytes, after) = after.split_at_checked(usize::from(*length))?;
    *rest = after;
    Some(bytes)
}
