//! The examples and fragments of the draft SD-JWT VC: issuer signatures, disclosures, key binding
//! and issuer metadata.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_ids::UnixTime;
use air_jwt::JwkSet;
use air_vc::{
    Check, Error, Inspection, Verifier,
    did::{IssuerMetadata, MetadataKeys},
};
use serde_json::{Map, Value, json};

use crate::{
    sd_jwt_support::{Example, Examples},
    support::{Setup, object},
};

/// Fragments of unsupported features: section, number of fragments, and reason.
const NOT_RUN: [(&str, usize, &str); 3] = [
    ("2.2.2.1", 1, "a payload before it is signed, without `iss`"),
    (
        "2.2.2.2",
        1,
        "an excerpt with `aka_vcts`, which the tests of air-oid4vc query",
    ),
    ("5.6.1.1", 1, "type metadata: claim paths of its display"),
];
/// Those of type metadata (5.1, 5.6.5.2, A.2) run in `type_metadata.rs`.
const RUN: [&str; 5] = ["2.2.1", "4.2", "5.1", "5.6.5.2", "A.2"];

fn examples() -> Examples {
    let examples: Examples = serde_json::from_str(include_str!("vectors/sd-jwt-vc/examples.json")).unwrap();
    assert_eq!(examples.examples.len(), 2);
    examples
}

fn fragments() -> Vec<Value> {
    serde_json::from_str(include_str!("vectors/sd-jwt-vc/fragments.json")).unwrap()
}

fn fragments_of(section: &str) -> Vec<Value> {
    let of_section = fragments()
        .into_iter()
        .filter(|fragment| fragment["section"] == section);
    of_section.map(|fragment| fragment["json"].clone()).collect()
}

fn issuer(claims: &Map<String, Value>) -> &str {
    claims["iss"].as_str().unwrap()
}

/// The issuer's only key, with the `kid` of a header.
fn keys_of(examples: &Examples) -> JwkSet {
    examples.issuer_named("doc-signer-05-25-2022").into()
}

/// The time of a presentation; one without key binding is valid from issuance.
const ISSUED_AT: UnixTime = UnixTime::from_secs(1_683_000_000);

#[test]
fn each_payload_takes_its_disclosures() {
    let (examples, setup) = (examples(), Setup::new());
    for example in &examples.examples {
        example.check_disclosures();
        let payloads = example.check_payloads(&setup.key, example.user_claims.as_ref().unwrap());
        assert_eq!(payloads, 1, "{}", example.section);
    }
}

#[test]
fn each_credential_verifies_as_issued() {
    let examples = examples();
    let keys = keys_of(&examples);
    for example in &examples.examples {
        let issued = example.issued.as_ref().unwrap();
        let payload = object(example.payloads().next().unwrap());
        let verified = Verifier::new(issuer(&payload), &keys)
            .requiring_type(payload["vct"].as_str().unwrap())
            .verify(issued, ISSUED_AT)
            .unwrap_or_else(|error| panic!("{}: {error}", example.section));
        for (name, value) in example.user_claims.as_ref().unwrap() {
            assert_eq!(
                verified.claims().get(name),
                Some(value),
                "{}: {name}",
                example.section
            );
        }
        assert_eq!(
            verified.expires_at(),
            payload["exp"].as_u64().map(UnixTime::from_secs),
            "{}",
            example.section
        );
    }
}

#[test]
fn each_presentation_verifies_to_the_claims_that_are_printed() {
    let examples = examples();
    let keys = keys_of(&examples);
    let (mut bound, mut unbound) = (0, 0);
    for example in &examples.examples {
        for presentation in &example.presentations {
            let claims = &presentation.processed_payload;
            let mut verifier = Verifier::new(issuer(claims), &keys);
            let mut now = ISSUED_AT;
            if let Some((challenge, made_at)) = presentation.challenge() {
                (verifier, now) = (verifier.requiring_key_binding(challenge), made_at);
                bound += 1;
            } else {
                unbound += 1;
            }
            let verified = verifier
                .verify(&presentation.compact, now)
                .unwrap_or_else(|error| panic!("{}: {error}", example.section));
            assert_eq!(verified.claims(), claims, "{}", example.section);
            let is_bound = presentation.key_binding().is_some();
            assert_eq!(verified.is_holder_bound(), is_bound, "{}", example.section);
            let names_holder = Inspection::of(&presentation.compact).unwrap().holder_key;
            let holder = is_bound.then(|| examples.holder().kid().to_string());
            assert_eq!(names_holder, holder, "{}", example.section);
        }
    }
    assert_eq!((bound, unbound), (2, 1));
}

#[test]
fn the_holder_presents_the_same_of_what_was_issued() {
    for example in &examples().examples {
        let issued = example.issued.as_ref().unwrap();
        example.presentations[0].check_made_of(issued, &example.section);
    }
}

#[test]
fn each_change_is_refused_by_its_own_check() {
    let examples = examples();
    let (keys, strange) = (keys_of(&examples), JwkSet::from(examples.holder()));
    for example in &examples.examples {
        let name = &example.section;
        let published = &example.presentations[0];
        let (challenge, made_at) = published.challenge().unwrap();
        let check = |keys, issuer, compact: &str| {
            let verifier = Verifier::new(issuer, keys).requiring_key_binding(challenge.clone());
            verifier.verify(compact, made_at).unwrap_err().check()
        };
        let (iss, compact) = (issuer(&published.processed_payload), published.compact.as_str());
        assert_eq!(check(&strange, iss, compact), Some(Check::Signature), "{name}");
        assert_eq!(
            check(&keys, "https://other.example", compact),
            Some(Check::Issuer),
            "{name}"
        );
        assert_eq!(
            check(&keys, iss, published.presented()),
            Some(Check::KeyBinding),
            "{name}"
        );
        let (jwt, rest) = compact.split_once('~').unwrap();
        let (first, rest) = rest.split_once('~').unwrap();
        let twice = format!("{jwt}~{first}~{first}~{rest}");
        assert_eq!(check(&keys, iss, &twice), Some(Check::Disclosures), "{name}");
        let foreign = format!("{jwt}~{}~{rest}", foreign(&examples, example));
        assert_eq!(check(&keys, iss, &foreign), Some(Check::Disclosures), "{name}");
        let unsigned = format!("{}.~{first}~{rest}", jwt.rsplit_once('.').unwrap().0);
        assert!(matches!(
            check(&keys, iss, &unsigned),
            Some(Check::Format | Check::Signature)
        ));
        let verifier = Verifier::new(iss, &keys).requiring_key_binding(challenge.clone());
        let late = verifier.verify(compact, UnixTime::from_secs(1_883_000_030));
        assert_eq!(late.map(drop), Err(Error::Expired { ago: 30 }), "{name}");
    }
}

/// A disclosure of the other example.
fn foreign<'a>(examples: &'a Examples, not_of: &Example) -> &'a str {
    let mut others = examples.examples.iter();
    let other = others.find(|other| other.section != not_of.section).unwrap();
    &other.disclosures.last().unwrap().disclosure
}

/// 4.2: the first credential's `kid` selects one of the two keys in the metadata.
#[test]
fn the_issuer_metadata_has_the_key_of_the_first_credential() {
    let metadata = &fragments_of("4.2")[0];
    let url = "https://example.com".parse().unwrap();
    let read = IssuerMetadata::from_slice(metadata.to_string().as_bytes(), &url).unwrap();
    let MetadataKeys::Inline(keys) = read.into_keys() else {
        panic!("the keys are in the metadata");
    };
    assert_eq!(keys.iter().count(), 2);
    let examples = examples();
    let example = examples.named("2.3.1, 2.3.2");
    let verifier = Verifier::new("https://example.com/issuer", &keys);
    let issued = example.issued.as_ref().unwrap();
    assert!(verifier.verify(issued, ISSUED_AT).is_ok());
    // The second presentation has no `kid`, and the issuer has two keys.
    let without_kid = &example.presentations[1].compact;
    let refusal = verifier.verify(without_kid, ISSUED_AT).unwrap_err();
    assert_eq!(refusal.check(), Some(Check::Signature));

    let elsewhere = &fragments_of("4.2")[1];
    let read = IssuerMetadata::from_slice(elsewhere.to_string().as_bytes(), &url).unwrap();
    let MetadataKeys::At(address) = read.into_keys() else {
        panic!("the keys are at an address");
    };
    assert_eq!(elsewhere["jwks_uri"], address.as_str());
    let of_another = "https://example.com/issuer".parse().unwrap();
    let read = IssuerMetadata::from_slice(metadata.to_string().as_bytes(), &of_another);
    assert_eq!(read.map(drop), Err(Error::WrongMetadata));
}

#[test]
fn every_fragment_is_run_or_named() {
    let all = fragments();
    let of = |section: &str| {
        all.iter()
            .filter(|fragment| fragment["section"] == section)
            .count()
    };
    for (section, number, reason) in NOT_RUN {
        assert_eq!(of(section), number, "{section}: {reason}");
    }
    let named: usize = NOT_RUN.iter().map(|(_, number, _)| number).sum();
    assert_eq!(
        RUN.iter().map(|section| of(section)).sum::<usize>() + named,
        all.len()
    );
    let header = &fragments_of("2.2.1")[0];
    let issued = examples().named("A.1").issued.clone().unwrap();
    assert_eq!(&json!(Inspection::of(&issued).unwrap().header), header);
}
