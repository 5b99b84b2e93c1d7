//! The platform's own identifiers: `did:air`.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_vc::{
    Error,
    did::{AirDid, AirNetwork, AirType, Did},
};
use proptest::prelude::*;
use serde_json::json;

use crate::did_support::{list, text, vectors};

const ALPHABET: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

#[test]
fn did_air_agrees_with_what_the_platform_issued() {
    for text in list(&vectors("did-air.json"), "issued") {
        let text = text.as_str().unwrap();
        let did: AirDid = text.parse().unwrap();
        assert_eq!(did.network(), &AirNetwork::test(), "{text}");
        assert_eq!(did.kind(), AirType::TEST, "{text}");
        assert_eq!(
            AirDid::new(AirNetwork::test(), AirType::TEST, *did.genesis()),
            did
        );
        assert_eq!(did.to_string(), text);
        assert_eq!(Did::from(did).as_str(), text);
    }
}

/// With a leading `4` it would be a valid identifier.
#[test]
fn the_platforms_own_example_is_one_character_from_an_identifier() {
    let vectors = vectors("did-air.json");
    let example = text(&vectors, "example");
    assert_eq!(example.parse::<AirDid>().unwrap_err(), Error::AirDidChecksum);
    let repaired: AirDid = example.replace(":5P", ":4P").parse().unwrap();
    assert_eq!(repaired.kind(), AirType::TEST);
    let others = changes_of(example).filter(|text| text.parse::<AirDid>().is_ok());
    assert_eq!(others.collect::<Vec<_>>(), [repaired.to_string()]);
}

#[test]
fn did_air_refuses_other_forms() {
    let with = |bytes: &[u8]| format!("did:air:id:test:{}", bs58::encode(bytes).into_string());
    let good = AirDid::new(AirNetwork::test(), AirType::TEST, [7; 27]);
    let (text, bytes) = (good.to_string(), good.to_bytes());
    for bad in [
        "did:air:id:test".to_owned(),
        "did:air:id:test:".to_owned(),
        text.replace("air", "iden3"),
        text.replace(":id:", ":x:"),
        text.replace("test", ""),
        text.replace("test", "Test"),
        text.replace("test", &"t".repeat(33)),
        format!("{text}0"),
        format!("{text}#key"),
        format!(" {text}"),
        with(&bytes[..30]),
        with(&[&bytes[..], &[0]].concat()),
        with(&[0; 31]),
    ] {
        assert!(
            matches!(bad.parse::<AirDid>(), Err(Error::InvalidDid { .. })),
            "{bad}"
        );
    }
    assert_eq!(
        format!("{text}1").parse::<AirDid>().unwrap_err(),
        Error::AirDidChecksum
    );
    let mut big_endian = bytes;
    big_endian.swap(29, 30);
    assert_eq!(
        with(&big_endian).parse::<AirDid>().unwrap_err(),
        Error::AirDidChecksum
    );
    assert!(AirType::from_bytes([0, 1]).is_err());
    assert!(text.replace("test", &"t".repeat(32)).parse::<AirDid>().is_ok());
}

/// All changes of one base58 character of the identifier.
fn changes_of(text: &str) -> impl Iterator<Item = String> {
    let start = text.rfind(':').unwrap() + 1;
    (start..text.len()).flat_map(move |at| {
        let others = ALPHABET.chars().filter(move |c| !text[at..].starts_with(*c));
        others.map(move |c| format!("{}{c}{}", &text[..at], &text[at + 1..]))
    })
}

/// The documented probability: undetected changes occur only at positions 30 and 32, and are rare
/// there.
#[test]
fn a_typing_error_is_caught_but_for_the_documented_places() {
    let (mut changes, mut missed) = (0_u32, 0_u32);
    let mut genesis = [0_u8; 27];
    for round in 0..60_u8 {
        for (at, byte) in (0_u8..).zip(&mut genesis) {
            *byte = byte
                .wrapping_mul(31)
                .wrapping_add(round ^ at.wrapping_mul(73))
                .rotate_left(3);
        }
        let did = AirDid::new(AirNetwork::test(), AirType::TEST, genesis).to_string();
        let start = did.rfind(':').unwrap() + 1;
        for changed in changes_of(&did) {
            changes += 1;
            if changed.parse::<AirDid>().is_ok() {
                missed += 1;
                let at = did
                    .bytes()
                    .zip(changed.bytes())
                    .position(|(a, b)| a != b)
                    .unwrap()
                    - start
                    + 1;
                assert!(matches!(at, 30 | 32), "{did} and {changed} differ in place {at}");
            }
        }
    }
    assert_eq!(changes, 60 * 42 * 57);
    assert!(missed * 2000 < changes, "{missed} of {changes}");
}

proptest! {
    #[test]
    fn did_air_reads_back(kind in any::<[u8; 2]>(), genesis in any::<[u8; 27]>(), network in "[a-z0-9]{1,32}") {
        prop_assume!(kind[0] != 0);
        let did = AirDid::new(network.parse().unwrap(), AirType::from_bytes(kind).unwrap(), genesis);
        let text = did.to_string();
        prop_assert_eq!(&text.parse::<AirDid>().unwrap(), &did);
        prop_assert_eq!(serde_json::from_value::<AirDid>(json!(text)).unwrap(), did);
    }

    /// Such a change is a multiple of 58^16 and thus of 2^16. It leaves the checksum unchanged but
    /// changes the sum of the other bytes.
    #[test]
    fn a_changed_character_in_the_first_26_is_always_caught(
        genesis in any::<[u8; 27]>(),
        at in 0_usize..26,
        other in 0_usize..58,
    ) {
        let did = AirDid::new(AirNetwork::test(), AirType::TEST, genesis).to_string();
        let mut changed = did.clone().into_bytes();
        let at = "did:air:id:test:".len() + at;
        changed[at] = ALPHABET.as_bytes()[other];
        let changed = String::from_utf8(changed).unwrap();
        prop_assert_eq!(changed.parse::<AirDid>().is_ok(), changed == did);
    }
}
