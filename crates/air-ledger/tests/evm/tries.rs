//! Lookups in tries: Ethereum's vectors, and tries of random content.

use std::collections::BTreeMap;

use air_ledger::evm::{Account, TrieError, keccak256, trie::lookup};
use proptest::{prelude::*, sample::Index};
use serde_json::Value;

use super::{
    recorded::{bytes, json, text},
    reference_trie::Trie,
};

/// A vector's text: hex digits after `0x`, or the bytes themselves.
fn content(value: &Value) -> Option<Vec<u8>> {
    let text = value.as_str()?;
    Some(match text.strip_prefix("0x") {
        Some(digits) => hex::decode(digits).unwrap(),
        None => text.as_bytes().to_vec(),
    })
}

/// The values of a vector, which lists pairs in order or as an object. A pair without a value
/// removes the key.
fn values(of: &Value, is_hashed: bool) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let pairs: Vec<(Value, Value)> = match of {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.as_str().into(), value.clone()))
            .collect(),
        list => serde_json::from_value(list.clone()).unwrap(),
    };
    let mut values = BTreeMap::new();
    for (key, value) in pairs {
        let key = content(&key).unwrap();
        let key = if is_hashed {
            keccak256(&key).as_bytes().to_vec()
        } else {
            key
        };
        match content(&value) {
            Some(value) => _ = values.insert(key, value),
            None => _ = values.remove(&key),
        }
    }
    values
}

/// Each key of the trie is found, by all nodes of its proof. Other keys are proven to be absent.
fn compare(values: &BTreeMap<Vec<u8>, Vec<u8>>, trie: &Trie, others: impl Iterator<Item = Vec<u8>>) {
    for key in values.keys().cloned().chain(others) {
        let proof = trie.proof(&key);
        let found = lookup(&trie.root, &key, &proof);
        assert_eq!(found, Ok(values.get(&key).map(Vec::as_slice)), "{key:?}");
        if !values.is_empty() {
            let shorter = lookup(&trie.root, &key, &proof[..proof.len() - 1]);
            assert!(matches!(shorter, Err(TrieError::TooShort { .. })), "{key:?}");
        }
        let longer = [&proof[..], &[vec![0x80]]].concat();
        let nodes = longer.len();
        assert_eq!(
            lookup(&trie.root, &key, &longer),
            Err(TrieError::TooLong {
                nodes,
                needed: nodes - 1
            })
        );
    }
}

#[test]
fn the_tries_of_ethereum_have_their_keys_and_no_others() {
    let files = [
        (
            include_str!("../vectors/ethereum/trie/hex_encoded_securetrie_test.json"),
            true,
        ),
        (
            include_str!("../vectors/ethereum/trie/trieanyorder_secureTrie.json"),
            true,
        ),
        (
            include_str!("../vectors/ethereum/trie/trietest_secureTrie.json"),
            true,
        ),
        (include_str!("../vectors/ethereum/trie/trieanyorder.json"), false),
        (include_str!("../vectors/ethereum/trie/trietest.json"), false),
    ];
    let mut tries = 0;
    for (file, is_hashed) in files {
        for (name, vector) in json(file).as_object().unwrap() {
            let values = values(&vector["in"], is_hashed);
            let trie = Trie::new(&values);
            assert_eq!(trie.root.to_string(), text(&vector["root"]), "{name}");
            let hashed = (0u8..40).map(|i| keccak256(&[i]).as_bytes().to_vec());
            let neighbours = values
                .keys()
                .flat_map(|key| [&key[..key.len() - 1], &key[..]].map(|key| [key, &[1]].concat()));
            let absent = hashed.chain(neighbours).filter(|key| !values.contains_key(key));
            compare(&values, &trie, absent);
            tries += 1;
        }
    }
    assert!(tries >= 20, "{tries} tries");
}

#[test]
fn the_published_answers_of_get_proof_are_verified() {
    let cases = json(include_str!("../vectors/ethereum/account-proofs.json"));
    let nodes = |value: &Value| -> Vec<Vec<u8>> { value.as_array().unwrap().iter().map(bytes).collect() };
    let mut slots = 0;
    for case in cases.as_array().unwrap() {
        let key = keccak256(&bytes(&case["address"]));
        let root = text(&case["state_root"]).parse().unwrap();
        let proof = nodes(&case["accountProof"]);
        let found = lookup(&root, key.as_bytes(), &proof).unwrap().unwrap();
        let account = Account::decode(found).unwrap();
        assert_eq!(account.code_hash.to_string(), text(&case["codeHash"]));
        assert_eq!(account.storage_root.to_string(), text(&case["storageHash"]));
        assert_eq!(format!("{:#x}", account.nonce), text(&case["nonce"]));
        for slot in case["storageProof"].as_array().unwrap() {
            assert_eq!(text(&slot["key"]), "0x0");
            let proof = nodes(&slot["proof"]);
            let key = keccak256(&[0; 32]);
            let found = lookup(&account.storage_root, key.as_bytes(), &proof).unwrap();
            assert_eq!(found, Some(&bytes(&slot["value"])[..]));
            slots += 1;
        }
    }
    assert_eq!(slots, 1);
}

#[test]
fn an_empty_trie_has_no_keys() {
    let root = keccak256(&[0x80]);
    assert_eq!(lookup::<&[u8]>(&root, b"key", &[]), Ok(None));
    assert_eq!(lookup(&root, b"key", &[[0x80_u8]]), Ok(None));
    let surplus = TrieError::TooLong { nodes: 2, needed: 1 };
    assert_eq!(lookup(&root, b"key", &[[0x80_u8], [0x80]]), Err(surplus));
    assert_eq!(
        lookup(&root, b"key", &[[0x81_u8]]),
        Err(TrieError::TooLong { nodes: 1, needed: 0 })
    );
}

/// Nodes that no trie has, under their own hashes.
#[test]
fn nodes_in_other_forms_are_refused() {
    let invalid = Err(TrieError::InvalidNode { index: 0 });
    let alone = |node: &[u8], key: &[u8]| {
        lookup(&keccak256(node), key, &[node.to_vec()]).map(|value| value.map(<[u8]>::to_vec))
    };
    // A leaf of the key `01` with the value 5, and with other flags, padding and forms.
    assert_eq!(alone(&[0xc4, 0x82, 0x20, 0x01, 5], &[1]), Ok(Some(vec![5])));
    assert_eq!(alone(&[0xc4, 0x82, 0x20, 0x01, 5], &[2]), Ok(None));
    assert_eq!(alone(&[0xc4, 0x82, 0x20, 0x01, 5], &[]), Ok(None));
    assert_eq!(alone(&[0xc4, 0x82, 0x40, 0x01, 5], &[1]), invalid);
    assert_eq!(alone(&[0xc4, 0x82, 0x21, 0x01, 5], &[1]), invalid);
    assert_eq!(alone(&[0xc5, 0x82, 0x20, 0x01, 0xc1, 5], &[1]), invalid);
    assert_eq!(alone(&[0xc2, 0x80, 5], &[1]), invalid);
    assert_eq!(alone(&[0xc3, 0x20, 5, 5], &[1]), invalid);
    assert_eq!(alone(&[0xc0], &[1]), invalid);
    assert_eq!(alone(&[0x05], &[1]), invalid);
    // An extension without a path, and one whose child is no hash.
    assert_eq!(alone(&[0xc2, 0x00, 0xc0], &[1]), invalid);
    assert_eq!(alone(&[0xc4, 0x82, 0x00, 0x01, 5], &[1]), invalid);
    // A leaf with a path that is longer than any key.
    let long = [&[0xf8, 102, 0xb8, 99, 0x20][..], &[0; 98], &[5]].concat();
    assert_eq!(alone(&long, &[0; 32]), Ok(None));
}

/// A branch that ends a key has its value; its children may be part of it.
#[test]
fn branches_have_values_and_inner_nodes() {
    // Below nibble 0: a leaf of the rest `1`, with the value 5.
    let inner: [u8; 3] = [0xc2, 0x31, 5];
    let branch = [&[0xd3][..], &inner, &[0x80; 15], &[7]].concat();
    let root = keccak256(&branch);
    let proof = [branch];
    assert_eq!(lookup(&root, &[], &proof), Ok(Some(&[7][..])));
    assert_eq!(lookup(&root, &[0x01], &proof), Ok(Some(&[5][..])));
    assert_eq!(lookup(&root, &[0x02], &proof), Ok(None));
    assert_eq!(lookup(&root, &[0x11], &proof), Ok(None));
}

/// Keys that share beginnings, so that tries have extensions and deep branches.
/// A child of 32 bytes or more is a node of its own, which its parent names by its hash.
#[test]
fn only_short_nodes_are_part_of_their_parent() {
    // Below nibble 0: a leaf of the rest `1`, with a value of this length.
    let with_value = |length: u8| {
        let inner = [&[0xc2 + length, 0x31, 0x80 + length][..], &vec![5; length.into()]].concat();
        let payload = [&inner[..], &[0x80; 15], &[7]].concat();
        (
            inner.len(),
            [&[0xc0 + u8::try_from(payload.len()).unwrap()][..], &payload].concat(),
        )
    };
    for (length, is_inner) in [(28, true), (29, false), (30, false)] {
        let (inner, branch) = with_value(length);
        assert_eq!(inner < 32, is_inner);
        let found = lookup(&keccak256(&branch), &[0x01], std::slice::from_ref(&branch))
            .map(|value| value.map(<[u8]>::to_vec));
        let expected = if is_inner {
            Ok(Some(vec![5; length.into()]))
        } else {
            Err(TrieError::InvalidNode { index: 0 })
        };
        assert_eq!(found, expected, "{length}");
    }
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    (prop::collection::vec(0u8..4, 0..4), any::<[u8; 4]>(), 0usize..29).prop_map(|(start, random, at)| {
        let mut key = vec![0x11; 32];
        key[..start.len()].copy_from_slice(&start);
        key[at..at + 4].copy_from_slice(&random);
        key
    })
}

proptest! {
    #[test]
    fn lookups_agree_with_the_definition(
        values in prop::collection::btree_map(key(), prop::collection::vec(1u8.., 1..40), 1..40),
        absent in prop::collection::vec(key(), 8),
        changed in any::<Index>(), at in any::<Index>(), bit in 0..8,
    ) {
        let trie = Trie::new(&values);
        let absent = absent.into_iter().filter(|key| !values.contains_key(key));
        compare(&values, &trie, absent);
        for key in values.keys() {
            let mut proof = trie.proof(key);
            let index = changed.index(proof.len());
            let byte = at.index(proof[index].len());
            proof[index][byte] ^= 1u8 << bit;
            prop_assert_eq!(lookup(&trie.root, key, &proof), Err(TrieError::WrongNode { index }));
        }
    }

    #[test]
    fn keys_of_any_length_are_found(
        values in prop::collection::btree_map(prop::collection::vec(0u8..3, 0..5), prop::collection::vec(any::<u8>(), 1..40), 1..40),
        absent in prop::collection::vec(prop::collection::vec(0u8..3, 0..6), 8),
    ) {
        let trie = Trie::new(&values);
        let absent = absent.into_iter().filter(|key| !values.contains_key(key));
        compare(&values, &trie, absent);
    }

    /// Whatever the bytes are: no panic.
    #[test]
    fn any_bytes_are_a_node_or_not(node in prop::collection::vec(any::<u8>(), 0..80), key in prop::collection::vec(any::<u8>(), 0..33)) {
        let _ = lookup(&keccak256(&node), &key, &[&node]);
        let _ = Account::decode(&node);
        let _ = air_ledger::evm::Header::decode(&node);
    }
}
