//! Issued credentials verify; keys, reports and errors.

use air_jwt::{Algorithm, Kid, RsaSize, Signer, SignerError, SigningKey};
use air_ssi::{Error, Issuer, IssuerKey, IssuerKeys, ProofTerms, PublicKey, Suite, Verifier};
use air_vc::{Check, Outcome, UnixTime, did::DidDocument, w3c::W3cIssueOptions};
use serde_json::json;

use crate::support::{ISS, METHOD, NOW, Setup, append, contexts, options, subject};

/// A key in another process, which answers after a while.
struct Remote {
    key: SigningKey,
    is_down: bool,
}

impl Signer for Remote {
    fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    fn kid(&self) -> &Kid {
        self.key.kid()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        tokio::task::yield_now().await;
        if self.is_down {
            return Err(SignerError::new("the key store is down"));
        }
        Ok(self.key.sign(message))
    }
}

fn remote(is_down: bool) -> IssuerKey {
    let key = SigningKey::generate(&mut rand::rng());
    let public = key.public_jwk();
    IssuerKey::remote(Remote { key, is_down }, &public).unwrap()
}

#[test]
fn what_is_issued_verifies_and_says_the_same() {
    for suite in Suite::ALL {
        let setup = Setup::new(suite);
        let shown = setup.shown();
        assert_eq!(shown["proof"]["cryptosuite"], suite.name());
        let examined = setup.examine(&shown);
        let verified = examined.result.unwrap_or_else(|error| panic!("{suite}: {error}"));
        assert_eq!(verified.issuer(), ISS);
        assert_eq!(verified.subject(), &subject(), "{suite}");
        for (check, outcome) in examined.report.iter() {
            let is_good = matches!(outcome, Outcome::Passed | Outcome::NotNeeded(_));
            assert!(is_good, "{suite}: {check}");
        }
        let disclosures = examined.report.outcome(Check::Disclosures);
        assert_eq!(disclosures == Outcome::Passed, suite.is_selective());
    }
}

#[tokio::test]
async fn a_remote_key_signs_both_suites_on_p256() {
    let (key, contexts) = (remote(false), contexts());
    let keys = IssuerKeys::new().with(METHOD, key.public().clone());
    let issuer = Issuer::new(ISS, METHOD, &key, &contexts);
    for suite in [Suite::EcdsaRdfc2019, Suite::EcdsaSd2023] {
        let issued = issuer
            .issue_with(&ProofTerms::new(suite), &options(), &subject())
            .await;
        let issued = issued.unwrap();
        let text = if suite.is_selective() {
            let claims = [air_vc::ClaimPath::every()];
            issued
                .present(&contexts, key.public(), &claims)
                .unwrap()
                .into_string()
        } else {
            issued.into_string()
        };
        Verifier::new(ISS, &keys, &contexts).verify(&text, NOW).unwrap();
    }
    let waits = issuer.issue(&ProofTerms::new(Suite::EcdsaRdfc2019), &options(), &subject());
    assert!(matches!(waits, Err(Error::Library { .. })));
}

#[tokio::test]
async fn the_error_of_a_remote_key_is_kept() {
    use std::error::Error as _;

    let (key, contexts) = (remote(true), contexts());
    let terms = ProofTerms::new(Suite::EcdsaRdfc2019);
    let issuer = Issuer::new(ISS, METHOD, &key, &contexts);
    let error = issuer
        .issue_with(&terms, &options(), &subject())
        .await
        .unwrap_err();
    let Error::Signer(failure) = &error else {
        panic!("{error}");
    };
    assert!(!error.to_string().contains("is down"));
    assert_eq!(failure.source().unwrap().to_string(), "the key store is down");
}

#[test]
fn a_key_signs_with_the_suites_of_its_curve_only() {
    for suite in Suite::ALL {
        for other in Suite::ALL {
            let setup = Setup::new(suite);
            let issued = setup
                .issuer()
                .issue(&ProofTerms::new(other), &options(), &subject());
            let fits = setup.key.public().fits(other);
            assert_eq!(issued.is_ok(), fits, "{suite} {other}");
            assert!(fits || matches!(issued, Err(Error::WrongKeyType { .. })));
        }
    }
    let rsa = SigningKey::generate_rs256(RsaSize::Bits2048, &mut rand::rng());
    assert!(matches!(IssuerKey::try_from(rsa), Err(Error::InvalidKey)));
    assert!(matches!(IssuerKey::bbs(&[0; 32]), Err(Error::InvalidKey)));
    assert!(matches!(IssuerKey::bbs(&[0xff; 32]), Err(Error::InvalidKey)));
}

#[test]
fn only_a_key_of_the_issuer_verifies() {
    for suite in Suite::ALL {
        let setup = Setup::new(suite);
        let shown = setup.shown().to_string();
        let other = match suite {
            Suite::EddsaRdfc2022 => IssuerKey::ed25519(&[8; 32]),
            Suite::Bbs2023 => IssuerKey::bbs(&[8; 32]).unwrap(),
            _ => remote(false),
        };
        let verify = |keys: &IssuerKeys| Verifier::new(ISS, keys, &setup.contexts).verify(&shown, NOW);
        let wrong = IssuerKeys::new().with(METHOD, other.public().clone());
        assert!(matches!(verify(&wrong), Err(Error::BadProof)), "{suite}");
        let renamed = IssuerKeys::new().with("did:web:issuer.example#key-2", setup.key.public().clone());
        assert!(matches!(verify(&renamed), Err(Error::UnknownKey)), "{suite}");
        let verifier = Verifier::new("did:web:other.example", &setup.keys, &setup.contexts);
        assert!(matches!(
            verifier.verify(&shown, NOW),
            Err(Error::Credential(air_vc::Error::UntrustedIssuer))
        ));
    }
}

#[test]
fn the_checks_of_air_vc_are_made() {
    let setup = Setup::new(Suite::EddsaRdfc2022);
    let expiring = W3cIssueOptions {
        valid_until: Some(NOW),
        ..options()
    };
    let issued = setup
        .issuer()
        .issue(&setup.terms(), &expiring, &subject())
        .unwrap();
    let examined = setup
        .verifier()
        .examine(issued.as_str(), UnixTime::from_secs(NOW.as_secs() + 3600));
    assert_eq!(examined.report.outcome(Check::Signature), Outcome::Passed);
    assert_eq!(examined.report.outcome(Check::Validity), Outcome::Failed);
    assert!(matches!(
        examined.result,
        Err(Error::Credential(air_vc::Error::Expired { .. }))
    ));
    let verifier = setup.verifier().accepting(&[Suite::Bbs2023]);
    let refused = verifier.verify(issued.as_str(), NOW);
    assert!(matches!(refused, Err(Error::UnsupportedSuite)));
}

#[test]
fn a_set_of_keys_names_them_as_proofs_do() {
    let key = SigningKey::generate(&mut rand::rng()).with_kid("key-1".parse().unwrap());
    let set = key.public_jwk().into();
    let expected = PublicKey::try_from(key.verifying_key()).unwrap();
    assert_eq!(
        IssuerKeys::of_set(ISS, &set),
        IssuerKeys::new().with(METHOD, expected.clone())
    );
    let document = DidDocument::for_issuer(&ISS.parse().unwrap(), &set);
    assert_eq!(IssuerKeys::of_document(&document), IssuerKeys::of_set(ISS, &set));
    let did = expected.to_did_key();
    let method = format!("{did}#{}", expected.as_multibase());
    assert_eq!(
        IssuerKeys::of_did_key(&did).unwrap(),
        IssuerKeys::new().with(method, expected)
    );
    for bad in [
        "did:key:",
        "did:key:z",
        "did:web:x",
        "did:key:z6LS",
        "did:key:zDn",
    ] {
        assert!(IssuerKeys::of_did_key(bad).is_err(), "{bad}");
    }
}

#[test]
fn debug_shows_no_secret_and_no_claim() {
    let setup = Setup::new(Suite::Bbs2023);
    let credential = setup.issue(&subject()).unwrap();
    let text = format!("{:?} {credential:?}", setup.key);
    assert!(!text.contains("07") && !text.contains("Ada"), "{text}");
}

#[tokio::test]
async fn a_document_with_a_proof_is_not_signed_again() {
    let setup = Setup::new(Suite::EddsaRdfc2022);
    let document = crate::support::object(&json!({ "proof": {} }));
    let signed = setup.issuer().secure(&setup.terms(), document).await;
    assert!(matches!(signed, Err(Error::Format { .. })));
}

#[test]
fn keys_are_found_in_a_did_document() {
    let (bbs, ed25519) = (IssuerKey::bbs(&[7; 32]).unwrap(), IssuerKey::ed25519(&[7; 32]));
    let method = |id: &str, controller: &str, key: &IssuerKey| {
        json!({
            "id": id,
            "type": "Multikey",
            "controller": controller,
            "publicKeyMultibase": key.public().as_multibase(),
        })
    };
    let signing = SigningKey::generate(&mut rand::rng()).with_kid("key-1".parse().unwrap());
    let set = signing.public_jwk().into();
    let did = ISS.parse().unwrap();
    let document = DidDocument::for_issuer(&did, &set).to_json();
    let mut document: serde_json::Value = serde_json::from_str(&document).unwrap();
    for (id, controller, key, is_listed) in [
        ("#bbs", ISS, &bbs, true),
        ("did:web:issuer.example#ed25519", ISS, &ed25519, true),
        ("#of-another", "did:web:other.example", &bbs, true),
        ("did:web:other.example#key-1", ISS, &bbs, true),
        ("#not-for-assertions", ISS, &bbs, false),
    ] {
        append(&mut document["verificationMethod"], method(id, controller, key));
        if is_listed {
            append(&mut document["assertionMethod"], json!(id));
        }
    }
    let found = IssuerKeys::of_document_text(document.to_string().as_bytes(), &did).unwrap();
    let expected = IssuerKeys::of_set(ISS, &set)
        .with(format!("{ISS}#bbs"), bbs.public().clone())
        .with(format!("{ISS}#ed25519"), ed25519.public().clone());
    assert_eq!(found, expected);
    let other = "did:web:other.example".parse().unwrap();
    assert!(IssuerKeys::of_document_text(document.to_string().as_bytes(), &other).is_err());
}
