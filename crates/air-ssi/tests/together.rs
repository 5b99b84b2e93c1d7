//! A program with `ssi` and our crates: serde_json reads numbers as `ssi` wants it for all of them. Their
//! own vectors pass, some by their own tests.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

#[path = "../../air-jwt/tests/jose_vectors.rs"]
mod jose_vectors;
#[path = "../../air-ledger/tests/merkle_vectors.rs"]
mod merkle_vectors;
#[path = "../../air-vc/tests/published_examples.rs"]
mod sd_jwt_examples;

use air_api::sandbox::MoveClock;
use air_crypto::{CakContext, RootSecret};
use air_mdoc::{RedirectHandover, SessionTranscript};
use air_oid4vc::dcql::Query;
use air_ssi::{Contexts, Issuer, IssuerKey, IssuerKeys, ProofTerms, Suite, Verifier};
use air_vc::{Format, UnixTime, did::DidKey, w3c::W3cIssueOptions};
use air_x509::Anchors;
use serde_json::{Value, json};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

/// Without it, serde_json would write the number with one digit less.
#[test]
fn numbers_are_read_as_ssi_wants_it() {
    assert_eq!(parsed("1.10").to_string(), "1.10");
}

#[test]
fn one_program_verifies_both_kinds_of_proofs() {
    let vectors = parsed(include_str!("../../air-vc/tests/vectors/ecdsa-jcs-2019.json"));
    let key: DidKey = format!("did:key:{}", text(&vectors, "publicKeyMultibase"))
        .parse()
        .unwrap();
    let keys = key.document().assertion_keys();
    let now = UnixTime::from_secs(1_800_000_000);
    let verified = air_vc::Verifier::new("https://vc.example/issuers/5678", &keys)
        .with_format(Format::W3cDataIntegrity)
        .verify(&vectors["credential"].to_string(), now)
        .unwrap();
    assert_eq!(verified.subject()["alumniOf"], "The School of Examples");

    let (issuer, method) = ("did:web:issuer.example", "did:web:issuer.example#key-1");
    let key = IssuerKey::bbs(&[7; 32]).unwrap();
    let contexts = Contexts::new()
        .with(
            "urn:terms",
            &json!({ "@context": { "score": "urn:terms#score" } }),
        )
        .unwrap();
    let options = W3cIssueOptions {
        contexts: vec!["urn:terms".into()],
        valid_from: now,
        ..W3cIssueOptions::default()
    };
    let subject = parsed(r#"{ "score": [1, 2.50, 7.0] }"#);
    let credential = Issuer::new(issuer, method, &key, &contexts)
        .issue(
            &ProofTerms::new(Suite::Bbs2023),
            &options,
            subject.as_object().unwrap(),
        )
        .unwrap();
    let shown = credential.present(&contexts, key.public(), &["score".parse().unwrap()]);
    let keys = IssuerKeys::new().with(method, key.public().clone());
    let verified = Verifier::new(issuer, &keys, &contexts)
        .verify(shown.unwrap().as_str(), now)
        .unwrap();
    assert_eq!(verified.subject()["score"], json!([1, 2.5, 7]));
}

#[test]
fn keys_are_derived_as_in_the_vectors() {
    let vectors = parsed(include_str!("../../air-crypto/tests/vectors/cak-v1.json"));
    let mut derived = 0;
    for case in vectors["derive"].as_array().unwrap() {
        if case["root"] != "seed" {
            continue;
        }
        let context = CakContext::new(
            text(case, "user").parse().unwrap(),
            text(case, "issuer").parse().unwrap(),
            text(case, "schema").parse().unwrap(),
            text(case, "curve").parse().unwrap(),
        );
        let root = RootSecret::from_seed(&hex::decode(text(case, "seed")).unwrap()).unwrap();
        let key = root.derive(&context).unwrap();
        assert_eq!(key.expose_hex().as_str(), text(case, "privateKey"));
        derived += 1;
    }
    assert!(derived > 4, "{derived}");
}

#[test]
fn whole_numbers_of_the_api_may_have_a_fraction() {
    for number in ["60", "60.0", "6e1"] {
        let moved: MoveClock = serde_json::from_str(&format!(r#"{{"advanceSeconds":{number}}}"#)).unwrap();
        assert_eq!(moved, MoveClock::AdvanceSeconds(60), "{number}");
    }
}

#[test]
fn queries_are_read() {
    let cases = parsed(include_str!(
        "../../air-oid4vc/tests/vectors/dcql-multipaz/cases.json"
    ));
    for case in cases.as_array().unwrap() {
        assert!(Query::from_value(&case["query"]).is_ok(), "{}", case["name"]);
    }
}

#[test]
fn a_handover_has_the_published_bytes() {
    let cases = parsed(include_str!(
        "../../air-mdoc/tests/vectors/openid4vp/mdoc-handover.json"
    ));
    let case = cases
        .as_array()
        .unwrap()
        .iter()
        .find(|case| case["invocation"] == "redirect")
        .unwrap();
    let thumbprint = hex::decode(text(case, "jwk_thumbprint_hex")).unwrap();
    let handover = RedirectHandover {
        client_id: text(&case["input"], "client_id"),
        nonce: text(&case["input"], "nonce"),
        jwk_thumbprint: Some(thumbprint.try_into().unwrap()),
        response_uri: text(&case["input"], "response_uri"),
    };
    let transcript = SessionTranscript::from(&handover);
    assert_eq!(
        hex::encode(transcript.as_bytes()),
        text(case, "session_transcript_hex")
    );
}

#[test]
fn anchors_are_read() {
    let pem = include_str!("../../air-x509/tests/vectors/isomdl-certificates/isomdl_iaca_root_cert.pem");
    assert!(Anchors::from_pem(pem.as_bytes()).is_ok());
}
