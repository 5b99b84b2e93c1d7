//! Attempts to have a presentation accepted that its holder could not make for the request.

use std::{sync::LazyLock, time::Duration};

use air_ids::{IssuerDid, SchemaId, UnixTime};
use air_zk::{
    Condition, Credential, CredentialScheme, EpochSchedule, EpochToken, Error, HolderCommitment,
    HolderSecret, IssuedCredential, Predicate, Presentation, Request, SchemaLayout,
};
use proptest::{collection::vec, prelude::*, test_runner::Config};
use serde_json::json;

use crate::support::{
    ISSUER, Issuer, NONCE, NOW, PROGRAM, SCALES, VERIFIER, Wallet, request, schedule, schema, subject,
};

/// A request with each kind of proof, and a disclosed attribute.
fn everything() -> Request {
    request()
        .disclose("level")
        .prove(Condition::new("birthDate", Predicate::Less(json!("2000-01-01"))))
        .prove(Condition::new(
            "country",
            Predicate::In(vec![json!("ES"), json!("PT")]),
        ))
        .prove(Condition::new("name", Predicate::NotEquals(json!("Bob"))))
        .prove(Condition::new("adult", Predicate::Equals(json!(true))))
}

fn presented() -> (Issuer, Presentation) {
    let issuer = Issuer::new();
    let presentation = issuer.present(&issuer.issue(&subject()), &everything()).unwrap();
    (issuer, presentation)
}

fn verifies(issuer: &Issuer, bytes: &[u8]) -> bool {
    let presentation = Presentation::from_bytes(bytes).unwrap();
    presentation.verify(&issuer.scheme, &everything(), NOW).is_ok()
}

#[test]
fn rejects_every_changed_field() {
    let (issuer, presentation) = presented();
    let bytes = presentation.as_bytes();
    assert!(verifies(&issuer, bytes));
    // Each point, scalar and number has a byte among these.
    for at in (0..bytes.len()).step_by(7).chain(bytes.len() - 64..bytes.len()) {
        for bit in [0x01, 0x80] {
            let mut changed = bytes.to_vec();
            changed[at] ^= bit;
            assert!(!verifies(&issuer, &changed), "bit {bit:#x} of byte {at}");
        }
    }
}

#[test]
fn rejects_every_other_length() {
    let (issuer, presentation) = presented();
    let bytes = presentation.as_bytes();
    for length in 0..bytes.len() {
        assert!(!verifies(&issuer, &bytes[..length]), "{length} bytes");
    }
    let mut longer = bytes.to_vec();
    longer.push(0);
    assert!(!verifies(&issuer, &longer));
    assert!(matches!(
        Presentation::from_bytes(vec![0; 512 * 1024 + 1]),
        Err(Error::Malformed)
    ));
}

#[test]
fn rejects_a_presentation_for_another_request() {
    let issuer = Issuer::new();
    let wallet = issuer.issue(&subject());
    let expires_at = NOW.saturating_add(Duration::from_mins(5));
    let under = Condition::new("level", Predicate::Less(json!(9)));
    let over = Condition::new("level", Predicate::Greater(json!(1)));
    let asked = request().prove(under.clone()).prove(over.clone());
    let presentation = issuer.present(&wallet, &asked).unwrap();
    assert!(presentation.verify(&issuer.scheme, &asked, NOW).is_ok());
    let with = |request: Result<Request, Error>| request.unwrap().prove(under.clone()).prove(over.clone());
    let others = [
        (
            "nonce",
            with(Request::new(VERIFIER, PROGRAM, &[8; 32], expires_at)),
        ),
        (
            "verifier",
            with(Request::new("did:web:other.example", PROGRAM, &NONCE, expires_at)),
        ),
        (
            "program",
            with(Request::new(VERIFIER, "other", &NONCE, expires_at)),
        ),
        (
            "time",
            with(Request::new(
                VERIFIER,
                PROGRAM,
                &NONCE,
                expires_at.saturating_add(Duration::from_secs(1)),
            )),
        ),
        // The same bytes in another field.
        (
            "boundary",
            with(Request::new(
                format!("{VERIFIER}v"),
                &PROGRAM[1..],
                &NONCE,
                expires_at,
            )),
        ),
        ("order", request().prove(over.clone()).prove(under.clone())),
        (
            "limit",
            request()
                .prove(Condition::new("level", Predicate::Less(json!(8))))
                .prove(over.clone()),
        ),
        (
            "attribute",
            request()
                .prove(Condition::new("balance", Predicate::Less(json!(9))))
                .prove(Condition::new("balance", Predicate::Greater(json!(1)))),
        ),
    ];
    for (change, other) in others {
        let result = presentation.verify(&issuer.scheme, &other, NOW);
        assert!(matches!(result, Err(Error::Proof)), "{change}: {result:?}");
    }
    let fewer = request().prove(under);
    assert!(matches!(
        presentation.verify(&issuer.scheme, &fewer, NOW),
        Err(Error::Malformed)
    ));
}

#[test]
fn rejects_a_presentation_under_another_scheme() {
    let (issuer, presentation) = presented();
    let of = |key, did: &str, id: &str, scales: &[(&str, u8)], schedule| {
        let layout = SchemaLayout::new(SchemaId::new(id).unwrap(), &schema(), scales).unwrap();
        CredentialScheme::new(key, IssuerDid::new(did).unwrap(), layout, schedule).unwrap()
    };
    let (key, other_key) = (issuer.key.public_key(), Issuer::new().key.public_key());
    let weeks = EpochSchedule::new(Duration::from_hours(24 * 7)).unwrap();
    let schemes = [
        ("key", of(other_key, ISSUER, "schema-1", &SCALES, schedule())),
        (
            "issuer",
            of(key, "did:air:id:test:other", "schema-1", &SCALES, schedule()),
        ),
        ("schema", of(key, ISSUER, "schema-2", &SCALES, schedule())),
        (
            "scale",
            of(key, ISSUER, "schema-1", &[("balance", 3)], schedule()),
        ),
    ];
    for (change, scheme) in schemes {
        let result = presentation.verify(&scheme, &everything(), NOW);
        assert!(matches!(result, Err(Error::Proof)), "{change}: {result:?}");
    }
    let other_epochs = of(key, ISSUER, "schema-1", &SCALES, weeks);
    assert!(matches!(
        presentation.verify(&other_epochs, &everything(), NOW),
        Err(Error::Epoch { .. })
    ));
}

#[test]
fn rejects_an_expired_request_and_an_expired_epoch() {
    let issuer = Issuer::new();
    let wallet = issuer.issue(&subject());
    let late = NOW.saturating_add(Duration::from_mins(5));
    let presentation = issuer.present(&wallet, &request()).unwrap();
    assert!(presentation.verify(&issuer.scheme, &request(), late).is_ok());
    let too_late = late.saturating_add(Duration::from_secs(1));
    assert!(matches!(
        presentation.verify(&issuer.scheme, &request(), too_late),
        Err(Error::Expired { .. })
    ));
    // A request that is open for longer than the epoch.
    let long = Request::new(VERIFIER, PROGRAM, &NONCE, UnixTime::from_secs(u64::MAX)).unwrap();
    let presentation = issuer.present(&wallet, &long).unwrap();
    assert!(presentation.verify(&issuer.scheme, &long, NOW).is_ok());
    for days in [1, 2, 400] {
        let later = NOW.saturating_add(Duration::from_hours(24 * days) + Duration::from_mins(2));
        let result = presentation.verify(&issuer.scheme, &long, later);
        assert!(
            matches!(result, Err(Error::Epoch { .. })),
            "{days} days: {result:?}"
        );
    }
}

#[test]
fn rejects_the_parts_of_two_presentations() {
    let issuer = Issuer::new();
    let wallets = [issuer.issue(&subject()), issuer.issue(&subject())];
    let [one, two] = wallets
        .each_ref()
        .map(|wallet| issuer.present(wallet, &everything()).unwrap());
    let (one, two) = (one.as_bytes(), two.as_bytes());
    assert_eq!(one.len(), two.len());
    for at in (1..one.len()).step_by(31) {
        let mut joined = one[..at].to_vec();
        joined.extend(&two[at..]);
        // The first bytes have the version, the epoch and the disclosed value, which are equal.
        assert_eq!(verifies(&issuer, &joined), at <= 18, "joined at {at}");
    }
}

#[test]
fn refuses_a_token_of_another_credential_or_issuer() {
    let issuer = Issuer::new();
    let (mine, revoked) = (issuer.issue(&subject()), issuer.issue(&subject()));
    let wallet = Wallet {
        credential: revoked.credential,
        token: mine.token,
    };
    assert!(matches!(issuer.present(&wallet, &request()), Err(Error::Token)));
    let other = Issuer::new();
    let wallet = Wallet {
        credential: wallet.credential,
        token: other.issue(&subject()).token,
    };
    assert!(matches!(issuer.present(&wallet, &request()), Err(Error::Token)));
}

#[test]
fn refuses_a_credential_with_another_subject_or_holder() {
    let issuer = Issuer::new();
    let secret = HolderSecret::generate(&mut rand::rng());
    let (issued, id) = issuer.sign(&secret, &subject());
    let open = |subject: &serde_json::Map<String, serde_json::Value>, secret: &HolderSecret| {
        Credential::new(&issuer.scheme, &issued, &id, subject, secret)
    };
    assert!(open(&subject(), &secret).is_ok());
    let thief = HolderSecret::generate(&mut rand::rng());
    assert!(matches!(open(&subject(), &thief), Err(Error::Signature)));
    for (name, value) in [
        ("level", json!(4)),
        ("country", json!("pt")),
        ("adult", json!(false)),
    ] {
        let mut changed = subject();
        changed.insert(name.into(), value);
        assert!(matches!(open(&changed, &secret), Err(Error::Signature)), "{name}");
        changed.remove(name);
        assert!(
            matches!(open(&changed, &secret), Err(Error::Signature)),
            "{name} is absent"
        );
    }
    // An attribute with the encoding of another.
    let mut moved = subject();
    moved.insert("level".into(), json!(125_075));
    assert!(matches!(open(&moved, &secret), Err(Error::Signature)));
}

#[test]
fn two_presentations_share_only_what_they_disclose() {
    let issuer = Issuer::new();
    let wallet = issuer.issue(&subject());
    let [one, two] = [(), ()].map(|()| issuer.present(&wallet, &everything()).unwrap());
    // Version, epoch and the disclosed level.
    let (shown_one, hidden_one) = one.as_bytes().split_at(18);
    let (shown_two, hidden_two) = two.as_bytes().split_at(18);
    assert_eq!(shown_one, shown_two);
    let runs: std::collections::HashSet<&[u8]> = hidden_one.windows(6).collect();
    assert!(hidden_two.windows(6).all(|run| !runs.contains(run)));
}

proptest! {
    #![proptest_config(Config { cases: 256, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in vec(any::<u8>(), 0..4096), version in any::<bool>()) {
        static ISSUER: LazyLock<Issuer> = LazyLock::new(Issuer::new);
        let mut bytes = bytes;
        if let (true, Some(first)) = (version, bytes.first_mut()) {
            *first = 1;
        }
        prop_assert!(!verifies(&ISSUER, &bytes));
        prop_assert!(HolderCommitment::from_bytes(&bytes).is_err());
        prop_assert!(IssuedCredential::from_bytes(&bytes).is_err());
        prop_assert!(EpochToken::from_bytes(&bytes).is_err());
    }
}
