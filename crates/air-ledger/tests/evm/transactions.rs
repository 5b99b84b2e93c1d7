//! Signed transactions of ethers, the example of EIP-155, and answers of signers that lie.

use std::collections::BTreeMap;

use air_ledger::evm::{
    Address, Error,
    transaction::{Fees, Signed, SigningKey, Transaction},
};
use serde_json::Value;

use super::recorded::text;

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or("0x");
    hex::decode(text.trim_start_matches("0x")).unwrap()
}

fn number(value: &Value) -> u128 {
    let bytes = bytes(value);
    bytes
        .iter()
        .fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

/// A number in hex or in decimal.
fn small(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| number(&padded(value)).try_into().unwrap())
}

/// An even number of digits.
fn padded(value: &Value) -> Value {
    let digits = value.as_str().unwrap_or("0x").trim_start_matches("0x");
    format!("0x{}{digits}", "0".repeat(digits.len() % 2)).into()
}

fn key(value: &Value) -> SigningKey {
    SigningKey::from_bytes(&bytes(value).try_into().unwrap()).unwrap()
}

fn transaction(of: &Value) -> Transaction {
    Transaction {
        chain_id: small(&of["chainId"]),
        nonce: small(&of["nonce"]),
        to: of["to"].as_str().map(|to| to.parse().unwrap()),
        value: number(&padded(&of["value"])),
        data: bytes(&of["data"]),
        gas_limit: small(&of["gasLimit"]),
        fees: Fees::Eip1559 {
            max_fee: number(&padded(&of["maxFeePerGas"])),
            tip: number(&padded(&of["maxPriorityFeePerGas"])),
        },
    }
}

#[test]
fn transactions_are_signed_as_ethers_signs_them() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../vectors/ethereum/eip1559-transactions.json")).unwrap();
    assert_eq!(cases.len(), 20);
    for case in &cases {
        let (name, key) = (text(&case["name"]), key(&case["key"]));
        let transaction = transaction(&case["tx"]);
        assert_eq!(key.address().to_string(), text(&case["address"]), "{name}");
        let signed = transaction.sign(&key);
        assert_eq!(
            hex::encode(&signed.raw),
            hex::encode(bytes(&case["signed"])),
            "{name}"
        );
        let checked = Signed::check(signed.raw.clone(), &transaction, key.address()).unwrap();
        assert_eq!(checked, signed, "{name}");
    }
}

#[test]
fn keys_have_the_addresses_of_the_vectors() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../vectors/ethereum/keyaddrtest.json")).unwrap();
    assert_eq!(cases.len(), 2);
    for case in &cases {
        let address = key(&case["key"]).address().to_string();
        assert_eq!(address, format!("0x{}", text(&case["addr"])));
    }
    let order = hex::decode("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").unwrap();
    for invalid in [[0; 32], order.try_into().unwrap(), [0xff; 32]] {
        assert!(matches!(SigningKey::from_bytes(&invalid), Err(Error::InvalidKey)));
    }
}

#[test]
fn a_key_is_not_shown() {
    let shown = format!("{:?}", SigningKey::from_bytes(&[0x46; 32]).unwrap());
    assert_eq!(
        shown,
        "SigningKey(Address(0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f), ..)"
    );
}

/// The example of EIP-155.
fn legacy() -> Transaction {
    Transaction {
        chain_id: 1,
        nonce: 9,
        to: Some(Address::new([0x35; 20])),
        value: 1_000_000_000_000_000_000,
        data: Vec::new(),
        gas_limit: 21_000,
        fees: Fees::Legacy {
            price: 20_000_000_000,
        },
    }
}

#[test]
fn a_legacy_transaction_is_signed_for_its_chain() {
    let key = SigningKey::from_bytes(&[0x46; 32]).unwrap();
    let signed = legacy().sign(&key);
    assert_eq!(
        hex::encode(&signed.raw),
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc\
         2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb196\
         6a3b6d83"
    );
    assert_eq!(
        Signed::check(signed.raw.clone(), &legacy(), key.address()).unwrap(),
        signed
    );
}

#[test]
fn another_transaction_or_signer_is_refused() {
    let (key, other) = ([0x46; 32], [0x47; 32]);
    let [key, other] = [key, other].map(|bytes| SigningKey::from_bytes(&bytes).unwrap());
    let with_base_fee = Transaction {
        fees: Fees::Eip1559 { max_fee: 9, tip: 1 },
        ..legacy()
    };
    for transaction in [legacy(), with_base_fee] {
        let raw = transaction.sign(&key).raw;
        let dearer = Transaction {
            value: transaction.value + 1,
            ..transaction.clone()
        };
        let elsewhere = Transaction {
            chain_id: 2,
            ..transaction.clone()
        };
        for changed in [dearer, elsewhere] {
            let answer = Signed::check(changed.sign(&key).raw, &transaction, key.address());
            assert!(matches!(answer, Err(Error::OtherTransaction)), "{answer:?}");
        }
        let answer = Signed::check(transaction.sign(&other).raw, &transaction, key.address());
        assert!(matches!(answer, Err(Error::OtherSigner { .. })), "{answer:?}");
        for length in 0..raw.len() {
            let answer = Signed::check(raw[..length].to_vec(), &transaction, key.address());
            assert!(
                matches!(answer, Err(Error::OtherTransaction)),
                "{length}: {answer:?}"
            );
        }
        for place in 0..raw.len() {
            let mut changed = raw.clone();
            changed[place] ^= 1;
            let answer = Signed::check(changed, &transaction, key.address());
            assert!(answer.is_err(), "{place}");
        }
    }
}

/// A legacy signature without a chain holds on every chain.
#[test]
fn a_signature_for_every_chain_is_refused() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../vectors/ethereum/txtest.json")).unwrap();
    assert_eq!(cases.len(), 2);
    for case in &cases {
        let key = key(&case["key"]);
        let to = Some(text(&case["to"])).filter(|to| !to.is_empty());
        for chain_id in [0, 1, u64::MAX] {
            let transaction = Transaction {
                chain_id,
                nonce: small(&case["nonce"]),
                to: to.map(|to| format!("0x{to}").parse().unwrap()),
                value: case["value"].as_u64().unwrap().into(),
                data: bytes(&case["data"]),
                gas_limit: small(&case["startgas"]),
                fees: Fees::Legacy {
                    price: case["gasprice"].as_u64().unwrap().into(),
                },
            };
            let answer = Signed::check(bytes(&case["signed"]), &transaction, key.address());
            assert!(
                matches!(answer, Err(Error::OtherTransaction)),
                "{chain_id}: {answer:?}"
            );
        }
    }
}

/// Fees of more than 128 bits, and invalid encodings, are those of no transaction of this crate.
#[test]
fn fees_beyond_128_bits_are_refused() {
    let file = include_str!("../vectors/ethereum/eip1559-transaction-tests.json");
    let cases: BTreeMap<String, Value> = serde_json::from_str(file).unwrap();
    assert_eq!(cases.len(), 9);
    let sender = |case: &Value| {
        let sender = case["result"]["Cancun"]["sender"].as_str();
        sender.map(|sender| sender.parse::<Address>().unwrap())
    };
    assert_eq!(cases.values().filter_map(sender).count(), 1, "one is valid");
    for (name, case) in &cases {
        let raw = bytes(&case["txbytes"]);
        let signer = sender(case).unwrap_or_else(|| Address::new([0; 20]));
        for (max_fee, tip) in [
            (u128::MAX, 2_000_000_000),
            (3_000_000_000, u128::MAX),
            (u128::MAX, u128::MAX),
            (0, 0),
        ] {
            let transaction = Transaction {
                chain_id: 1,
                nonce: 0,
                to: Some("0x095e7baea6a6c7c4c2dfeb977efac326af552d87".parse().unwrap()),
                value: 0,
                data: Vec::new(),
                gas_limit: 21_000,
                fees: Fees::Eip1559 { max_fee, tip },
            };
            let answer = Signed::check(raw.clone(), &transaction, signer);
            assert!(
                matches!(answer, Err(Error::OtherTransaction)),
                "{name}: {answer:?}"
            );
        }
    }
}

/// A signature with the higher `s` is by the same key, but nodes refuse it (EIP-2).
#[test]
fn the_higher_s_is_refused() {
    // The example of EIP-155 with the order minus its `s`, and the other parity of `y`.
    let raw = hex::decode(concat!(
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008026",
        "a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276",
        "a098341627668089e51348fccfb4c7ff31c55912f2d2e47ef09652acf665fad3be",
    ));
    let signer = SigningKey::from_bytes(&[0x46; 32]).unwrap().address();
    let answer = Signed::check(raw.unwrap(), &legacy(), signer);
    assert!(matches!(answer, Err(Error::OtherSigner { .. })), "{answer:?}");
}
