//! The visible and hidden parts of an issued credential.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::collections::BTreeSet;

use air_jwt::{Signer, SigningKey, jws::X5c};
use air_vc::{
    Error, Integrity, IssueOptions, Issuer,
    status::{StatusBits, StatusList, StatusListOptions, StatusListToken, StatusListVerifier},
};
use serde_json::{Map, Value, json};

use crate::support::{ISS, NOW, Setup, after, object, paths, payload, subject};

#[test]
fn what_is_issued_verifies_and_says_the_same() {
    let setup = Setup::new();
    let credential = setup.credential();
    let verified = setup.verifier().verify(credential.as_str(), NOW).unwrap();
    assert_eq!(verified.subject(), &subject());
    assert_eq!(verified.claims()["iss"], ISS);
    assert_eq!(verified.expires_at(), Some(after(1000)));
    assert_eq!(verified.claims()["nonce"], json!((u64::MAX >> 1).to_string()));
}

#[test]
fn a_verified_subject_is_read_as_a_type_of_the_callers() {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kyc {
        is_over18: bool,
        risk_score: u8,
    }
    let setup = Setup::new();
    let verified = setup.verifier().verify(setup.credential().as_str(), NOW).unwrap();
    let kyc: Kyc = verified.subject_as().unwrap();
    assert!(kyc.is_over18 && kyc.risk_score == 12);
}

#[test]
fn the_signed_part_shows_no_claim_of_the_subject_at_any_level() {
    let setup = Setup::new();
    let shown = names_and_texts(&payload(setup.credential().as_str()));
    assert!(shown.contains(ISS) && shown.contains("_sd"));
    // Whole texts: a digest, which is random, may contain any short one.
    let hidden = names_and_texts(&Value::Object(subject()));
    assert_eq!(shown.intersection(&hidden).collect::<Vec<_>>(), [""; 0]);
}

/// Every member name and every string of `value`.
fn names_and_texts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) => BTreeSet::from([text.clone()]),
        Value::Array(items) => items.iter().flat_map(names_and_texts).collect(),
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| names_and_texts(value).into_iter().chain([name.clone()]))
            .collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn every_member_and_item_has_a_disclosure_of_its_own() {
    let setup = Setup::new();
    // 6 members; `city`, `lines` and its 2 items; 2 visas with 2 members each.
    assert_eq!(setup.credential().as_str().matches('~').count() - 1, 6 + 4 + 6);
}

#[test]
fn visible_claims_show_with_what_is_around_and_within_them_and_nothing_else() {
    let setup = Setup::new();
    let options = IssueOptions {
        always_visible: paths(&["isOver18", "address.city", "visas.*.country"]),
        ..setup.options()
    };
    let credential = setup.issue(&options, &subject()).unwrap();
    let bare = credential.present(&[]).unwrap();
    let verified = setup.verifier().verify(bare.as_str(), NOW).unwrap();
    assert_eq!(
        Value::Object(verified.subject().clone()),
        json!({
            "isOver18": true,
            "address": { "city": "Utopia" },
            "visas": [{ "country": "AQ" }, { "country": "FR" }],
        })
    );
}

#[test]
fn digests_are_sorted_so_that_their_order_tells_nothing() {
    let setup = Setup::new();
    let payload = payload(setup.credential().as_str());
    let digests: Vec<&str> = payload["_sd"]
        .as_array()
        .unwrap()
        .iter()
        .map(|digest| digest.as_str().unwrap())
        .collect();
    assert!(digests.len() == 6 && digests.is_sorted(), "{digests:?}");
}

#[test]
fn decoys_blur_the_number_of_claims_and_no_verifier_minds() {
    let setup = Setup::new();
    let options = IssueOptions {
        decoys: 5,
        ..setup.options()
    };
    let mut lengths: Vec<usize> = (0..40)
        .map(|_| {
            let credential = setup.issue(&options, &subject()).unwrap();
            assert_eq!(
                setup
                    .verifier()
                    .verify(credential.as_str(), NOW)
                    .unwrap()
                    .subject(),
                &subject()
            );
            payload(credential.as_str())["_sd"].as_array().unwrap().len()
        })
        .collect();
    lengths.sort_unstable();
    lengths.dedup();
    // All of 40 draws miss a given number from 6 to 11 in about one of 1,400 runs.
    assert!(
        lengths.len() > 3 && lengths.iter().all(|n| (6..=11).contains(n)),
        "{lengths:?}"
    );
}

#[test]
fn refuses_to_keep_visible_what_is_not_there() {
    let setup = Setup::new();
    for path in ["adr", "address.town", "visas.2", "givenName.x", "visas.*.visa"] {
        let options = IssueOptions {
            always_visible: paths(&["address.city", "visas.1", "*", path]),
            ..setup.options()
        };
        assert_eq!(
            setup.issue(&options, &subject()).unwrap_err(),
            Error::NoSuchAttribute { path: path.into() }
        );
    }
}

#[test]
fn refuses_a_credential_that_nobody_would_read() {
    let setup = Setup::new();
    let of = |length| object(&json!({ "text": "x".repeat(length) }));
    assert!(setup.issue(&setup.options(), &of(190_000)).is_ok());
    let too_large = Error::SubjectTooLarge {
        what: "bytes",
        limit: 256 * 1024,
    };
    assert_eq!(
        setup.issue(&setup.options(), &of(200_000)).unwrap_err(),
        too_large
    );
}

#[test]
fn refuses_names_that_have_a_meaning_of_their_own() {
    let setup = Setup::new();
    for name in [
        "iss",
        "exp",
        "nonce",
        "_sd",
        "_sd_alg",
        "...",
        "vct#integrity",
        "aka_vcts",
    ] {
        let subject = Map::from_iter([(name.to_owned(), json!(1))]);
        assert_eq!(
            setup.issue(&setup.options(), &subject).unwrap_err(),
            Error::ReservedClaim { name: name.into() }
        );
    }
    let within = object(&json!({ "list": [{ "_sd": [] }] }));
    assert_eq!(
        setup.issue(&setup.options(), &within).unwrap_err(),
        Error::ReservedClaim { name: "_sd".into() }
    );
    let another_level = object(&json!({ "document": { "iss": "the passport's" } }));
    assert!(setup.issue(&setup.options(), &another_level).is_ok());
}

#[test]
fn refuses_a_subject_without_end() {
    let setup = Setup::new();
    let nested = |levels| {
        let deepest = (0..levels).fold(json!(1), |inner, _| json!([inner]));
        object(&json!({ "a": deepest }))
    };
    assert!(setup.issue(&setup.options(), &nested(31)).is_ok());
    assert!(matches!(
        setup.issue(&setup.options(), &nested(32)),
        Err(Error::SubjectTooLarge { limit: 32, .. })
    ));
    let wide = |claims| (0..claims).map(|n| (format!("c{n}"), json!(n))).collect();
    assert!(setup.issue(&setup.options(), &wide(512)).is_ok());
    assert!(matches!(
        setup.issue(&setup.options(), &wide(513)),
        Err(Error::SubjectTooLarge { limit: 512, .. })
    ));
}

#[test]
fn what_is_issued_at_the_limits_is_read_again() {
    let setup = Setup::new();
    let deep = (0..31).fold(json!(1), |inner, _| json!({ "a": inner }));
    for subject in [
        object(&json!({ "a": deep })),
        (0..512).map(|n| (format!("c{n}"), json!(n))).collect(),
    ] {
        let credential = setup.issue(&setup.options(), &subject).unwrap();
        let verified = setup.verifier().verify(credential.as_str(), NOW).unwrap();
        assert_eq!(verified.subject(), &subject);
    }
}

#[test]
fn the_types_metadata_is_pinned_by_its_hash() {
    let document = br#"{"vct":"urn:air:KycIdentity"}"#;
    let setup = Setup::new();
    let options = IssueOptions {
        vct_integrity: Some(Integrity::of(document)),
        ..setup.options()
    };
    let credential = setup.issue(&options, &subject()).unwrap();
    let claims = setup.claims(credential.as_str()).unwrap();
    let claimed = claims["vct#integrity"].as_str().unwrap();
    assert!(Integrity::matches(claimed, document));
    assert!(Integrity::matches(&format!("sha999-abc {claimed}"), document));
    // The strongest algorithm decides.
    assert!(!Integrity::matches(&format!("sha384-abc {claimed}"), document));
    assert!(!Integrity::matches("", document));
    assert!(!Integrity::matches(claimed, b"{}"));
}

#[test]
fn other_types_are_always_visible() {
    let setup = Setup::new();
    let claims = |options: &IssueOptions| {
        let credential = setup.issue(options, &subject()).unwrap();
        let presentation = credential.present(&[]).unwrap();
        setup.claims(presentation.as_str()).unwrap()
    };
    let options = IssueOptions {
        other_types: vec!["urn:eudi:pid:1".into()],
        ..setup.options()
    };
    assert_eq!(claims(&options)["aka_vcts"], json!(["urn:eudi:pid:1"]));
    assert!(!claims(&setup.options()).contains_key("aka_vcts"));
}

/// Simulates a key in another process.
struct Remote(SigningKey);

impl Signer for Remote {
    fn algorithm(&self) -> air_jwt::Algorithm {
        self.0.algorithm()
    }

    fn kid(&self) -> &air_jwt::Kid {
        self.0.kid()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, air_jwt::SignerError> {
        Ok(self.0.sign(message))
    }
}

#[tokio::test]
async fn a_key_that_lives_elsewhere_issues_the_same() {
    let setup = Setup::new();
    let remote = Remote(SigningKey::generate(&mut rand::rng()));
    let keys = remote.0.public_jwk().into();
    let credential = Issuer::new(ISS, &remote)
        .issue_with(&setup.options(), &subject(), &mut rand::rng())
        .await
        .unwrap();
    let verified = air_vc::Verifier::new(ISS, &keys).verify(credential.as_str(), NOW);
    assert_eq!(verified.unwrap().subject(), &subject());
}

#[tokio::test]
async fn a_key_that_lives_elsewhere_signs_lists() {
    let remote = Remote(SigningKey::generate(&mut rand::rng()));
    let keys = remote.0.public_jwk().into();
    let list = StatusList::new(StatusBits::One, 100).unwrap();
    let options = StatusListOptions {
        issued_at: NOW,
        ..StatusListOptions::default()
    };
    let token = StatusListToken::sign_with(&remote, "u", &list, &options);
    let verifier = StatusListVerifier::new(ISS, &keys, "u");
    assert!(verifier.verify(token.await.unwrap().as_str(), NOW).is_ok());
}

/// HAIP 1.0, 6.1.1: SD-JWT VCs and status list tokens carry the chain of the issuer's certificate.
#[tokio::test]
async fn a_chain_is_in_the_header_of_credentials_and_lists() {
    let setup = Setup::new();
    let remote = Remote(SigningKey::generate(&mut rand::rng()));
    let x5c = X5c::new(b"leaf", [&b"authority"[..]]);
    let expected = json!(["bGVhZg==", "YXV0aG9yaXR5"]);
    let chain_of = |token: &str| {
        let jwt = token.split('~').next().unwrap();
        air_jwt::jws::Unverified::parse(jwt, 10_000).unwrap().header()["x5c"].clone()
    };

    let issuer = Issuer::new(ISS, &setup.key).with_x5c(&x5c);
    let credential = issuer
        .issue(&setup.options(), &subject(), &mut rand::rng())
        .unwrap();
    assert_eq!(chain_of(credential.as_str()), expected);
    // The key is still the verifier's, not the chain's.
    assert!(setup.verifier().verify(credential.as_str(), NOW).is_ok());

    let issuer = Issuer::new(ISS, &remote).with_x5c(&x5c);
    let credential = issuer
        .issue_with(&setup.options(), &subject(), &mut rand::rng())
        .await;
    assert_eq!(chain_of(credential.unwrap().as_str()), expected);

    let list = StatusList::new(StatusBits::One, 100).unwrap();
    let options = StatusListOptions {
        issued_at: NOW,
        x5c: Some(x5c),
        ..StatusListOptions::default()
    };
    let token = StatusListToken::sign(&setup.key, "u", &list, &options);
    assert_eq!(chain_of(token.as_str()), expected);
    assert!(
        StatusListVerifier::new(ISS, &setup.keys, "u")
            .verify(token.as_str(), NOW)
            .is_ok()
    );
    let token = StatusListToken::sign_with(&remote, "u", &list, &options).await;
    assert_eq!(chain_of(token.unwrap().as_str()), expected);
}

#[test]
fn neither_debug_nor_error_shows_a_claim() {
    let setup = Setup::new();
    let credential = setup.credential();
    let presentation = credential.present(&paths(&["*"])).unwrap();
    let verified = setup.verifier().verify(credential.as_str(), NOW).unwrap();
    let inspection = air_vc::Inspection::of(credential.as_str()).unwrap();
    let shown = format!("{credential:?}{presentation:?}{verified:?}{inspection:?}");
    assert!(!shown.contains("Ada") && !shown.contains("Utopia"), "{shown}");
}

#[cfg(feature = "w3c")]
mod w3c {
    use air_vc::{Format, w3c::W3cIssueOptions};

    use super::*;
    use crate::support::with_proof;

    #[test]
    fn refuses_a_credential_that_nobody_would_read() {
        let setup = Setup::new();
        let of = |length| object(&json!({ "text": "x".repeat(length) }));
        let too_large = Error::SubjectTooLarge {
            what: "bytes",
            limit: 256 * 1024,
        };
        let (issuer, options) = (Issuer::new(ISS, &setup.key), W3cIssueOptions::default());
        assert_eq!(issuer.issue_w3c(&options, &of(200_000)).unwrap_err(), too_large);
        let proof = issuer.issue_w3c(&with_proof(&options, "k"), &of(270_000));
        assert_eq!(proof.unwrap_err(), too_large);
    }

    #[tokio::test]
    async fn a_remote_key_issues_the_same() {
        let remote = Remote(SigningKey::generate(&mut rand::rng()));
        let keys = remote.0.public_jwk().into();
        let jwt = W3cIssueOptions::default();
        let proof = with_proof(&jwt, remote.0.kid().as_str());
        for (options, format) in [(jwt, Format::W3cJwt), (proof, Format::W3cDataIntegrity)] {
            let issued = Issuer::new(ISS, &remote)
                .issue_w3c_with(&options, &subject())
                .await;
            let credential = issued.unwrap();
            assert_eq!(credential.format(), format);
            let verified = air_vc::Verifier::new(ISS, &keys)
                .with_format(format)
                .verify(credential.as_str(), NOW);
            assert_eq!(verified.unwrap().subject(), &subject());
            let shown = format!("{credential:?}");
            assert!(
                shown.contains("W3cCredential") && !shown.contains(credential.as_str()),
                "{shown}"
            );
        }
    }
}

#[cfg(feature = "bitstring")]
mod bitstring {
    use air_vc::status::{
        BitstringStatusList, BitstringStatusListCredential, BitstringStatusListOptions,
        BitstringStatusListVerifier, StatusPurpose,
    };

    use super::*;

    #[tokio::test]
    async fn a_remote_key_signs_lists() {
        let remote = Remote(SigningKey::generate(&mut rand::rng()));
        let keys = remote.0.public_jwk().into();
        let list = BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, 100).unwrap();
        let options = BitstringStatusListOptions {
            issuer: ISS.into(),
            ..BitstringStatusListOptions::default()
        };
        let credential = BitstringStatusListCredential::sign_with(&remote, "u", &list, &options);
        let verifier = BitstringStatusListVerifier::new(ISS, &keys, "u");
        assert!(verifier.verify(credential.await.unwrap().as_str(), NOW).is_ok());
    }
}
