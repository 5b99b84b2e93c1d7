//! `air credential verify --trust-list`: issuers by certificate, pinned keys and DID, each for its types.

use air_ids::UnixTime;
use air_jwt::{SigningKey, jws};
use air_vc::{IssueOptions, Issuer, did::DidJwk};
use air_x509::{Certificate, CertificateChain};
use rcgen::SanType;
use serde_json::{Value, json};

use crate::support::{Run, TestEnv, certificates::Certified};

const ISSUER: &str = "https://issuer.example";
const DEGREE: &str = "urn:example:degree";

fn credential(issuer: &Issuer<'_>, vct: &str) -> String {
    let subject = json!({ "name": "Ada" });
    let options = IssueOptions {
        vct: vct.to_owned(),
        issued_at: UnixTime::from_secs(1_700_000_000),
        ..IssueOptions::default()
    };
    let issued = issuer.issue(&options, subject.as_object().unwrap(), &mut rand::rng());
    issued.unwrap().as_str().to_owned()
}

fn verify(env: &TestEnv, list: &Value, credential: &str) -> Run {
    env.write("trust.json", list.to_string());
    let verify = [
        "credential",
        "verify",
        "--trust-list",
        "trust.json",
        "--no-status",
        "-",
    ];
    env.air_with(&verify, credential)
}

fn list(party: Value, types: &Value) -> Value {
    let mut party = party;
    party["name"] = json!("University");
    party["types"] = types.clone();
    json!({ "issuers": [party] })
}

#[test]
fn an_issuer_is_trusted_by_its_certificate_for_its_types_and_names() {
    let env = TestEnv::new();
    let certified = Certified::named(SanType::URI(ISSUER.try_into().unwrap()));
    let leaf = Certificate::from_der(&certified.leaf).unwrap();
    let x5c = CertificateChain::new(leaf, Vec::new())
        .signing_x5c(&certified.key.public_jwk())
        .unwrap();
    let issuer = || Issuer::new(ISSUER, &certified.key).with_x5c(&x5c);
    let degree = credential(&issuer(), DEGREE);
    let party = json!({ "x509": { "anchors": [certified.anchor], "names": [ISSUER] } });

    let report = verify(&env, &list(party.clone(), &json!([DEGREE])), &degree)
        .succeeded()
        .json();
    assert_eq!(
        (&report["valid"], &report["trustedAs"]),
        (&json!(true), &json!("University"))
    );
    verify(&env, &list(party.clone(), &json!(["urn:example:other"])), &degree)
        .failed_with(4, "the credential's issuer is not trusted");
    let elsewhere = json!({ "x509": { "anchors": [certified.anchor], "names": ["https://other.example"] } });
    verify(&env, &list(elsewhere, &json!("*")), &degree)
        .failed_with(4, "the credential's issuer is not trusted");
    let other = Certified::named(SanType::URI(ISSUER.try_into().unwrap()));
    let others = json!({ "x509": { "anchors": [other.anchor] } });
    verify(&env, &list(others, &json!("*")), &degree)
        .failed_with(4, "the credential's issuer is not trusted");

    // The certificate names another issuer than the credential does.
    let borrowed = credential(
        &Issuer::new("https://bank.example", &certified.key).with_x5c(&x5c),
        DEGREE,
    );
    verify(&env, &list(party.clone(), &json!("*")), &borrowed).failed_with(4, "does not name its issuer");

    // A key that is not the certificate's.
    let forged = SigningKey::generate(&mut rand::rng());
    let forged = credential(&Issuer::new(ISSUER, &forged).with_x5c(&x5c), DEGREE);
    verify(&env, &list(party, &json!("*")), &forged).failed_with(4, "credential refused");
}

#[test]
fn a_credential_without_issuer_is_trusted_by_its_certificate() {
    let env = TestEnv::new();
    let certified = Certified::named(SanType::URI(ISSUER.try_into().unwrap()));
    let leaf = Certificate::from_der(&certified.leaf).unwrap();
    let x5c = CertificateChain::new(leaf, Vec::new())
        .signing_x5c(&certified.key.public_jwk())
        .unwrap();
    let payload = json!({ "vct": DEGREE, "name": "Ada" });
    let signed = |x5c| jws::sign_x5c(&certified.key, "dc+sd-jwt", x5c, &payload) + "~";
    let party = json!({ "x509": { "anchors": [certified.anchor], "names": [ISSUER] } });
    let list = list(party, &json!([DEGREE]));
    let report = verify(&env, &list, &signed(Some(&x5c))).succeeded().json();
    assert_eq!(report["trustedAs"], "University");
    verify(&env, &list, &signed(None)).failed_with(4, "the credential names no issuer");
}

#[test]
fn an_issuer_is_trusted_by_pinned_keys_or_its_did() {
    let env = TestEnv::new();
    let key = SigningKey::generate(&mut rand::rng());
    let degree = credential(&Issuer::new(ISSUER, &key), DEGREE);
    let jwks = json!({ "keys": [key.public_jwk()] });
    let pinned = json!({ "keys": { "id": ISSUER, "jwks": jwks } });
    verify(&env, &list(pinned.clone(), &json!([DEGREE])), &degree).succeeded();
    verify(
        &env,
        &list(pinned.clone(), &json!(["urn:example:other"])),
        &degree,
    )
    .failed_with(4, "the credential's issuer is not trusted");
    let stranger = credential(&Issuer::new("https://other.example", &key), DEGREE);
    verify(&env, &list(pinned, &json!("*")), &stranger)
        .failed_with(4, "the credential's issuer is not trusted");

    let did = DidJwk::new(key.verifying_key()).did().to_string();
    let degree = credential(&Issuer::new(&did, &key), DEGREE);
    verify(&env, &list(json!({ "did": did }), &json!([DEGREE])), &degree).succeeded();
    let other = SigningKey::generate(&mut rand::rng());
    let forged = credential(&Issuer::new(&did, &other), DEGREE);
    verify(&env, &list(json!({ "did": did }), &json!("*")), &forged).failed_with(4, "credential refused");
}

/// Each entry of an issuer has types of its own: a key for one type signs no other.
#[test]
fn a_pinned_key_is_accepted_for_the_types_of_its_entry_only() {
    let env = TestEnv::new();
    let licence = "urn:example:licence";
    let [degrees, licences] = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
    let entry = |name: &str, key: &SigningKey, kind: &str| {
        let jwks = json!({ "keys": [key.public_jwk()] });
        json!({ "name": name, "keys": { "id": ISSUER, "jwks": jwks }, "types": [kind] })
    };
    let list = json!({ "issuers": [
        entry("Faculty", &degrees, DEGREE),
        entry("Office", &licences, licence),
        // The same key again.
        entry("Registry", &licences, licence),
    ] });
    for (key, vct, party) in [(&degrees, DEGREE, "Faculty"), (&licences, licence, "Office")] {
        let signed = credential(&Issuer::new(ISSUER, key), vct);
        let report = verify(&env, &list, &signed).succeeded().json();
        assert_eq!(report["trustedAs"], party);
    }
    for (key, vct) in [(&licences, DEGREE), (&degrees, licence)] {
        let signed = credential(&Issuer::new(ISSUER, key), vct);
        verify(&env, &list, &signed).failed_with(4, "credential refused");
    }
    let signed = credential(&Issuer::new(ISSUER, &degrees), "urn:example:other");
    verify(&env, &list, &signed).failed_with(4, "the credential's issuer is not trusted");
}

/// A party may have keys for the same type in two entries.
#[test]
fn pinned_keys_of_all_entries_are_accepted() {
    let env = TestEnv::new();
    let [old, new] = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
    let entry = |name: &str, key: &SigningKey| {
        let jwks = json!({ "keys": [key.public_jwk()] });
        json!({ "name": name, "keys": { "id": ISSUER, "jwks": jwks }, "types": "*" })
    };
    let list = json!({ "issuers": [entry("Old", &old), entry("New", &new)] });
    for (key, party) in [(&old, "Old"), (&new, "New")] {
        let signed = credential(&Issuer::new(ISSUER, key), DEGREE);
        let report = verify(&env, &list, &signed).succeeded().json();
        assert_eq!(report["trustedAs"], party);
    }
}

#[test]
fn a_list_excludes_an_issuer_by_name() {
    let env = TestEnv::new();
    let both = [
        "credential",
        "verify",
        "--trust-list",
        "t.json",
        "--issuer",
        ISSUER,
        "-",
    ];
    env.air_with(&both, "").failed_with(2, "cannot be used with");
    env.air_with(&["credential", "verify", "-"], "")
        .failed_with(2, "--issuer");
    env.write("t.json", "{ \"issuers\": [], \"issuer\": [] }");
    let list = ["credential", "verify", "--trust-list", "t.json", "-"];
    env.air_with(&list, "a.b.c~").failed_with(3, "t.json");
}
