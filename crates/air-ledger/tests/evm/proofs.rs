//! Proof files: the recorded one, one of this run, and each way to fail.

use std::path::Path;

use air_ledger::evm::{
    Address, AnchorProof, Check, Digest, Error, Evidence, KeccakHash, MptEvidence, Node, Pinned, Report,
    TrieError, UnixTime, keccak256,
};
use serde_json::{Value, json};

use super::{calls, recorded::Recorded};

fn verify(recorded: &Recorded) {
    let proof = recorded.proof();
    let report = proof.verify(&recorded.pinned(), &recorded.block());
    assert!(report.is_verified(), "{report:?}");
    let block = report.into_result().unwrap();
    assert_eq!(block.hash, recorded.block());
    assert!(block.number > proof.anchor.block_number && block.timestamp > UnixTime::EPOCH);
    // The file has exactly the members of the format.
    let (ours, theirs): (Value, Value) = (
        serde_json::from_str(&proof.to_json()).unwrap(),
        serde_json::from_str(&recorded.text).unwrap(),
    );
    assert_eq!(ours, theirs);
}

#[test]
fn the_recorded_proof_is_verified() {
    verify(&Recorded::stored());
}

/// Reads the folder that `AIR_ANCHOR_PROOF` names: `cargo xtask chain`.
#[test]
#[ignore = "needs a proof that was recorded just now"]
#[expect(clippy::disallowed_methods, reason = "a test of files")]
fn a_fresh_proof_is_verified() {
    let folder = std::env::var_os("AIR_ANCHOR_PROOF").expect("`cargo xtask chain` sets AIR_ANCHOR_PROOF");
    let recorded = Recorded::read(Path::new(&folder));
    verify(&recorded);
    calls::compare_all(&recorded);
    calls::compare_code(&recorded);
}

/// A proof, and what its verifier knows.
struct Case {
    proof: AnchorProof,
    pinned: Pinned,
    block: KeccakHash,
}

impl Case {
    fn new() -> Self {
        let recorded = Recorded::stored();
        Self {
            proof: recorded.proof(),
            pinned: recorded.pinned(),
            block: recorded.block(),
        }
    }

    fn evidence(&mut self) -> &mut MptEvidence {
        let Some(Evidence::Mpt(evidence)) = &mut self.proof.evidence else {
            panic!("no evidence");
        };
        evidence
    }

    /// Changes a byte of the header, and trusts the result.
    fn forge_header(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut header = self.evidence().header_rlp.as_ref().to_vec();
        change(&mut header);
        self.block = keccak256(&header);
        self.evidence().header_rlp = Node::new(header).unwrap();
    }

    fn fails(mut self, change: impl FnOnce(&mut Self), at: Check) -> Error {
        change(&mut self);
        let report = self.proof.verify(&self.pinned, &self.block);
        assert!(!report.is_verified());
        let (check, error) = report.failed.unwrap();
        assert_eq!(check, at, "{error}");
        let before = Check::ALL.iter().take_while(|check| **check != at);
        assert!(report.passed.iter().eq(before));
        error
    }
}

macro_rules! fails {
    ($change:expr, $check:ident, $error:pat) => {
        let error = Case::new().fails($change, Check::$check);
        assert!(matches!(error, $error), "{error:?}");
    };
}

const HASH: [u8; 32] = [7; 32];

#[test]
fn what_the_proof_states_is_compared_first() {
    let other = Digest::new(HASH);
    fails!(
        |case| case.proof.core_claim_hash = other,
        Inclusion,
        Error::NotIncluded { index: 11, size: 23 }
    );
    fails!(
        |case| case.proof.inclusion.root = other,
        Inclusion,
        Error::NotIncluded { .. }
    );
    fails!(
        |case| case.proof.inclusion.leaf_index = 10,
        Inclusion,
        Error::NotIncluded { .. }
    );
    fails!(
        |case| case.proof.inclusion.tree_size = 0,
        Inclusion,
        Error::NotIncluded { .. }
    );
    fails!(
        |case| case.proof.anchor.chain_id = 1,
        ChainId,
        Error::ChainId {
            expected: 5151,
            found: 1
        }
    );
    fails!(
        |case| case.pinned.chain_id = 1,
        ChainId,
        Error::ChainId {
            expected: 1,
            found: 5151
        }
    );
    fails!(
        |case| case.proof.anchor.contract = Address::new([1; 20]),
        Contract,
        Error::Contract { .. }
    );
    fails!(
        |case| case.pinned.contract = Address::new([1; 20]),
        Contract,
        Error::Contract { .. }
    );
    fails!(
        |case| case.proof.anchor.code_hash = KeccakHash::new(HASH),
        CodeHash,
        Error::CodeHash { .. }
    );
    fails!(
        |case| case.pinned.code_hash = KeccakHash::new(HASH),
        CodeHash,
        Error::CodeHash { .. }
    );
    fails!(|case| case.proof.evidence = None, BlockHash, Error::NoEvidence);
}

#[test]
fn the_header_is_that_of_the_trusted_block() {
    fails!(
        |case| case.block = KeccakHash::new(HASH),
        BlockHash,
        Error::BlockHash { .. }
    );
    fails!(
        |case| case.forge_header(|header| header.truncate(100)),
        BlockHash,
        Error::InvalidRlp { .. }
    );
    fails!(
        |case| case.forge_header(|header| *header = vec![0xc0]),
        BlockHash,
        Error::InvalidRlp { .. }
    );
    fails!(
        |case| case.forge_header(Vec::clear),
        BlockHash,
        Error::InvalidRlp { .. }
    );
    fails!(
        |case| case.evidence().block += 1,
        BlockNumber,
        Error::BlockNumber { .. }
    );
    fails!(
        |case| case.proof.anchor.block_number = 1000,
        BlockNumber,
        Error::EvidenceTooEarly { .. }
    );
    fails!(
        |case| {
            case.proof.anchor.block_number = case.evidence().block;
            case.proof.anchor.block_hash = KeccakHash::new(HASH);
        },
        BlockNumber,
        Error::AnchorBlockHash { .. }
    );
}

#[test]
fn the_state_has_the_contract_with_its_code_and_its_root() {
    let state_root = |header: &mut Vec<u8>| {
        // The list's header, two hashes, the account of the miner, and the fourth string's header.
        header[3 + 33 + 33 + 21 + 1] ^= 1;
    };
    fails!(
        |case| case.forge_header(state_root),
        Account,
        Error::AccountProof(TrieError::WrongNode { index: 0 })
    );
    fails!(
        |case| _ = case.evidence().account_proof.pop(),
        Account,
        Error::AccountProof(TrieError::TooShort { .. })
    );
    fails!(
        |case| {
            let surplus = case.evidence().storage_proof[0].clone();
            case.evidence().account_proof.push(surplus);
        },
        Account,
        Error::AccountProof(TrieError::TooLong { .. })
    );
    let other = Address::new([1; 20]);
    fails!(
        |case| {
            case.proof.anchor.contract = other;
            case.pinned.contract = other;
        },
        Account,
        Error::AccountProof(_) | Error::NoAccount { .. }
    );
    fails!(
        |case| {
            case.proof.anchor.code_hash = KeccakHash::new(HASH);
            case.pinned.code_hash = KeccakHash::new(HASH);
        },
        Account,
        Error::DeployedCode { .. }
    );
    fails!(
        |case| _ = case.evidence().storage_proof.pop(),
        Root,
        Error::StorageProof(TrieError::TooShort { nodes: 1 })
    );
    fails!(
        |case| case.evidence().storage_proof.clear(),
        Root,
        Error::StorageProof(TrieError::TooShort { nodes: 0 })
    );
    fails!(
        |case| case.evidence().storage_proof.reverse(),
        Root,
        Error::StorageProof(TrieError::WrongNode { index: 0 })
    );
}

/// Logs whose inclusion proofs are right, but which the contract does not have.
#[test]
fn another_log_is_refused() {
    use air_ledger::merkle::{inclusion_path, leaf_hash, root};
    let entries: Vec<[u8; 32]> = (0..23).map(|i| [i; 32]).collect();
    let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let forge = |case: &mut Case, size: usize| {
        let inclusion = &mut case.proof.inclusion;
        case.proof.core_claim_hash = Digest::new(entries[2]);
        inclusion.leaf_index = 2;
        inclusion.tree_size = size as u64;
        inclusion.root = root(&leaves[..size]).into();
        let path = inclusion_path(&leaves[..size], 2).unwrap();
        inclusion.path = path.into_iter().map(Digest::from).collect();
    };
    fails!(|case| forge(case, 23), Root, Error::Root { size: 23, .. });
    let error = Case::new().fails(|case| forge(case, 22), Check::Root);
    assert!(
        matches!(error, Error::NoCheckpoint { size: 22 } | Error::StorageProof(_)),
        "{error:?}"
    );
}

#[test]
fn files_beyond_the_format_are_refused() {
    let stored = Recorded::stored();
    let file: Value = serde_json::from_str(&stored.text).unwrap();
    let refused = |pointer: &str, value: Value| {
        let mut changed = file.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let error = AnchorProof::from_json(&changed.to_string()).unwrap_err();
        assert!(matches!(error, Error::InvalidFile(_)), "{pointer}: {error}");
    };
    let text = |pointer: &str| file.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    refused("/format", json!("air-anchor-proof/2"));
    refused("/evidence/kind", json!("ics23/1"));
    refused("/coreClaimHash", json!(format!("0x{}", text("/coreClaimHash"))));
    refused("/inclusion/root", json!(&text("/inclusion/root")[2..]));
    refused("/inclusion/path", json!(vec![text("/inclusion/root"); 65]));
    refused("/inclusion/leafIndex", json!(-1));
    refused("/inclusion/treeSize", json!("23"));
    refused("/anchor/contract", json!(&text("/anchor/contract")[2..]));
    refused(
        "/anchor/blockHash",
        json!(format!("{}0", text("/anchor/blockHash"))),
    );
    refused("/evidence/headerRlp", json!(text("/evidence/headerRlp") + "0"));
    refused(
        "/evidence/headerRlp",
        json!(format!("0x{}", "00".repeat(16 * 1024 + 1))),
    );
    refused(
        "/evidence/accountProof/0",
        json!(format!("0x{}", "00".repeat(1025))),
    );
    refused("/evidence/accountProof", json!(vec!["0x80"; 66]));
    refused("/evidence/storageProof", json!("0x80"));
    for object in ["", "/inclusion", "/anchor", "/evidence"] {
        let mut changed = file.clone();
        changed.pointer_mut(object).unwrap()["other"] = json!(1);
        assert!(AnchorProof::from_json(&changed.to_string()).is_err(), "{object}");
    }
    let rest = 256 * 1024 - stored.text.len();
    let longest = stored.text.clone() + &" ".repeat(rest);
    assert!(AnchorProof::from_json(&longest).is_ok());
    assert!(matches!(
        AnchorProof::from_json(&format!("{longest} ")),
        Err(Error::FileTooLong { limit: 262_144, .. })
    ));
    assert!(AnchorProof::from_json("").is_err());
}

#[test]
fn the_longest_nodes_and_lists_are_read() {
    let file = Recorded::stored().text;
    let with = |pointer: &str, value: Value| {
        let mut changed: Value = serde_json::from_str(&file).unwrap();
        *changed.pointer_mut(pointer).unwrap() = value;
        AnchorProof::from_json(&changed.to_string())
    };
    let bytes = |length| json!(format!("0x{}", "00".repeat(length)));
    assert!(with("/evidence/headerRlp", bytes(16 * 1024)).is_ok());
    assert!(with("/evidence/accountProof/0", bytes(1024)).is_ok());
    assert!(with("/evidence/accountProof", json!(vec!["0x80"; 65])).is_ok());
    let Err(Error::InvalidFile(reason)) = with("/evidence/accountProof", json!(vec!["0x80"; 66])) else {
        panic!("a list of 66 nodes was read");
    };
    let reason = reason.to_string();
    assert!(
        reason.contains("invalid length 66, expected a list of at most 65 items"),
        "{reason}"
    );
}

#[test]
fn a_report_without_all_checks_is_not_verified() {
    let none = Report {
        passed: Vec::new(),
        failed: None,
        block: None,
    };
    assert!(!none.is_verified());
    let failed = Report {
        passed: Check::ALL.to_vec(),
        failed: Some((Check::Root, Error::NoEvidence)),
        block: None,
    };
    assert!(!failed.is_verified());
    for check in Check::ALL {
        assert_eq!(json!(check), check.name());
    }
}

#[test]
fn a_file_without_evidence_still_proves_inclusion() {
    let mut proof = Recorded::stored().proof();
    proof.evidence = None;
    let read = AnchorProof::from_json(&proof.to_json()).unwrap();
    assert_eq!(read, proof);
    read.verify_inclusion().unwrap();
}
