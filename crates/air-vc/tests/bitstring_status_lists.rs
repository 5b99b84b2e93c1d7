//! Bitstring Status Lists: each rejection has its own error, and properties of every list.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::io::{self, Read};

use air_ids::UnixTime;
use air_jwt::{JwkSet, SigningKey, jws};
use air_vc::{
    Error,
    status::{
        BitstringStatusList, BitstringStatusListCredential, BitstringStatusListEntry,
        BitstringStatusListOptions, BitstringStatusListVerifier, MINIMUM_ENTRIES, StatusBits, StatusList,
        StatusPurpose, VerifiedBitstringStatusList,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::{NOW, after, before};

const URL: &str = "https://issuer.example/status/3";
const ISSUER: &str = "did:web:issuer.example";

fn revocations() -> BitstringStatusList {
    let mut list = BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, 0).unwrap();
    list.set(94_567, 1).unwrap();
    list
}

fn options() -> BitstringStatusListOptions {
    BitstringStatusListOptions {
        issuer: ISSUER.into(),
        valid_from: Some(NOW),
        valid_until: Some(after(1_000)),
        ttl: Some(100),
    }
}

struct Setup {
    key: SigningKey,
    keys: JwkSet,
}

fn setup() -> Setup {
    let key = SigningKey::generate(&mut rand::rng());
    let keys = key.public_jwk().into();
    Setup { key, keys }
}

impl Setup {
    fn verify(&self, token: &str, now: UnixTime) -> Result<VerifiedBitstringStatusList, Error> {
        BitstringStatusListVerifier::new(ISSUER, &self.keys, URL).verify(token, now)
    }

    fn published(&self, list: &BitstringStatusList) -> VerifiedBitstringStatusList {
        let token = BitstringStatusListCredential::sign(&self.key, URL, list, &options());
        self.verify(token.as_str(), NOW).unwrap()
    }

    /// Signs a changed document with the issuer's key.
    fn forge(&self, change: impl FnOnce(&mut Map<String, Value>)) -> String {
        let mut document = BitstringStatusListCredential::document(URL, &revocations(), &options());
        change(&mut document);
        jws::sign(&self.key, "vc+jwt", &document)
    }
}

fn entry(purpose: StatusPurpose, index: u64) -> BitstringStatusListEntry {
    BitstringStatusListEntry::new(purpose, URL, index)
}

/// 2.2: index 0 is the leftmost bit.
#[test]
fn the_first_entry_is_on_the_left() {
    let mut list = BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, 0).unwrap();
    list.set(0, 1).unwrap();
    list.set(9, 1).unwrap();
    assert_eq!(list.as_bytes()[..2], [0b1000_0000, 0b0100_0000]);
    list.set(MINIMUM_ENTRIES - 1, 1).unwrap();
    assert_eq!(list.as_bytes().last(), Some(&0b0000_0001));

    let mut wide = BitstringStatusList::new(StatusPurpose::Message, StatusBits::Two, 0).unwrap();
    wide.set(0, 0b10).unwrap();
    wide.set(3, 0b01).unwrap();
    assert_eq!(wide.as_bytes()[0], 0b1000_0001);
}

#[test]
fn a_list_is_never_too_short_to_hide_in() {
    for (bits, bytes) in [(StatusBits::One, 16_384), (StatusBits::Eight, 131_072)] {
        let list = BitstringStatusList::new(StatusPurpose::Revocation, bits, 10).unwrap();
        assert_eq!((list.entries(), list.as_bytes().len()), (MINIMUM_ENTRIES, bytes));
        assert!(BitstringStatusList::from_subject(&list.to_subject()).is_ok());
    }
    let list = BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::Two, 0).unwrap();
    let mut subject = list.to_subject();
    subject.insert("statusSize".into(), json!(4));
    let (entries, minimum) = (MINIMUM_ENTRIES / 2, MINIMUM_ENTRIES);
    assert_eq!(
        BitstringStatusList::from_subject(&subject),
        Err(Error::StatusListTooShort { entries, minimum })
    );
}

#[test]
fn subjects_that_are_no_list_are_refused() {
    let good = revocations();
    let encoded = good.to_encoded_list();
    let gzip = URL_SAFE_NO_PAD.decode(&encoded[1..]).unwrap();
    let zlib = StatusList::new(StatusBits::One, MINIMUM_ENTRIES)
        .unwrap()
        .to_zlib();
    let longer = [gzip.as_slice(), &[0]].concat();
    let multibase = |bytes: &[u8]| json!(format!("u{}", URL_SAFE_NO_PAD.encode(bytes)));
    let bad = [
        ("type", json!("BitstringStatusListEntry")),
        ("type", Value::Null),
        ("statusPurpose", Value::Null),
        ("statusPurpose", json!([])),
        ("statusPurpose", json!(["revocation", 1])),
        ("encodedList", json!(&encoded[1..])),
        ("encodedList", json!(format!("z{}", &encoded[1..]))),
        ("encodedList", json!("")),
        ("encodedList", json!(format!("{encoded}=="))),
        ("encodedList", multibase(&gzip[..gzip.len() - 9])),
        ("encodedList", multibase(&gzip[..gzip.len() - 1])),
        ("encodedList", multibase(&longer)),
        ("encodedList", multibase(&zlib)),
        ("statusSize", json!("1")),
        ("statusMessages", json!([])),
        ("statusMessages", json!([{ "status": "0x0", "message": "unset" }])),
    ];
    for (name, value) in bad {
        let mut subject = good.to_subject();
        subject.insert(name.into(), value.clone());
        let refusal = BitstringStatusList::from_subject(&subject).unwrap_err();
        assert!(
            matches!(refusal, Error::MalformedStatus { .. }),
            "{name} {value}: {refusal}"
        );
    }
    let mut subject = good.to_subject();
    subject.insert("statusSize".into(), json!(3));
    assert_eq!(
        BitstringStatusList::from_subject(&subject),
        Err(Error::StatusBits { bits: 3 })
    );
}

#[test]
fn a_bomb_is_not_inflated_to_its_end() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    io::copy(&mut io::repeat(0).take(1 << 26), &mut bomb).unwrap();
    let bomb = URL_SAFE_NO_PAD.encode(bomb.finish().unwrap());
    let mut subject = revocations().to_subject();
    subject.insert("encodedList".into(), json!(format!("u{bomb}")));
    let limit = 16 * 1024 * 1024;
    assert_eq!(
        BitstringStatusList::from_subject(&subject),
        Err(Error::StatusListTooLarge { limit })
    );
}

#[test]
fn what_is_signed_verifies_and_answers() {
    let setup = setup();
    let list = setup.published(&revocations());
    let answer = |index| list.status(&entry(StatusPurpose::Revocation, index));
    assert!(answer(94_567).unwrap().is_set());
    assert!(!answer(94_568).unwrap().is_set());
    assert_eq!(
        answer(MINIMUM_ENTRIES),
        Err(Error::StatusIndexOutOfRange {
            index: MINIMUM_ENTRIES,
            entries: MINIMUM_ENTRIES
        })
    );
    for purpose in [StatusPurpose::Suspension, StatusPurpose::Unknown("own".into())] {
        assert_eq!(
            list.status(&entry(purpose, 94_567)),
            Err(Error::StatusPurposeMismatch)
        );
    }
    assert_eq!((list.url(), list.valid_until()), (URL, Some(after(1_000))));
    assert!(list.is_fresh(after(99)) && !list.is_fresh(after(100)));
}

#[test]
fn the_document_is_a_credential_of_version_2() {
    let document = BitstringStatusListCredential::document(URL, &revocations(), &options());
    let mut expected = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": URL,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": ISSUER,
        "validFrom": "2027-01-15T08:00:00Z",
        "validUntil": "2027-01-15T08:16:40Z",
        "credentialSubject": {
            "id": "https://issuer.example/status/3#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "ttl": 100_000,
        },
    });
    expected["credentialSubject"]["encodedList"] = json!(revocations().to_encoded_list());
    assert_eq!(Value::Object(document), expected);
}

#[test]
fn messages_are_of_the_entry_or_of_the_list() {
    let setup = setup();
    let texts = ["pending", "accepted", "rejected", "undefined"].map(String::from);
    let list = BitstringStatusList::new(StatusPurpose::Message, StatusBits::Two, 0);
    let mut list = list.unwrap().with_messages(texts.to_vec()).unwrap();
    list.set(5, 2).unwrap();
    let published = setup.published(&list);
    assert_eq!(published.list(), &list);

    let own = texts.clone().map(|text| text.to_uppercase());
    let entry = entry(StatusPurpose::Message, 5)
        .with_messages(StatusBits::Two, own.to_vec())
        .unwrap();
    let status = published.status(&entry).unwrap();
    assert_eq!((status.value, status.message.as_deref()), (2, Some("REJECTED")));

    let list = BitstringStatusList::new(StatusPurpose::Message, StatusBits::Two, 0).unwrap();
    for wrong in [&texts[..3], &[]] {
        assert!(matches!(
            list.clone().with_messages(wrong.to_vec()),
            Err(Error::MalformedStatus { .. })
        ));
    }
}

/// The list's `statusSize` applies if there is one, and otherwise the entry's (2.1, 3.2).
#[test]
fn entry_and_list_agree_on_the_size() {
    let setup = setup();
    let wide = entry(StatusPurpose::Revocation, 1)
        .with_messages(StatusBits::Two, vec![String::new(); 4])
        .unwrap();
    let narrow = entry(StatusPurpose::Revocation, 1);

    let stated = BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::Two, 0).unwrap();
    let published = setup.published(&stated);
    assert_eq!(published.status(&narrow), Err(Error::StatusSizeMismatch));
    assert!(published.status(&wide).is_ok());

    let mut unstated =
        BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, 2 * MINIMUM_ENTRIES).unwrap();
    unstated.set(2, 1).unwrap();
    assert_eq!(
        setup.published(&unstated).status(&wide).unwrap().value,
        0b10,
        "bits 2 and 3"
    );
    let (entries, minimum) = (MINIMUM_ENTRIES / 2, MINIMUM_ENTRIES);
    assert_eq!(
        setup.published(&revocations()).status(&wide),
        Err(Error::StatusListTooShort { entries, minimum })
    );
}

#[test]
fn another_key_type_url_or_issuer_is_refused() {
    let (ours, theirs) = (setup(), setup());
    let token = BitstringStatusListCredential::sign(&ours.key, URL, &revocations(), &options()).into_string();
    assert!(matches!(
        theirs.verify(&token, NOW),
        Err(Error::StatusListToken(air_jwt::Error::UnknownKid { .. }))
    ));
    let document = BitstringStatusListCredential::document(URL, &revocations(), &options());
    for typ in ["JWT", "vp+jwt", "statuslist+jwt"] {
        let refusal = ours.verify(&jws::sign(&ours.key, typ, &document), NOW);
        let expected = "vc+jwt";
        assert_eq!(refusal, Err(Error::StatusListWrongType { expected }), "{typ}");
    }
    for id in [json!("https://issuer.example/status/4"), Value::Null] {
        let token = ours.forge(|document| {
            document.insert("id".into(), id.clone());
        });
        assert_eq!(ours.verify(&token, NOW), Err(Error::StatusListWrongUri), "{id}");
    }
    for issuer in [
        json!("did:web:other.example"),
        json!({ "name": ISSUER }),
        Value::Null,
    ] {
        let token = ours.forge(|document| {
            document.insert("issuer".into(), issuer.clone());
        });
        assert_eq!(
            ours.verify(&token, NOW),
            Err(Error::StatusListWrongIssuer),
            "{issuer}"
        );
    }
    let object = ours.forge(|document| {
        document.insert("issuer".into(), json!({ "id": ISSUER, "name": "Issuer" }));
    });
    assert!(ours.verify(&object, NOW).is_ok());
}

#[test]
fn documents_of_another_kind_are_refused() {
    let setup = setup();
    let bad = [
        ("@context", json!("https://www.w3.org/ns/credentials/v2")),
        ("@context", json!(["https://www.w3.org/2018/credentials/v1"])),
        ("type", json!("BitstringStatusListCredential")),
        ("type", json!(["VerifiableCredential"])),
        ("credentialSubject", json!([])),
        ("validFrom", json!("2027-01-15")),
        ("validUntil", json!(NOW)),
        ("exp", json!("later")),
    ];
    for (name, value) in bad {
        let token = setup.forge(|document| {
            document.insert(name.into(), value.clone());
        });
        let refusal = setup.verify(&token, NOW).unwrap_err();
        assert!(
            matches!(refusal, Error::MalformedStatus { .. }),
            "{name} {value}: {refusal}"
        );
    }
}

#[test]
fn its_times_hold_to_the_second_with_30_for_clocks() {
    let setup = setup();
    let token = setup.forge(|_| {});
    assert!(setup.verify(&token, after(1_029)).is_ok());
    assert_eq!(
        setup.verify(&token, after(1_030)),
        Err(Error::StatusListExpired { ago: 30 })
    );
    assert!(setup.verify(&token, before(30)).is_ok());
    assert_eq!(
        setup.verify(&token, before(31)),
        Err(Error::StatusListNotYetValid { ahead: 31 })
    );
    let by_the_jwt = setup.forge(|document| {
        document.insert("exp".into(), json!(before(31)));
    });
    assert_eq!(
        setup.verify(&by_the_jwt, NOW),
        Err(Error::StatusListExpired { ago: 31 })
    );
    let forever = BitstringStatusListOptions {
        issuer: ISSUER.into(),
        valid_until: Some(UnixTime::from_secs(u64::MAX)),
        ..BitstringStatusListOptions::default()
    };
    let token = BitstringStatusListCredential::sign(&setup.key, URL, &revocations(), &forever);
    assert!(setup.verify(token.as_str(), NOW).is_ok(), "until the year 9999");
}

#[test]
fn entries_of_another_kind_are_refused() {
    let good = entry(StatusPurpose::Revocation, 5).to_value();
    let two = json!([{ "status": "0x0", "message": "a" }, { "status": "0x1", "message": "b" }]);
    let twice = json!([{ "status": "0x1", "message": "a" }, { "status": "0x1", "message": "b" }]);
    let signed = json!([{ "status": "0x+0", "message": "a" }, { "status": "0x1", "message": "b" }]);
    let bad = [
        ("type", json!("StatusList2021Entry")),
        ("id", json!(URL)),
        ("id", json!(1)),
        ("statusPurpose", json!(["revocation"])),
        ("statusListIndex", json!(5)),
        ("statusListIndex", json!("")),
        ("statusListIndex", json!("+5")),
        ("statusListIndex", json!("0x5")),
        ("statusListIndex", json!("18446744073709551616")),
        ("statusListCredential", Value::Null),
        ("statusSize", json!(2)),
        ("statusSize", json!("1")),
        ("statusMessage", json!([])),
        ("statusMessage", twice),
        ("statusMessage", signed),
        ("statusReference", json!(5)),
    ];
    assert!(BitstringStatusListEntry::parse(&good).is_ok());
    for (name, value) in bad {
        let mut entry = good.clone();
        entry[name] = value.clone();
        let refusal = BitstringStatusListEntry::parse(&entry).unwrap_err();
        assert!(
            matches!(refusal, Error::MalformedStatus { .. }),
            "{name} {value}: {refusal}"
        );
    }
    let mut zero = good.clone();
    zero["statusSize"] = json!(0);
    assert_eq!(
        BitstringStatusListEntry::parse(&zero),
        Err(Error::StatusBits { bits: 0 })
    );
    let mut one_bit = good;
    one_bit["statusMessage"] = two;
    assert_eq!(
        BitstringStatusListEntry::parse(&one_bit).unwrap().messages(),
        ["a", "b"]
    );
}

#[test]
fn a_list_for_several_purposes_answers_each() {
    let setup = setup();
    let token = setup.forge(|document| {
        document["credentialSubject"]["statusPurpose"] = json!(["revocation", "suspension"]);
    });
    let list = setup.verify(&token, NOW).unwrap();
    for purpose in [StatusPurpose::Revocation, StatusPurpose::Suspension] {
        let status = list.status(&entry(purpose.clone(), 94_567)).unwrap();
        assert_eq!((status.is_set(), status.purpose), (true, purpose));
    }
    assert_eq!(
        list.status(&entry(StatusPurpose::Refresh, 94_567)),
        Err(Error::StatusPurposeMismatch)
    );
    let again = BitstringStatusList::from_subject(&list.list().to_subject()).unwrap();
    assert_eq!(&again, list.list());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_set_is_there_and_comes_back(
        bits in prop::sample::select(vec![StatusBits::One, StatusBits::Two, StatusBits::Four, StatusBits::Eight]),
        writes in prop::collection::btree_map(0..MINIMUM_ENTRIES, any::<u8>(), 0..50),
    ) {
        let mut list = BitstringStatusList::new(StatusPurpose::Revocation, bits, 0).unwrap();
        for (index, value) in &writes {
            list.set(*index, value >> (8 - bits.number())).unwrap();
        }
        for (index, value) in &writes {
            prop_assert_eq!(list.value(*index).unwrap(), value >> (8 - bits.number()));
        }
        let set: usize = list.as_bytes().iter().map(|byte| byte.count_ones() as usize).sum();
        let expected: usize = writes.values().map(|value| (value >> (8 - bits.number())).count_ones() as usize).sum();
        prop_assert_eq!(set, expected);
        prop_assert_eq!(BitstringStatusList::from_subject(&list.to_subject()).unwrap(), list);
    }
}
