//! Issuing credentials.
#![allow(clippy::indexing_slicing, reason = "tests fail by panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use air_jwt::{Algorithm, Kid, Signer, SignerError, SigningKey};
use air_mdoc::{
    Check, CredentialStatus, Elements, Error, IssueOptions, Issuer, IssuerSigned, Outcome, StatusReference,
    UnixTime, ValidityInfo, Value, Verifier, X5Chain,
};
use rand::{SeedableRng, rngs::StdRng};

use crate::support::{DOC_TYPE, ELSEWHERE, NAMESPACE, NOW, SIGNER, Setup, chain, elements};

#[test]
fn a_wallet_verifies_what_it_receives() {
    let setup = Setup::new();
    let text = setup.credential().to_base64url();
    let received = IssuerSigned::from_base64url(&text).unwrap();
    assert_eq!(received.to_base64url(), text);

    let trusted = setup.trusted();
    let verified = Verifier::new(&trusted)
        .requiring_doc_type(DOC_TYPE.parse().unwrap())
        .verify_issuer_signed(&received, NOW)
        .unwrap();
    assert_eq!(verified.doc_type().as_str(), DOC_TYPE);
    assert_eq!(
        verified.element(NAMESPACE, "family_name"),
        Some(&Value::from("Lovelace"))
    );
    assert_eq!(verified.element(ELSEWHERE, "visits"), Some(&Value::from(3)));
    assert_eq!(
        verified.element(NAMESPACE, "birth_date"),
        Some(&Value::Tag(1004, Box::new("1815-12-10".into())))
    );
    assert_eq!(verified.mso().validity(), &setup.options().validity);
    assert_eq!(verified.mso().device_key(), setup.device.verifying_key());
    assert_eq!(
        verified.status(),
        Some(&CredentialStatus::StatusList(setup.options().status.unwrap()))
    );
    assert!(!verified.is_holder_bound());
    assert_eq!(verified.report().outcome(Check::Digests), Outcome::Passed);
    assert_eq!(
        verified.report().outcome(Check::DeviceSignature).name(),
        "notNeeded"
    );
    assert_eq!(verified.report().outcome(Check::Status).name(), "leftOut");
}

#[test]
fn neither_digest_ids_nor_randomness_repeat() {
    let setup = Setup::new();
    let mut orders = BTreeSet::new();
    let mut randoms = BTreeSet::new();
    for _ in 0..20 {
        let issued = setup.credential();
        let (_, items) = issued.namespaces().next().unwrap();
        let mut ids: Vec<u64> = items.iter().map(air_mdoc::IssuerSignedItem::digest_id).collect();
        orders.insert(ids.clone());
        ids.sort_unstable();
        assert_eq!(ids, [0, 1, 2, 3, 4]);
        randoms.extend(items.iter().map(|item| item.as_bytes().to_vec()));
    }
    assert!(orders.len() > 10, "{orders:?}");
    assert_eq!(randoms.len(), 100);
}

/// Every order of three digest IDs is about as frequent. The seed is fixed, so each run draws the
/// same orders.
#[test]
fn digest_ids_are_a_uniform_permutation() {
    let setup = Setup::new();
    let mut rng = StdRng::seed_from_u64(1);
    let three = ["a", "b", "c"]
        .iter()
        .fold(Elements::new(), |all, name| all.with(ELSEWHERE, name, 1).unwrap());
    let mut counts = BTreeMap::new();
    let issuer = Issuer::new(&setup.issuer, chain());
    for _ in 0..600 {
        let issued = issuer.issue(&setup.options(), &three, &mut rng).unwrap();
        let (_, items) = issued.namespaces().next().unwrap();
        let ids: Vec<u64> = items.iter().map(air_mdoc::IssuerSignedItem::digest_id).collect();
        *counts.entry(ids).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 6);
    assert!(
        counts.values().all(|count| (50..=150).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn one_certificate_is_a_byte_string_and_several_are_an_array() {
    let setup = Setup::new();
    for count in [1, 2, 8] {
        let chain = X5Chain::new(vec![SIGNER.to_vec(); count]).unwrap();
        let issued = Issuer::new(&setup.issuer, chain.clone())
            .issue(&setup.options(), &elements(), &mut rand::rng())
            .unwrap();
        assert_eq!(issued.certificates(), &chain);
        assert_eq!(issued.certificates().leaf(), SIGNER);
    }
    for certificates in [vec![], vec![vec![]], vec![vec![1]; 9], vec![vec![1; 16_385]]] {
        assert_eq!(X5Chain::new(certificates), Err(Error::InvalidCertificates));
    }
}

#[test]
fn rejects_options_that_verifiers_would_reject() {
    let setup = Setup::new();
    let options = setup.options();
    let issue = |options: &IssueOptions| setup.issue(options, &elements()).unwrap_err();
    let with_times = |signed, valid_from, valid_until| IssueOptions {
        validity: ValidityInfo {
            signed,
            valid_from,
            valid_until,
            expected_update: None,
        },
        ..options.clone()
    };
    let second = Duration::from_secs(1);
    let (before, after) = (NOW.saturating_sub(second), NOW.saturating_add(second));
    assert_eq!(issue(&with_times(NOW, before, after)), Error::ValidityOrder);
    assert_eq!(issue(&with_times(NOW, NOW, NOW)), Error::ValidityOrder);
    assert_eq!(
        issue(&with_times(NOW, NOW, UnixTime::from_secs(253_402_300_800))),
        Error::InvalidTime { name: "validUntil" }
    );
    let with_uri = |uri: String| IssueOptions {
        status: Some(StatusReference { index: 0, uri }),
        ..options.clone()
    };
    assert!(matches!(
        issue(&with_uri(String::new())),
        Error::Malformed { part: "status", .. }
    ));
    assert!(matches!(
        issue(&with_uri("x".repeat(2049))),
        Error::Malformed { part: "status", .. }
    ));
    assert!(setup.issue(&with_uri("x".repeat(2048)), &elements()).is_ok());
}

#[test]
fn rejects_values_that_verifiers_would_reject() {
    let setup = Setup::new();
    let issue = |value: Value| {
        let elements = Elements::new().with(ELSEWHERE, "value", value).unwrap();
        setup.issue(&setup.options(), &elements)
    };
    let nested = |levels| (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    assert!(issue(nested(31)).is_ok());
    assert!(matches!(issue(nested(32)), Err(Error::Malformed { .. })));
    let twice = Value::Map(vec![(1.into(), 1.into()), (1.into(), 2.into())]);
    assert!(matches!(issue(twice), Err(Error::Malformed { .. })));
    assert!(matches!(
        issue(Value::Bytes(vec![0; 1024 * 1024])),
        Err(Error::TooLarge { .. })
    ));
}

#[test]
fn rejects_names_that_are_no_names_and_identifiers_that_repeat() {
    for name in ["", "a\nb", &"x".repeat(257)] {
        assert!(matches!(
            Elements::new().with(name, "a", 1),
            Err(Error::InvalidName { what: "namespace" })
        ));
        assert!(matches!(
            Elements::new().with("a", name, 1),
            Err(Error::InvalidName {
                what: "element identifier"
            })
        ));
    }
    let twice = Elements::new().with("a", "b", 1).unwrap().with("a", "b", 1);
    assert!(matches!(
        twice,
        Err(Error::DuplicateElement {
            what: "identifier",
            ..
        })
    ));
    for date in ["2026-02-30", "2026-2-3", "20260203", "2026-02-03T00:00:00Z", ""] {
        assert_eq!(air_mdoc::full_date(date), Err(Error::InvalidDate), "{date}");
    }
}

#[test]
fn elements_show_no_values() {
    let shown = format!("{:?} {:?}", elements(), Setup::new().credential());
    assert!(shown.contains("family_name"), "{shown}");
    assert!(!shown.contains("Lovelace"), "{shown}");
}

/// A key in another process, with the answer that it gives.
struct Remote<'k> {
    key: &'k SigningKey,
    algorithm: Algorithm,
    is_der: bool,
}

impl Signer for Remote<'_> {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn kid(&self) -> &Kid {
        self.key.kid()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let mut signature = self.key.sign(message);
        if self.is_der {
            signature.extend([0; 6]);
        }
        Ok(signature)
    }
}

#[tokio::test]
async fn a_remote_key_issues_and_presents() {
    let setup = Setup::new();
    let remote = |key, algorithm, is_der| Remote {
        key,
        algorithm,
        is_der,
    };
    let issuer = remote(&setup.issuer, Algorithm::Es256, false);
    let issued = Issuer::new(&issuer, chain())
        .issue_with(&setup.options(), &elements(), &mut rand::rng())
        .await
        .unwrap();
    let device = remote(&setup.device, Algorithm::Es256, false);
    let response = issued
        .present(&[(NAMESPACE, "family_name")])
        .unwrap()
        .sign_with(&device, &crate::support::transcript())
        .await
        .unwrap();
    assert!(setup.verify(&response).unwrap()[0].is_holder_bound());

    for (signer, expected) in [
        (
            remote(&setup.issuer, Algorithm::Rs256, false),
            Error::Algorithm { part: "issuerAuth" },
        ),
        (
            remote(&setup.issuer, Algorithm::Es256, true),
            Error::SignatureLength,
        ),
    ] {
        let failed = Issuer::new(&signer, chain())
            .issue_with(&setup.options(), &elements(), &mut rand::rng())
            .await;
        assert_eq!(failed.unwrap_err(), expected);
    }
}
