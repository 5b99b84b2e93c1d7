//! Token Status Lists: each rejection has its own error, and properties of every list.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::io::{self, Read};

use air_jwt::{JwkSet, SigningKey, UnixTime, jws};
use air_vc::{
    Check, Error,
    status::{
        Status, StatusBits, StatusList, StatusListOptions, StatusListToken, StatusListVerifier,
        StatusReference, VerifiedStatusList,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, write::ZlibEncoder};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Map, Value, json};

use crate::support::{NOW, after, before};

const URI: &str = "https://issuer.example/statuslist/7";

fn claim(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn reference(uri: &str, index: u64) -> StatusReference {
    StatusReference {
        uri: uri.into(),
        index,
    }
}

/// Token Status List, 7.1. Since draft 14, 0x0B is not application-specific.
#[test]
fn every_number_is_a_status_and_comes_back() {
    for value in 0..=u8::MAX {
        let status = Status::from_value(value);
        assert_eq!(status.value(), value);
        assert_eq!(status.is_valid(), value == 0);
        let application = matches!(status, Status::ApplicationSpecific(_));
        assert_eq!(
            application,
            matches!(value, 0x03 | 0x0c..=0x0f),
            "{value:#04x}: {status:?}"
        );
    }
    assert_eq!(Status::from_value(1), Status::Invalid);
    assert_eq!(Status::from_value(2), Status::Suspended);
    assert_eq!(Status::from_value(4), Status::Unknown(4));
}

#[test]
fn a_list_ends_where_it_ends() {
    let mut list = StatusList::new(StatusBits::Two, 8).unwrap();
    assert_eq!(list.set(7, Status::Suspended), Ok(()));
    let beyond = || Error::StatusIndexOutOfRange { index: 8, entries: 8 };
    assert_eq!(list.set(8, Status::Suspended), Err(beyond()));
    assert_eq!(list.status(8), Err(beyond()));
    assert!(list.status(u64::MAX).is_err());
    assert_eq!(
        StatusList::new(StatusBits::One, 9).unwrap().entries(),
        16,
        "whole bytes"
    );
}

#[test]
fn a_status_must_fit() {
    for (bits, largest) in [
        (StatusBits::One, 1),
        (StatusBits::Two, 3),
        (StatusBits::Four, 15),
        (StatusBits::Eight, 255),
    ] {
        let mut list = StatusList::new(bits, 8).unwrap();
        assert_eq!(list.set(0, Status::from_value(largest)), Ok(()));
        if let Some(value) = largest.checked_add(1) {
            let bits = bits.number();
            let refusal = list.set(0, Status::from_value(value));
            assert_eq!(refusal, Err(Error::StatusDoesNotFit { value, bits }));
        }
    }
}

#[test]
fn a_list_has_one_entry_at_least_and_16_mib_at_most() {
    const LIMIT: u64 = 16 * 1024 * 1024;
    for (bits, limit) in [(StatusBits::One, LIMIT * 8), (StatusBits::Eight, LIMIT)] {
        assert_eq!(StatusList::new(bits, limit).unwrap().entries(), limit);
        for entries in [0, limit + 1, u64::MAX] {
            let refusal = StatusList::new(bits, entries);
            assert_eq!(refusal, Err(Error::StatusListSize { entries, limit }));
        }
    }
}

#[test]
fn claims_that_are_no_list_are_refused() {
    let lst = "eNrbuRgAAhcBXQ";
    let cut = &lst[..10];
    let zlib = URL_SAFE_NO_PAD.decode(lst).unwrap();
    let mut longer = zlib.clone();
    longer.push(0);
    let mut other_sum = zlib;
    *other_sum.last_mut().unwrap() ^= 1;
    let malformed = [
        json!({ "lst": lst }),
        json!({ "bits": "1", "lst": lst }),
        json!({ "bits": 1.5, "lst": lst }),
        json!({ "bits": -1, "lst": lst }),
        json!({ "bits": 1 }),
        json!({ "bits": 1, "lst": 5 }),
        json!({ "bits": 1, "lst": "" }),
        json!({ "bits": 1, "lst": "eNrbuRgAAhcBXQ==" }),
        json!({ "bits": 1, "lst": "eNrbuRgA+hcBXQ" }),
        json!({ "bits": 1, "lst": cut }),
        json!({ "bits": 1, "lst": URL_SAFE_NO_PAD.encode(longer) }),
        json!({ "bits": 1, "lst": URL_SAFE_NO_PAD.encode(other_sum) }),
        json!({ "bits": 1, "lst": URL_SAFE_NO_PAD.encode([0xb9, 0xa3]) }),
        json!({ "bits": 1, "lst": lst, "aggregation_uri": 1 }),
    ];
    for value in &malformed {
        let refusal = StatusList::from_claim(&claim(value)).unwrap_err();
        assert!(
            matches!(refusal, Error::MalformedStatus { .. }),
            "{value}: {refusal}"
        );
        assert_eq!(refusal.check(), Some(Check::Status));
    }
    for bits in [0, 3, 5, 6, 7, 9, 16, 256, u64::MAX] {
        let value = json!({ "bits": bits, "lst": lst });
        assert_eq!(
            StatusList::from_claim(&claim(&value)),
            Err(Error::StatusBits { bits })
        );
    }
}

/// 64 MiB of zeros compress to 64 KiB.
#[test]
fn a_bomb_is_not_inflated_to_its_end() {
    let mut bomb = ZlibEncoder::new(Vec::new(), Compression::best());
    io::copy(&mut io::repeat(0).take(1 << 26), &mut bomb).unwrap();
    let lst = URL_SAFE_NO_PAD.encode(bomb.finish().unwrap());
    assert!(lst.len() < 128 * 1024);
    let limit = 16 * 1024 * 1024;
    assert_eq!(
        StatusList::from_claim(&claim(&json!({ "bits": 8, "lst": lst }))),
        Err(Error::StatusListTooLarge { limit })
    );
}

#[test]
fn the_aggregation_uri_and_unknown_members_pass() {
    let list = StatusList::new(StatusBits::One, 8)
        .unwrap()
        .with_aggregation_uri("https://issuer.example/all");
    let mut claim = list.to_claim();
    claim.insert("later".into(), json!(true));
    let read = StatusList::from_claim(&claim).unwrap();
    assert_eq!(read.aggregation_uri(), Some("https://issuer.example/all"));
    assert_eq!(read, list);
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

fn list() -> StatusList {
    let mut list = StatusList::new(StatusBits::One, 16).unwrap();
    list.set(3, Status::Invalid).unwrap();
    list
}

fn options() -> StatusListOptions {
    StatusListOptions {
        issuer: Some("https://issuer.example".into()),
        issued_at: NOW,
        expires_at: Some(after(1_000)),
        ttl: Some(100),
        x5c: None,
    }
}

fn payload() -> Value {
    json!({ "sub": URI, "iat": NOW, "status_list": list().to_claim() })
}

impl Setup {
    fn verify(&self, token: &str, now: UnixTime) -> Result<VerifiedStatusList, Error> {
        StatusListVerifier::new("https://issuer.example", &self.keys, URI).verify(token, now)
    }

    fn token(&self) -> StatusListToken {
        StatusListToken::sign(&self.key, URI, &list(), &options())
    }

    /// Signs a changed payload with the issuer's key.
    fn forge(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut payload = payload();
        change(&mut payload);
        jws::sign(&self.key, "statuslist+jwt", &payload)
    }
}

#[test]
fn what_is_signed_verifies_and_answers() {
    let setup = setup();
    let verified = setup.verify(setup.token().as_str(), NOW).unwrap();
    assert_eq!(verified.uri(), URI);
    assert_eq!(verified.list(), &list());
    assert_eq!(verified.status(&reference(URI, 3)), Ok(Status::Invalid));
    assert_eq!(verified.status(&reference(URI, 4)), Ok(Status::Valid));
    assert_eq!(
        verified.status(&reference(URI, 16)),
        Err(Error::StatusIndexOutOfRange {
            index: 16,
            entries: 16
        })
    );
    let other = verified.status(&reference("https://issuer.example/statuslist/8", 3));
    assert_eq!(other, Err(Error::StatusListWrongUri));
}

#[test]
fn the_token_says_what_it_is() {
    let token = setup().token().into_string();
    let parsed = jws::Unverified::parse(&token, token.len()).unwrap();
    assert_eq!(parsed.typ(), Some("statuslist+jwt"));
    let claims = parsed.dangerous_payload().unwrap();
    let mut names: Vec<_> = claims.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["exp", "iat", "iss", "status_list", "sub", "ttl"]);
    assert_eq!(claims["sub"], URI);
}

#[test]
fn another_key_or_algorithm_is_refused() {
    let (ours, theirs) = (setup(), setup());
    let signed_by_another = theirs.verify(ours.token().as_str(), NOW);
    assert!(matches!(
        signed_by_another,
        Err(Error::StatusListToken(air_jwt::Error::UnknownKid { .. }))
    ));

    let token = ours.token().into_string();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    for alg in ["none", "HS256", "RS256"] {
        let mut swapped = header.clone();
        swapped["alg"] = json!(alg);
        let swapped = URL_SAFE_NO_PAD.encode(swapped.to_string());
        let refusal = ours
            .verify(&format!("{swapped}.{payload}.{signature}"), NOW)
            .unwrap_err();
        assert!(
            matches!(
                refusal,
                Error::StatusListToken(air_jwt::Error::WrongAlgorithm { .. })
            ),
            "{alg}: {refusal}"
        );
    }
    let mut other = payload.to_owned();
    other.replace_range(30..31, if &payload[30..31] == "A" { "B" } else { "A" });
    let header = input.split_once('.').unwrap().0;
    let refusal = ours.verify(&format!("{header}.{other}.{signature}"), NOW);
    assert!(matches!(
        refusal,
        Err(Error::StatusListToken(air_jwt::Error::BadSignature { .. }))
    ));
}

#[test]
fn another_type_uri_or_issuer_is_refused() {
    let setup = setup();
    for typ in ["JWT", "statuslist+cwt", "dc+sd-jwt", "text/statuslist+jwt"] {
        let refusal = setup.verify(&jws::sign(&setup.key, typ, &payload()), NOW);
        let expected = "statuslist+jwt";
        assert_eq!(refusal, Err(Error::StatusListWrongType { expected }), "{typ}");
    }
    for sub in [
        json!("https://issuer.example/statuslist/70"),
        json!(7),
        Value::Null,
    ] {
        let refusal = setup.verify(&setup.forge(|payload| payload["sub"] = sub.clone()), NOW);
        assert_eq!(refusal, Err(Error::StatusListWrongUri), "{sub}");
    }
    for iss in [json!("https://other.example"), json!(7)] {
        let token = setup.forge(|payload| payload["iss"] = iss.clone());
        assert_eq!(
            setup.verify(&token, NOW),
            Err(Error::StatusListWrongIssuer),
            "{iss}"
        );
    }
    let token = setup.forge(|payload| payload["iss"] = json!("https://other.example"));
    let verifier = StatusListVerifier::new("https://issuer.example", &setup.keys, URI);
    let verifier = verifier.published_by("https://other.example", &setup.keys);
    let list = verifier.verify(&token, NOW).unwrap();
    assert_eq!(list.issuer(), "https://issuer.example");
    assert!(setup.verify(&setup.forge(|_| {}), NOW).is_ok(), "no `iss` at all");
}

#[test]
fn mismatch_10_the_list_of_a_did_web_issuer_may_have_its_https_origin_as_issuer() {
    let setup = setup();
    let verify = |issuer: &str, iss: &str| {
        let token = setup.forge(|payload| payload["iss"] = json!(iss));
        let verifier = StatusListVerifier::new(issuer, &setup.keys, URI);
        verifier.verify(&token, NOW).map(|list| list.issuer().to_owned())
    };
    for (issuer, iss) in [
        ("did:web:issuer.example", "https://issuer.example"),
        ("did:web:issuer.example%3A8443", "https://issuer.example:8443"),
        ("did:web:localhost%3A3000", "http://localhost:3000"),
    ] {
        assert_eq!(verify(issuer, iss).as_deref(), Ok(issuer), "{iss}");
        assert_eq!(verify(issuer, issuer).as_deref(), Ok(issuer));
    }
    for (issuer, iss) in [
        ("did:web:issuer.example", "https://other.example"),
        ("did:web:issuer.example", "http://issuer.example"),
        ("did:web:issuer.example", "https://issuer.example/"),
        ("did:web:issuer.example", "https://issuer.example:8443"),
        // The host has other issuers, too.
        ("did:web:issuer.example:eu", "https://issuer.example"),
        ("https://issuer.example", "did:web:issuer.example"),
    ] {
        assert_eq!(
            verify(issuer, iss),
            Err(Error::StatusListWrongIssuer),
            "{issuer} {iss}"
        );
    }
    // The origin alone proves nothing: the key must be the issuer's.
    let other = SigningKey::generate(&mut rand::rng()).public_jwk().into();
    let token = setup.forge(|payload| payload["iss"] = json!("https://issuer.example"));
    let refused = StatusListVerifier::new("did:web:issuer.example", &other, URI).verify(&token, NOW);
    assert!(matches!(refused, Err(Error::StatusListToken(_))), "{refused:?}");
}

#[test]
fn its_times_hold_to_the_second_with_30_for_clocks() {
    let setup = setup();
    let token = setup.token().into_string();
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
}

#[test]
fn claims_of_the_wrong_kind_are_refused() {
    let setup = setup();
    let bad = [
        ("iat", Value::Null),
        ("iat", json!("now")),
        ("iat", json!(-1.5)),
        ("exp", json!("later")),
        ("ttl", json!(0)),
        ("ttl", json!(-1)),
        ("ttl", json!(0.5)),
        ("status_list", Value::Null),
        ("status_list", json!([])),
    ];
    for (name, value) in bad {
        let refusal = setup
            .verify(&setup.forge(|payload| payload[name] = value.clone()), NOW)
            .unwrap_err();
        assert!(
            matches!(refusal, Error::MalformedStatus { .. }),
            "{name} {value}: {refusal}"
        );
    }
    let no_iat = setup.forge(|payload| {
        payload.as_object_mut().unwrap().remove("iat");
    });
    assert!(matches!(
        setup.verify(&no_iat, NOW),
        Err(Error::MalformedStatus { .. })
    ));
    assert!(matches!(
        setup.verify("not a token", NOW),
        Err(Error::StatusListToken(air_jwt::Error::MalformedToken { .. }))
    ));
}

#[test]
fn a_token_of_4_mib_is_read_and_none_longer() {
    const LIMIT: usize = 4 * 1024 * 1024;
    let setup = setup();
    // Fills the token to exactly the limit: base64url leaves three quarters.
    let mut filler = (LIMIT - setup.forge(|payload| payload["more"] = json!("")).len()) * 3 / 4;
    let token = loop {
        let token = setup.forge(|payload| payload["more"] = json!("x".repeat(filler)));
        if token.len() <= LIMIT {
            break token;
        }
        filler -= 1;
    };
    assert!(token.len() > LIMIT - 4);
    assert!(setup.verify(&token, NOW).is_ok());
    let longer = setup.forge(|payload| payload["more"] = json!("x".repeat(filler + 4)));
    let length = longer.len();
    assert!(length > LIMIT);
    assert_eq!(
        setup.verify(&longer, NOW),
        Err(Error::StatusListToken(air_jwt::Error::TokenTooLong {
            length,
            limit: LIMIT
        }))
    );
}

#[test]
fn a_list_is_fresh_for_its_ttl_and_no_longer_than_it_is_read() {
    let setup = setup();
    let fetched = |expires_at, ttl, now| {
        let options = StatusListOptions {
            expires_at,
            ttl,
            ..options()
        };
        let token = StatusListToken::sign(&setup.key, URI, &list(), &options);
        setup.verify(token.as_str(), now).unwrap()
    };
    let end = Some(after(1_000));
    let both = fetched(end, Some(100), after(50));
    assert_eq!(both.refetch_after(after(50)), 100, "from when it was fetched");
    assert!(both.is_fresh(after(149)) && !both.is_fresh(after(150)));
    assert_eq!(both.refetch_after(after(500)), 0);

    let nearly_over = fetched(end, Some(100), after(950));
    assert!(nearly_over.is_fresh(after(1_029)) && !nearly_over.is_fresh(after(1_030)));
    let within_the_skew = fetched(end, Some(100), after(1_010));
    assert!(within_the_skew.is_fresh(after(1_010)) && within_the_skew.refetch_after(after(1_010)) == 0);

    let without_ttl = fetched(end, None, NOW);
    assert!(without_ttl.is_fresh(after(1_029)) && !without_ttl.is_fresh(after(1_030)));
    let without_both = fetched(None, None, NOW);
    assert!(without_both.is_fresh(after(299)) && !without_both.is_fresh(after(300)));
}

/// The draft gives 13.7 kB for the highest level (appendix B), before base64url is applied twice.
#[test]
fn a_million_entries_with_one_in_a_hundred_revoked_are_small() {
    let setup = setup();
    let mut rng = StdRng::seed_from_u64(7);
    let mut list = StatusList::new(StatusBits::One, 1_000_000).unwrap();
    let revoked: Vec<u64> = (0..10_000).map(|_| rng.random_range(0..1_000_000)).collect();
    for index in &revoked {
        list.set(*index, Status::Invalid).unwrap();
    }
    let token = StatusListToken::sign(&setup.key, URI, &list, &options());
    let verified = setup.verify(token.as_str(), NOW).unwrap();
    for index in &revoked {
        assert_eq!(verified.status(&reference(URI, *index)), Ok(Status::Invalid));
    }
    assert_eq!(verified.list(), &list);
    assert!(token.as_str().len() < 28_000, "{} bytes", token.as_str().len());
}

fn bits() -> impl Strategy<Value = StatusBits> {
    prop::sample::select(vec![
        StatusBits::One,
        StatusBits::Two,
        StatusBits::Four,
        StatusBits::Eight,
    ])
}

proptest! {
    #[test]
    fn what_is_set_is_there_and_nothing_else_changes(
        bits in bits(),
        entries in 1_u64..500,
        writes in prop::collection::vec((any::<u64>(), any::<u8>()), 0..50),
    ) {
        let mut list = StatusList::new(bits, entries).unwrap();
        let mut model = vec![0_u8; usize::try_from(list.entries()).unwrap()];
        for (index, value) in writes {
            let index = index % list.entries();
            let value = value >> (8 - bits.number());
            list.set(index, Status::from_value(value)).unwrap();
            model[usize::try_from(index).unwrap()] = value;
        }
        for (index, value) in (0..).zip(&model) {
            prop_assert_eq!(list.status(index).unwrap().value(), *value);
        }
        prop_assert_eq!(StatusList::from_zlib(bits, &list.to_zlib()).unwrap(), list.clone());
        prop_assert_eq!(StatusList::from_claim(&list.to_claim()).unwrap(), list);
    }
}
