//! Credentials with an embedded proof: the published example, issuance, and each rejection.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::{RsaSize, SigningKey};
use air_vc::{Check, Error, Format, Issuer, Verifier, did::DidKey, w3c::W3cIssueOptions};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{self, ISS, NOW, Setup, after, before, challenge, object, paths, subject};

const METHOD: &str = "did:air:id:test:5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB#k1";

type Change = fn(&mut Value);

fn options() -> W3cIssueOptions {
    W3cIssueOptions {
        types: vec!["KycIdentity".into()],
        holder: Some("did:example:holder".into()),
        valid_from: NOW,
        valid_until: Some(after(1000)),
        ..W3cIssueOptions::default()
    }
}

/// An issuer whose key has the ID that the proof names.
fn setup() -> Setup {
    let mut setup = Setup::new();
    setup.key = setup.key.with_kid("k1".parse().unwrap());
    setup.keys = setup.key.public_jwk().into();
    setup
}

fn issue(setup: &Setup) -> Value {
    let issuer = Issuer::new(ISS, &setup.key);
    let issued = issuer
        .issue_w3c(&support::with_proof(&options(), METHOD), &subject())
        .unwrap();
    serde_json::from_str(issued.as_str()).unwrap()
}

fn check(setup: &Setup, document: &Value) -> Result<(), Error> {
    setup
        .verifier()
        .with_format(Format::W3cDataIntegrity)
        .verify(&document.to_string(), NOW)
        .map(drop)
}

#[test]
fn the_published_example_verifies_and_no_change_of_it_does() {
    let vectors: Value = serde_json::from_str(include_str!("vectors/ecdsa-jcs-2019.json")).unwrap();
    let key = vectors["publicKeyMultibase"].as_str().unwrap();
    let key: DidKey = format!("did:key:{key}").parse().unwrap();
    let keys = key.document().assertion_keys();
    let verifier = Verifier::new("https://vc.example/issuers/5678", &keys)
        .with_format(Format::W3cDataIntegrity)
        .requiring_type("AlumniCredential");
    let verify = |document: &Value| verifier.verify(&document.to_string(), NOW);
    let credential = &vectors["credential"];
    let verified = verify(credential).unwrap();
    assert_eq!(
        verified.subject(),
        &object(&json!({ "alumniOf": "The School of Examples" }))
    );
    for pointer in [
        "/id",
        "/name",
        "/credentialSubject/alumniOf",
        "/proof/created",
        "/type/0",
    ] {
        let mut changed = credential.clone();
        *changed.pointer_mut(pointer).unwrap() = json!("2023-02-24T23:36:39Z");
        assert!(verify(&changed).is_err(), "{pointer}");
    }
}

#[test]
fn what_is_issued_verifies_and_says_the_same() {
    let setup = setup();
    let document = issue(&setup);
    assert_eq!(document["proof"]["@context"], document["@context"]);
    let verified = setup
        .verifier()
        .requiring_type("KycIdentity")
        .requiring_claims(paths(&["address.city"]))
        .with_format(Format::W3cDataIntegrity)
        .verify(&document.to_string(), NOW)
        .unwrap();
    assert_eq!(verified.subject(), &subject());
    assert_eq!(verified.expires_at(), Some(after(1000)));
    assert!(verified.claims().get("proof").is_none());
}

/// Signs the document again (section 3.3) with one more member in the proof.
fn sign_with(setup: &Setup, mut document: Value, member: &str, value: Value) -> Value {
    let mut proof = document.as_object_mut().unwrap().remove("proof").unwrap();
    proof.as_object_mut().unwrap().remove("proofValue");
    proof[member] = value;
    let hash = |value: &Value| Sha256::digest(serde_json_canonicalizer::to_vec(value).unwrap());
    let signature = setup.key.sign(&[hash(&proof), hash(&document)].concat());
    proof["proofValue"] = json!(format!("z{}", bs58::encode(signature).into_string()));
    document["proof"] = proof;
    document
}

#[test]
fn a_proof_ends_when_it_says_and_the_credential_with_it() {
    let setup = setup();
    let document = sign_with(&setup, issue(&setup), "expires", json!("2027-01-15T08:05:00Z"));
    let verify_at = |now| {
        setup
            .verifier()
            .with_format(Format::W3cDataIntegrity)
            .verify(&document.to_string(), now)
    };
    assert_eq!(verify_at(NOW).unwrap().expires_at(), Some(after(300)));
    assert_eq!(verify_at(after(330)).unwrap_err(), Error::Expired { ago: 30 });
    let longer = sign_with(&setup, issue(&setup), "expires", json!("2028-01-15T08:05:00Z"));
    let verified = setup
        .verifier()
        .with_format(Format::W3cDataIntegrity)
        .verify(&longer.to_string(), NOW)
        .unwrap();
    assert_eq!(verified.expires_at(), Some(after(1000)));
}

#[test]
fn the_layout_of_the_json_does_not_matter() {
    let setup = setup();
    let pretty = serde_json::to_string_pretty(&issue(&setup)).unwrap();
    assert!(
        setup
            .verifier()
            .with_format(Format::W3cDataIntegrity)
            .verify(&pretty, NOW)
            .is_ok()
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn refuses_each_change_by_its_own_check() {
    let setup = setup();
    let stranger = SigningKey::generate(&mut rand::rng()).with_kid("k1".parse().unwrap());
    let forged = Issuer::new(ISS, &stranger)
        .issue_w3c(&support::with_proof(&options(), METHOD), &subject())
        .unwrap();
    let forged: Value = serde_json::from_str(forged.as_str()).unwrap();
    assert_eq!(
        check(&setup, &forged).unwrap_err().check(),
        Some(Check::Signature)
    );

    let changes: [(&str, Change, Check); 18] = [
        (
            "claim",
            |d| d["credentialSubject"]["isOver18"] = json!(false),
            Check::Signature,
        ),
        (
            "added claim",
            |d| d["credentialSubject"]["nickname"] = json!("A"),
            Check::Signature,
        ),
        ("added member", |d| d["more"] = json!(1), Check::Signature),
        (
            "date",
            |d| d["validUntil"] = json!("2030-01-01T00:00:00Z"),
            Check::Signature,
        ),
        (
            "created",
            |d| d["proof"]["created"] = json!("2026-01-01T00:00:00Z"),
            Check::Signature,
        ),
        (
            "proof member",
            |d| d["proof"]["expires"] = json!("2030-01-01T00:00:00Z"),
            Check::Signature,
        ),
        (
            "value",
            |d| d["proof"]["proofValue"] = json!("z11"),
            Check::Signature,
        ),
        (
            "long value",
            |d| d["proof"]["proofValue"] = json!("z1".repeat(50_000)),
            Check::Signature,
        ),
        (
            "no value",
            |d| d["proof"]["proofValue"] = json!(null),
            Check::Signature,
        ),
        (
            "key",
            |d| d["proof"]["verificationMethod"] = json!(METHOD.replace("#k1", "#k2")),
            Check::Signature,
        ),
        (
            "another's key",
            |d| d["proof"]["verificationMethod"] = json!("did:web:another.example#k1"),
            Check::Signature,
        ),
        (
            "issuer",
            |d| d["issuer"] = json!("https://mallory.example"),
            Check::Issuer,
        ),
        (
            "suite",
            |d| d["proof"]["cryptosuite"] = json!("ecdsa-rdfc-2019"),
            Check::Format,
        ),
        (
            "purpose",
            |d| d["proof"]["proofPurpose"] = json!("authentication"),
            Check::Format,
        ),
        (
            "context",
            |d| d["proof"]["@context"] = json!(["https://www.w3.org/ns/credentials/v2", "x"]),
            Check::Format,
        ),
        (
            "challenge",
            |d| d["proof"]["challenge"] = json!("n"),
            Check::Format,
        ),
        (
            "two proofs",
            |d| d["proof"] = json!([d["proof"], d["proof"]]),
            Check::Format,
        ),
        ("no proof", |d| d["proof"] = json!(null), Check::Format),
    ];
    for (what, change, expected) in changes {
        let mut document = issue(&setup);
        change(&mut document);
        let refusal = check(&setup, &document).unwrap_err();
        assert_eq!(refusal.check(), Some(expected), "{what}: {refusal}");
    }
    assert!(
        setup
            .verifier()
            .with_format(Format::W3cDataIntegrity)
            .verify("[]", NOW)
            .is_err()
    );
    let huge = format!("{}{}", issue(&setup), " ".repeat(256 * 1024));
    assert!(
        setup
            .verifier()
            .with_format(Format::W3cDataIntegrity)
            .verify(&huge, NOW)
            .is_err()
    );
}

#[test]
fn the_credentials_own_rules_hold_as_for_a_jwt() {
    let setup = setup();
    let json = issue(&setup).to_string();
    let at = |now| {
        setup
            .verifier()
            .with_format(Format::W3cDataIntegrity)
            .verify(&json, now)
            .map(drop)
    };
    assert_eq!(at(after(1030)), Err(Error::Expired { ago: 30 }));
    assert_eq!(at(before(31)), Err(Error::NotYetValid { ahead: 31 }));
    let bound = setup.verifier().requiring_key_binding(challenge());
    assert_eq!(
        bound
            .with_format(Format::W3cDataIntegrity)
            .verify(&json, NOW)
            .unwrap_err(),
        Error::KeyBindingMissing
    );
    let another = setup.verifier().requiring_type("Another");
    assert_eq!(
        another
            .with_format(Format::W3cDataIntegrity)
            .verify(&json, NOW)
            .unwrap_err(),
        Error::WrongType
    );
}

#[test]
fn an_integer_that_canonical_json_would_change_is_refused() {
    let setup = setup();
    let issue = |number: Value| {
        let subject = object(&json!({ "list": [{ "number": number }] }));
        Issuer::new(ISS, &setup.key)
            .issue_w3c(&support::with_proof(&options(), METHOD), &subject)
            .map(drop)
    };
    assert_eq!(issue(json!(9_007_199_254_740_991_u64)), Ok(()));
    assert_eq!(issue(json!(-9_007_199_254_740_991_i64)), Ok(()));
    for number in [json!(9_007_199_254_740_992_u64), json!(i64::MIN), json!(u64::MAX)] {
        assert!(matches!(issue(number), Err(Error::InexactNumber { .. })));
    }
}

#[test]
fn a_proof_needs_a_key_on_p_256() {
    let key = SigningKey::generate_rs256(RsaSize::Bits2048, &mut rand::rng());
    let refusal = Issuer::new(ISS, &key).issue_w3c(&support::with_proof(&options(), METHOD), &subject());
    assert_eq!(refusal.unwrap_err(), Error::NotForProofs);
}
