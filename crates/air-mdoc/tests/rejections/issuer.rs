//! Rejections of the issuer's signature and certificates.

use std::time::Duration;

use air_jwt::{SigningKey, VerifyingKey};
use air_mdoc::{Check, Error, IssuerClaim, UntrustedIssuer, Value, Verifier};
use coset::{Label, RegisteredLabelWithPrivate, iana};

use super::rejection;
use crate::support::{DOC_TYPE, NOW, SIGNER, Setup, transcript};

#[test]
fn rejects_an_untrusted_issuer_with_its_reason() {
    let setup = Setup::new();
    let trusted = |claim: &IssuerClaim<'_>| -> Result<VerifyingKey, UntrustedIssuer> {
        assert_eq!(claim.certificates.leaf(), SIGNER);
        assert_eq!(claim.doc_type.as_str(), DOC_TYPE);
        assert_eq!(claim.signed, NOW.saturating_sub(Duration::from_mins(1)));
        Err(UntrustedIssuer::new("the chain ends at an unknown anchor"))
    };
    let failed = Verifier::new(&trusted).verify(&setup.response(), &transcript(), NOW);
    let error = failed.unwrap_err();
    assert_eq!(error.check(), Some(Check::Issuer));
    assert!(error.to_string().contains("unknown anchor"), "{error}");
}

#[test]
fn a_reason_has_its_source_and_equals_no_other() {
    let inner = Error::UntrustedIssuer(UntrustedIssuer::new("the chain ends at an unknown anchor"));
    let reason = UntrustedIssuer::new(inner);
    let source = std::error::Error::source(&reason).unwrap();
    assert_eq!(source.to_string(), "the chain ends at an unknown anchor");
    let (one, other) = (UntrustedIssuer::new("unknown"), UntrustedIssuer::new("unknown"));
    let same = &one;
    assert_eq!(&one, same);
    assert_ne!(one, other);
}

#[test]
fn rejects_a_signature_by_another_issuer() {
    let setup = Setup::new();
    let other = SigningKey::generate(&mut rand::rng());
    let trusted = air_mdoc::PinnedIssuer::new(other.verifying_key().clone());
    let failed = Verifier::new(&trusted).verify(&setup.response(), &transcript(), NOW);
    assert_eq!(failed.unwrap_err(), Error::IssuerSignature);
}

#[test]
fn rejects_algorithms_other_than_es256() {
    let setup = Setup::new();
    let with = |algorithm: Option<iana::Algorithm>| {
        setup.with_issuer_auth(|signed| {
            signed.protected.header.alg = algorithm.map(RegisteredLabelWithPrivate::Assigned);
        })
    };
    let expected = Error::Algorithm { part: "issuerAuth" };
    for algorithm in [
        None,
        Some(iana::Algorithm::ES384),
        Some(iana::Algorithm::EdDSA),
        Some(iana::Algorithm::RS256),
        Some(iana::Algorithm::HMAC_256_256),
    ] {
        assert_eq!(rejection(&setup, &with(algorithm)), expected, "{algorithm:?}");
    }
    assert!(setup.verify_bytes(&with(Some(iana::Algorithm::ESP256))).is_ok());
    // An algorithm in the unprotected header does not count.
    let unprotected = setup.with_issuer_auth(|signed| {
        signed.unprotected.alg = signed.protected.header.alg.take();
    });
    assert_eq!(rejection(&setup, &unprotected), expected);
}

#[test]
fn rejects_critical_headers() {
    let setup = Setup::new();
    let bytes = setup.with_issuer_auth(|signed| {
        let label = RegisteredLabelWithPrivate::Assigned(iana::HeaderParameter::Alg);
        signed.protected.header.crit = vec![label];
    });
    assert_eq!(
        rejection(&setup, &bytes),
        Error::CriticalHeader { part: "issuerAuth" }
    );
}

#[test]
fn rejects_a_signature_without_certificates() {
    let setup = Setup::new();
    let without = setup.with_issuer_auth(|signed| signed.unprotected.rest.clear());
    assert_eq!(rejection(&setup, &without), Error::CertificatesMissing);
    let protected = setup.with_issuer_auth(|signed| {
        signed.protected.header.rest = std::mem::take(&mut signed.unprotected.rest);
    });
    assert_eq!(rejection(&setup, &protected), Error::CertificatesMissing);
    for value in [
        Value::Array(vec![]),
        Value::Array(vec![1.into()]),
        Value::Text("x".into()),
        Value::Bytes(vec![]),
        Value::Array(vec![Value::Bytes(vec![1]); 9]),
    ] {
        let bytes = setup.with_issuer_auth(|signed| signed.unprotected.rest = vec![(Label::Int(33), value)]);
        assert_eq!(rejection(&setup, &bytes), Error::InvalidCertificates);
    }
}
