//! The vectors of Data Integrity ECDSA Cryptosuites: those of `ecdsa-jcs-2019` verify, the others
//! are rejected.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::fmt::Write;

use air_jwt::JwkSet;
use air_vc::{Check, Error, Format, Verifier, did::DidKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha384};

use crate::support::{NOW, Setup, object};

const ISSUER: &str = "https://vc.example/issuers/5678";

/// The files of one curve.
struct Case {
    name: &'static str,
    canonical_document: &'static str,
    document_hash: &'static str,
    canonical_proof: &'static str,
    proof_hash: &'static str,
    combined_hash: &'static str,
    signed: &'static str,
    hash: fn(&[u8]) -> Vec<u8>,
}

const P256: Case = Case {
    name: "ecdsa-jcs-2019-p256",
    canonical_document: include_str!("vectors/vc-di-ecdsa/ecdsa-jcs-2019-p256/canonDocJCSECDSAP256.txt"),
    document_hash: include_str!("vectors/vc-di-ecdsa/ecdsa-jcs-2019-p256/docHashJCSECDSAP256.txt"),
    canonical_proof: include_str!("vectors/vc-di-ecdsa/ecdsa-jcs-2019-p256/proofCanonJCSECDSAP256.txt"),
    proof_hash: include_str!("vectors/vc-di-ecdsa/ecdsa-jcs-2019-p256/proofHashJCSECDSAP256.txt"),
    combined_hash: include_str!("vectors/vc-di-ecdsa/ecdsa-jcs-2019-p256/combinedHashJCSECDSAP256.txt"),
    signed: include_str!("vectors/vc-di-ecdsa/ecdsa-jcs-2019-p256/signedJCSECDSAP256.json"),
    hash: |bytes| Sha256::digest(bytes).to_vec(),
};

const P384: Case = Case {
    name: "ecdsa-jcs-2019-p384",
    canonical_document: include_str!("vectors/vc-di-ecdsa/ecdsa-jcs-2019-p384/canonDocJCSECDSAP384.txt"),
    document_hash: include_str!("vectors/vc-di-ecdsa/ecdsa-jcs-2019-p384/docHashJCSECDSAP384.txt"),
    canonical_proof: include_str!("vectors/vc-di-ecdsa/ecdsa-jcs-2019-p384/proofCanonJCSECDSAP384.txt"),
    proof_hash: include_str!("vectors/vc-di-ecdsa/ecdsa-jcs-2019-p384/proofHashJCSECDSAP384.txt"),
    combined_hash: include_str!("vectors/vc-di-ecdsa/ecdsa-jcs-2019-p384/combinedHashJCSECDSAP384.txt"),
    signed: include_str!("vectors/vc-di-ecdsa/ecdsa-jcs-2019-p384/signedJCSECDSAP384.json"),
    hash: |bytes| Sha384::digest(bytes).to_vec(),
};

/// Documents signed with other suites. `ecdsa-rdfc-2019` and `ecdsa-sd-2023` canonicalize RDF,
/// which this crate does not implement.
const OTHER_SUITES: [(&str, &str); 8] = [
    (
        "ecdsa-rdfc-2019-p256",
        include_str!("vectors/vc-di-ecdsa/ecdsa-rdfc-2019-p256/signedECDSAP256.json"),
    ),
    (
        "ecdsa-rdfc-2019-p256/employ",
        include_str!("vectors/vc-di-ecdsa/ecdsa-rdfc-2019-p256/employ/signedECDSAP256.json"),
    ),
    (
        "ecdsa-rdfc-2019-p384",
        include_str!("vectors/vc-di-ecdsa/ecdsa-rdfc-2019-p384/signedECDSAP384.json"),
    ),
    (
        "ecdsa-rdfc-2019-p384/employ",
        include_str!("vectors/vc-di-ecdsa/ecdsa-rdfc-2019-p384/employ/signedECDSAP384.json"),
    ),
    (
        "ecdsa-sd-2023/prc, base",
        include_str!("vectors/vc-di-ecdsa/ecdsa-sd-2023/prc/addSignedSDBase.json"),
    ),
    (
        "ecdsa-sd-2023/prc, derived",
        include_str!("vectors/vc-di-ecdsa/ecdsa-sd-2023/prc/derivedRevealDocument.json"),
    ),
    (
        "ecdsa-sd-2023/employ, base",
        include_str!("vectors/vc-di-ecdsa/ecdsa-sd-2023/employ/addSignedSDBase.json"),
    ),
    (
        "ecdsa-sd-2023/employ, derived",
        include_str!("vectors/vc-di-ecdsa/ecdsa-sd-2023/employ/derivedRevealDocument.json"),
    ),
];

impl Case {
    fn signed(&self) -> Value {
        serde_json::from_str(self.signed).unwrap()
    }

    /// The document and the options of the proof.
    fn parts(&self) -> (Value, Value) {
        let mut document = self.signed();
        let mut proof = document.as_object_mut().unwrap().remove("proof").unwrap();
        proof.as_object_mut().unwrap().remove("proofValue");
        (document, proof)
    }

    /// The DID of the signing key.
    fn signer(&self) -> String {
        let signed = self.signed();
        let method = signed["proof"]["verificationMethod"].as_str().unwrap();
        method.split('#').next().unwrap().to_owned()
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in bytes {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

fn keys(did: &str) -> JwkSet {
    let key: DidKey = did.parse().unwrap();
    key.document().assertion_keys()
}

/// The steps before the signature, with the canonicalization that issuing and verifying use.
#[test]
fn each_canonical_form_and_hash_is_the_published_one() {
    for case in [P256, P384] {
        let name = case.name;
        let (document, proof) = case.parts();
        let canonical = |value: &Value| serde_json_canonicalizer::to_string(value).unwrap();
        assert_eq!(canonical(&document), case.canonical_document.trim_end(), "{name}");
        assert_eq!(canonical(&proof), case.canonical_proof.trim_end(), "{name}");
        let hash = |value: &Value| hex(&(case.hash)(canonical(value).as_bytes()));
        assert_eq!(hash(&document), case.document_hash.trim_end(), "{name}");
        assert_eq!(hash(&proof), case.proof_hash.trim_end(), "{name}");
        assert_eq!(
            hash(&proof) + &hash(&document),
            case.combined_hash.trim_end(),
            "{name}"
        );
    }
}

#[test]
fn the_credential_of_p256_verifies_and_no_change_of_it_does() {
    let keys = keys(&P256.signer());
    let verifier = Verifier::new(ISSUER, &keys)
        .with_format(Format::W3cDataIntegrity)
        .requiring_type("AlumniCredential");
    let verify = |document: &Value| verifier.verify(&document.to_string(), NOW);
    let signed = P256.signed();
    let verified = verify(&signed).unwrap();
    let subject = object(&json!({ "alumniOf": "The School of Examples" }));
    assert_eq!((verified.subject(), verified.issuer()), (&subject, ISSUER));
    assert!(verifier.verify(P256.signed, NOW).is_ok(), "as it is laid out");

    for pointer in [
        "/id",
        "/name",
        "/description",
        "/validFrom",
        "/credentialSubject/id",
        "/credentialSubject/alumniOf",
        "/proof/created",
    ] {
        let mut changed = signed.clone();
        *changed.pointer_mut(pointer).unwrap() = json!("2023-02-24T23:36:39Z");
        let check = verify(&changed).unwrap_err().check();
        assert_eq!(check, Some(Check::Signature), "{pointer}");
    }
    let mut other_value = signed.clone();
    other_value["proof"]["proofValue"] = P384.signed()["proof"]["proofValue"].clone();
    assert_eq!(verify(&other_value).unwrap_err().check(), Some(Check::Signature));
    let mut more = signed.clone();
    more["credentialSubject"]["degree"] = json!("none");
    assert_eq!(verify(&more).unwrap_err().check(), Some(Check::Signature));
    for (member, value) in [
        ("cryptosuite", "ecdsa-rdfc-2019"),
        ("proofPurpose", "authentication"),
        ("type", "Ed25519Signature2020"),
        ("challenge", "another's"),
    ] {
        let mut changed = signed.clone();
        changed["proof"][member] = json!(value);
        assert_eq!(
            verify(&changed).unwrap_err().check(),
            Some(Check::Format),
            "{member}"
        );
    }
    let strange = Setup::new();
    let outcome = Verifier::new(ISSUER, &strange.keys)
        .with_format(Format::W3cDataIntegrity)
        .verify(P256.signed, NOW);
    assert_eq!(outcome.map(drop), Err(Error::ProofKeyUnknown));
    let outcome = Verifier::new("https://vc.example/issuers/1", &keys)
        .with_format(Format::W3cDataIntegrity)
        .verify(P256.signed, NOW);
    assert_eq!(outcome.map(drop), Err(Error::UntrustedIssuer));
}

/// Keys on P-384 are not supported, so no verifier has the key that the proof names.
#[test]
fn the_credential_of_p384_is_refused() {
    let kind = "P-384";
    assert_eq!(
        P384.signer().parse::<DidKey>().map(drop),
        Err(Error::UnsupportedKey { kind })
    );
    let keys = keys(&P256.signer());
    let outcome = Verifier::new(ISSUER, &keys)
        .with_format(Format::W3cDataIntegrity)
        .verify(P384.signed, NOW);
    assert_eq!(outcome.map(drop), Err(Error::ProofKeyUnknown));
    // It does not verify under the name of a known key either.
    let mut renamed = P384.signed();
    renamed["proof"]["verificationMethod"] = P256.signed()["proof"]["verificationMethod"].clone();
    let outcome = Verifier::new(ISSUER, &keys)
        .with_format(Format::W3cDataIntegrity)
        .verify(&renamed.to_string(), NOW);
    assert_eq!(outcome.unwrap_err().check(), Some(Check::Signature));
}

#[test]
fn proofs_of_the_other_suites_are_refused() {
    let keys = keys(&P256.signer());
    for (name, signed) in OTHER_SUITES {
        let document: Value = serde_json::from_str(signed).unwrap();
        let suite = document["proof"]["cryptosuite"].as_str().unwrap();
        assert!(name.starts_with(suite), "{name}");
        let issuer = document["issuer"]
            .as_str()
            .or(document["issuer"]["id"].as_str())
            .unwrap();
        let refusal = Verifier::new(issuer, &keys)
            .with_format(Format::W3cDataIntegrity)
            .verify(signed, NOW)
            .unwrap_err();
        assert_eq!(refusal.check(), Some(Check::Format), "{name}: {refusal}");
    }
}
