//! Any change of a proof file is noticed, except of the members that the evidence does not prove.

use air_ledger::evm::AnchorProof;
use proptest::{prelude::*, sample::Index};
use serde_json::Value;

use super::recorded::Recorded;

/// Not proven: an explorer's facts. The block of the checkpoint is only compared with that of the evidence.
const UNPROVEN: [&str; 3] = [
    "/anchor/transactionHash",
    "/anchor/blockNumber",
    "/anchor/blockHash",
];

/// The places of all numbers and strings.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                places(member, format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, format!("{at}/{index}"), found);
            }
        }
        _ => found.push(at),
    }
}

fn proven_places(file: &Value) -> Vec<String> {
    let mut found = Vec::new();
    places(file, String::new(), &mut found);
    let all = found.len();
    found.retain(|place| !UNPROVEN.contains(&place.as_str()));
    assert_eq!(found.len(), all - UNPROVEN.len());
    found
}

fn is_verified(recorded: &Recorded, text: &str) -> bool {
    AnchorProof::from_json(text)
        .is_ok_and(|proof| proof.verify(&recorded.pinned(), &recorded.block()).is_verified())
}

fn file(recorded: &Recorded) -> Value {
    serde_json::from_str(&recorded.text).unwrap()
}

/// Every digit of every hash, node and header.
#[test]
fn every_hex_digit_counts() {
    let recorded = Recorded::stored();
    let mut file = file(&recorded);
    for place in proven_places(&file) {
        let Some(text) = file.pointer(&place).unwrap().as_str().map(str::to_owned) else {
            continue;
        };
        for at in 0..text.len() {
            let other = if &text[at..=at] == "0" { "1" } else { "0" };
            *file.pointer_mut(&place).unwrap() = format!("{}{other}{}", &text[..at], &text[at + 1..]).into();
            assert!(!is_verified(&recorded, &file.to_string()), "{place}, digit {at}");
        }
        *file.pointer_mut(&place).unwrap() = text.into();
    }
    assert!(is_verified(&recorded, &file.to_string()));
}

proptest! {
    /// A range of a string is replaced, removed or repeated; a number is changed.
    #[test]
    fn a_changed_member_is_noticed(
        place in any::<Index>(), from in any::<Index>(), length in 0usize..80, with in "[0-9a-f]{0,80}", number in any::<u64>(),
    ) {
        let recorded = Recorded::stored();
        let mut file = file(&recorded);
        let places = proven_places(&file);
        let member = file.pointer_mut(&places[place.index(places.len())]).unwrap();
        let changed: Value = match member.as_str() {
            None => number.into(),
            Some(text) => {
                let from = from.index(text.len());
                let to = (from + length).min(text.len());
                format!("{}{with}{}", &text[..from], &text[to..]).into()
            }
        };
        prop_assume!(changed != *member);
        *member = changed;
        prop_assert!(!is_verified(&recorded, &file.to_string()));
    }

    /// An item of a list is removed, repeated or moved.
    #[test]
    fn a_changed_list_is_noticed(list in 0usize..3, from in any::<Index>(), to in any::<Index>(), kind in 0..3) {
        let recorded = Recorded::stored();
        let mut file = file(&recorded);
        let list = ["/inclusion/path", "/evidence/accountProof", "/evidence/storageProof"][list];
        let items = file.pointer_mut(list).unwrap().as_array_mut().unwrap();
        let before = items.clone();
        let (from, to) = (from.index(items.len()), to.index(items.len()));
        match kind {
            0 => _ = items.remove(from),
            1 => items.insert(to, before[from].clone()),
            _ => items.swap(from, to),
        }
        prop_assume!(*items != before);
        prop_assert!(!is_verified(&recorded, &file.to_string()));
    }

    /// Any bytes in the text: it is no file, or means the same.
    #[test]
    fn a_changed_text_is_noticed(from in any::<Index>(), length in 0usize..40, with in ".{0,40}") {
        let recorded = Recorded::stored();
        let text = &recorded.text;
        let from = from.index(text.len());
        let to = (from + length).min(text.len());
        let changed = format!("{}{with}{}", &text[..from], &text[to..]);
        let mut expected = recorded.proof();
        if let Ok(proof) = AnchorProof::from_json(&changed)
            && proof.verify(&recorded.pinned(), &recorded.block()).is_verified()
        {
            expected.anchor.transaction_hash = proof.anchor.transaction_hash;
            expected.anchor.block_number = proof.anchor.block_number;
            expected.anchor.block_hash = proof.anchor.block_hash;
            prop_assert_eq!(proof, expected);
        }
    }
}
