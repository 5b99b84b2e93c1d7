//! DID documents and issuer metadata.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::sync::LazyLock;

use air_jwt::{Jwk, JwkSet, Kid, SigningKey, VerifyingKey};
use air_vc::{
    Error,
    did::{DidDocument, IssuerMetadata, IssuerUrl, MetadataKeys},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::did_support::{ISSUER, did, finds, jwk, key, list, text, vectors};

fn read(document: &Value) -> Result<DidDocument, Error> {
    DidDocument::from_slice(document.to_string().as_bytes(), &did(ISSUER))
}

fn method(id: &str, key: &SigningKey) -> Value {
    json!({ "id": id, "type": "JsonWebKey2020", "controller": ISSUER, "publicKeyJwk": key.public_jwk() })
}

#[test]
fn reads_the_published_did_web_document() {
    let vectors = vectors("did-web.json");
    let json = vectors["document"].to_string();
    let document = DidDocument::from_slice(json.as_bytes(), &did("did:web:example.com")).unwrap();
    assert_eq!(document.methods().len(), 1);
    assert_eq!(document.skipped().len(), 2, "{:?}", document.skipped());
    let keys = document.assertion_keys();
    assert!(keys.find("did:web:example.com#key-2").is_some());
    assert!(keys.find("key-2").is_some());
    assert!(keys.find("key-0").is_none());
}

#[test]
fn a_document_counts_only_under_its_own_name() {
    let document = DidDocument::for_issuer(&did(ISSUER), &JwkSet::from(key("k").public_jwk()));
    let json = document.to_json();
    assert_eq!(
        DidDocument::from_slice(json.as_bytes(), &did("did:web:other.example")).unwrap_err(),
        Error::WrongDocument
    );
    assert_eq!(
        DidDocument::from_slice(json.as_bytes(), &did(ISSUER)).unwrap(),
        document
    );
}

#[test]
fn an_issuers_document_has_what_readers_need() {
    let key = key("2026/key#1");
    let value: Value = {
        let keys = JwkSet::from(key.public_jwk());
        serde_json::from_str(&DidDocument::for_issuer(&did(ISSUER), &keys).to_json()).unwrap()
    };
    assert_eq!(value["@context"][0], "https://www.w3.org/ns/did/v1");
    assert_eq!(value["id"], ISSUER);
    let name = "did:web:issuer.example#2026/key%231";
    assert_eq!(value["verificationMethod"][0]["id"], name);
    assert_eq!(value["verificationMethod"][0]["controller"], ISSUER);
    assert_eq!(value["assertionMethod"], json!([name]));
    assert_eq!(value.get("authentication"), None);
}

/// Nodes of `did:ion` name a JWK by the suite.
#[test]
fn a_jwk_is_read_under_each_name_of_its_kind() {
    let key = key("k");
    for kind in ["JsonWebKey", "JsonWebKey2020", "JsonWebSignature2020"] {
        let mut method = method("#key-1", &key);
        method["type"] = json!(kind);
        let document = read(&json!({
            "id": ISSUER,
            "verificationMethod": [method],
            "assertionMethod": ["#key-1"],
        }));
        assert_eq!(document.unwrap().methods().len(), 1, "{kind}");
    }
}

#[test]
fn keys_are_found_by_full_name_fragment_and_kid() {
    let key = key("from-the-jwk");
    let document = read(&json!({
        "id": ISSUER,
        "verificationMethod": [method("did:web:issuer.example#key-1", &key)],
        "assertionMethod": ["did:web:issuer.example#key-1"],
    }));
    let keys = document.unwrap().assertion_keys();
    for name in ["did:web:issuer.example#key-1", "key-1", "from-the-jwk"] {
        assert!(finds(&keys, name, &key), "{name}");
    }
    assert_eq!(keys.iter().count(), 3);
}

#[test]
fn a_short_name_of_two_keys_is_neithers() {
    let (first, second) = (key("b"), key("c"));
    let document = read(&json!({
        "id": ISSUER,
        "verificationMethod": [method("#a", &first), method("#b", &second)],
        "assertionMethod": ["#a", "#b"],
    }));
    let keys = document.unwrap().assertion_keys();
    assert!(finds(&keys, "a", &first) && finds(&keys, "c", &second));
    assert!(keys.find("b").is_none());
    assert!(finds(&keys, "did:web:issuer.example#b", &second));
}

#[test]
fn a_full_name_can_t_be_taken_by_a_kid() {
    let (first, second) = (key("did:web:issuer.example#second"), key("s"));
    let document = read(&json!({
        "id": ISSUER,
        "verificationMethod": [method("#first", &first), method("#second", &second)],
        "assertionMethod": ["#first", "#second"],
    }));
    assert!(finds(
        &document.unwrap().assertion_keys(),
        "did:web:issuer.example#second",
        &second
    ));
}

#[test]
fn each_relationship_has_its_own_keys() {
    let keys: Vec<_> = ["a", "b", "c", "d"].iter().map(|kid| key(kid)).collect();
    let document = read(&json!({
        "id": ISSUER,
        "verificationMethod": [method("#a", &keys[0]), method("#b", &keys[1])],
        "assertionMethod": ["#a", method("#c", &keys[2]), "#d"],
        "authentication": ["did:web:issuer.example#b", method("#d", &keys[3]), method("#c", &keys[2])],
    }))
    .unwrap();
    let kids = |set: JwkSet| {
        let names = ["a", "b", "c", "d"];
        names
            .into_iter()
            .filter(|name| set.find(name).is_some())
            .collect::<String>()
    };
    // `#d` is embedded in `authentication`, so no other relationship can refer to it.
    assert_eq!(kids(document.assertion_keys()), "ac");
    assert_eq!(kids(document.authentication_keys()), "bcd");
}

#[test]
fn keys_of_others_and_for_others_are_passed_over() {
    let other = "did:web:other.example";
    let good = key("good");
    let with = |member: &str, value: Value| {
        let mut method = method("#x", &key("x"));
        method[member] = value;
        method
    };
    let mut private = good.public_jwk_value();
    private["d"] = json!("AQAB");
    let without_controller = {
        let mut method = method("#x", &key("x"));
        method.as_object_mut().unwrap().remove("controller");
        method
    };
    for (bad, why) in [
        (with("controller", json!(other)), "controller"),
        (with("controller", json!([ISSUER, other])), "controllers"),
        (without_controller, "no controller"),
        (with("id", json!("did:web:other.example#x")), "name"),
        (with("id", json!("x")), "no fragment"),
        (with("id", json!(7)), "a number"),
        (with("type", json!("Ed25519VerificationKey2020")), "type"),
        (with("type", json!("Multikey")), "type and key"),
        (with("publicKeyMultibase", json!("zDn")), "two keys"),
        (with("publicKeyJwk", private.clone()), "private"),
        (with("privateKeyJwk", private), "private beside"),
        (
            with(
                "publicKeyJwk",
                json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" }),
            ),
            "Ed25519",
        ),
        (
            with(
                "publicKeyJwk",
                json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
            ),
            "no point",
        ),
        (with("revoked", json!("2026-01-01T00:00:00Z")), "revoked"),
        (with("expires", json!("2036-01-01T00:00:00Z")), "expires"),
        (json!([]), "no object"),
    ] {
        let name = bad.get("id").cloned().unwrap_or(json!("#x"));
        let document = read(&json!({
            "id": ISSUER,
            "controller": other,
            "verificationMethod": [bad, method("#good", &good)],
            "assertionMethod": [name, "#x", "#good", "#absent", "did:web:other.example#good", 7],
        }))
        .unwrap();
        assert_eq!(document.methods().len(), 1, "{why}");
        assert!(document.skipped().len() >= 2, "{why}");
        let keys = document.assertion_keys();
        assert!(finds(&keys, "good", &good) && keys.find("x").is_none(), "{why}");
    }
}

trait PublicValue {
    fn public_jwk_value(&self) -> Value;
}

impl PublicValue for SigningKey {
    fn public_jwk_value(&self) -> Value {
        serde_json::to_value(self.public_jwk()).unwrap()
    }
}

#[test]
fn reads_multikeys() {
    let vectors = vectors("did-key.json");
    let case = &list(&vectors, "served")[0];
    let document = read(&json!({
        "id": ISSUER,
        "assertionMethod": [{
            "id": "did:web:issuer.example#m",
            "type": "Multikey",
            "controller": ISSUER,
            "publicKeyMultibase": text(case, "did").strip_prefix("did:key:").unwrap(),
        }],
    }));
    let expected = jwk(&case["jwk"]);
    let keys = document.unwrap().assertion_keys();
    assert_eq!(keys.find("m").unwrap().verifying_key(), expected.verifying_key());
}

#[test]
fn two_keys_of_one_name_spoil_the_document() {
    let (first, second) = (key("a"), key("b"));
    let mut broken = method("#x", &second);
    broken["type"] = json!("unknown");
    for methods in [
        json!([method("#x", &first), method("#x", &second)]),
        json!([method("#x", &first), method("did:web:issuer.example#x", &first)]),
        json!([method("#x", &first), broken]),
        json!([broken, method("#x", &first)]),
    ] {
        let refused = read(&json!({ "id": ISSUER, "verificationMethod": methods }));
        assert!(matches!(refused, Err(Error::DidDocument { .. })), "{refused:?}");
    }
    let refused = read(&json!({
        "id": ISSUER,
        "verificationMethod": [method("#x", &first)],
        "assertionMethod": [method("#x", &second)],
    }));
    assert!(matches!(refused, Err(Error::DidDocument { .. })), "{refused:?}");
}

#[test]
fn a_document_has_limits() {
    let key = key("k");
    let of_keys = |count: usize| {
        let methods: Vec<_> = (0..count).map(|at| method(&format!("#k{at}"), &key)).collect();
        read(&json!({ "id": ISSUER, "verificationMethod": methods }))
    };
    assert_eq!(of_keys(64).unwrap().methods().len(), 64);
    assert!(matches!(of_keys(65), Err(Error::DidDocument { .. })));
    let references = vec!["#k"; 65];
    assert!(matches!(
        read(&json!({ "id": ISSUER, "assertionMethod": references })),
        Err(Error::DidDocument { .. })
    ));
    let of_size = |size: usize| {
        let json = json!({ "id": ISSUER }).to_string();
        let json = format!("{json}{}", " ".repeat(size - json.len()));
        DidDocument::from_slice(json.as_bytes(), &did(ISSUER))
    };
    assert!(of_size(64 * 1024).is_ok());
    assert_eq!(
        of_size(64 * 1024 + 1).unwrap_err(),
        Error::DocumentTooLarge { limit: 64 * 1024 }
    );
    for bad in ["", "[]", "{}", "{\"id\":7}", "{\"id\":\"a\",\"id\":\"b\"}"] {
        let refused = DidDocument::from_slice(bad.as_bytes(), &did(ISSUER));
        assert!(
            matches!(refused, Err(Error::DidDocument { .. })),
            "{bad}: {refused:?}"
        );
    }
}

#[test]
fn metadata_agrees_with_the_drafts_examples() {
    let vectors = vectors("jwt-vc-issuer.json");
    for case in list(&vectors, "places") {
        let issuer: IssuerUrl = text(case, "iss").parse().unwrap();
        assert_eq!(issuer.metadata_url().as_str(), text(case, "url"));
        let slashed: IssuerUrl = format!("{}/", text(case, "iss")).parse().unwrap();
        assert_eq!(slashed.metadata_url().as_str(), text(case, "url"));
        assert_ne!(slashed, issuer);
    }
    let issuer: IssuerUrl = "https://example.com".parse().unwrap();
    let read =
        |name: &str| IssuerMetadata::from_slice(vectors[name].to_string().as_bytes(), &issuer).unwrap();
    let MetadataKeys::Inline(keys) = read("inline").into_keys() else {
        panic!("the keys are inline");
    };
    assert_eq!(
        keys.kids().map(Kid::as_str).collect::<Vec<_>>(),
        ["doc-signer-05-25-2022", "doc-signer-06-05-2025"]
    );
    assert_eq!(
        serde_json::from_str::<Value>(&read("reference").to_json()).unwrap(),
        vectors["reference"]
    );
}

#[test]
fn metadata_is_of_the_issuer_and_has_keys_once() {
    let keys = JwkSet::from(key("k").public_jwk());
    let issuer: IssuerUrl = "https://issuer.example".parse().unwrap();
    let read = |value: Value| IssuerMetadata::from_slice(value.to_string().as_bytes(), &issuer);
    for other in [
        "https://issuer.example/",
        "https://other.example",
        "http://issuer.example",
        "",
    ] {
        assert_eq!(
            read(json!({ "issuer": other, "jwks": keys })).unwrap_err(),
            Error::WrongMetadata,
            "{other}"
        );
    }
    let issuer_text = issuer.as_str();
    for bad in [
        json!({ "issuer": issuer_text }),
        json!({ "issuer": issuer_text, "jwks": null }),
        json!({ "issuer": issuer_text, "jwks": keys, "jwks_uri": "https://issuer.example/jwks" }),
        json!({ "jwks": keys }),
        json!([]),
    ] {
        assert!(
            matches!(read(bad.clone()), Err(Error::IssuerMetadata { .. })),
            "{bad}"
        );
    }
    assert!(matches!(
        read(json!({ "issuer": issuer_text, "jwks": [] })),
        Err(Error::InvalidKey(_))
    ));
    let long = vec![b' '; 260 * 1024 + 1];
    assert!(matches!(
        IssuerMetadata::from_slice(&long, &issuer),
        Err(Error::DocumentTooLarge { .. })
    ));
}

#[test]
fn an_issuers_keys_are_not_on_the_verifiers_machine() {
    let issuer: IssuerUrl = "https://issuer.example".parse().unwrap();
    for bad in [
        "http://issuer.example/jwks",
        "https://user:password@issuer.example/jwks",
        "https://issuer.example/jwks#a",
        "https://127.0.0.1/jwks",
        "http://127.0.0.1/jwks",
        "https://[::1]/jwks",
        "https://[::ffff:127.0.0.1]/jwks",
        "https://169.254.169.254/latest",
        "http://localhost/jwks",
        "https://localhost/jwks",
        "file:///etc/passwd",
        "no URL",
    ] {
        let value = json!({ "issuer": issuer.as_str(), "jwks_uri": bad });
        let refused = IssuerMetadata::from_slice(value.to_string().as_bytes(), &issuer);
        assert!(
            matches!(refused, Err(Error::IssuerMetadata { .. })),
            "{bad}: {refused:?}"
        );
    }
    let local: IssuerUrl = "http://127.0.0.1:3000".parse().unwrap();
    let own = "http://127.0.0.1:3000/jwks".parse().unwrap();
    assert!(IssuerMetadata::with_keys_at(local, own).is_ok());
}

#[test]
fn an_issuer_has_one_spelling() {
    for good in [
        "https://issuer.example",
        "https://issuer.example/",
        "https://issuer.example:8443/a/b",
        "http://localhost:3000",
        "http://127.0.0.1:3000/a",
    ] {
        assert_eq!(good.parse::<IssuerUrl>().unwrap().as_str(), good);
    }
    let long = format!("https://issuer.example/{}", "a".repeat(2048));
    for bad in [
        "",
        "issuer.example",
        "http://issuer.example",
        "https://Issuer.example",
        "https://issuer.example:443",
        "https://issuer.example/a/../b",
        "https://issuer.example/a?b",
        "https://issuer.example/a?",
        "https://issuer.example/a#b",
        "https://user@issuer.example",
        " https://issuer.example",
        "https:issuer.example",
        "https://issuer.example\\a",
        "urn:issuer",
        &long,
    ] {
        assert!(
            matches!(bad.parse::<IssuerUrl>(), Err(Error::InvalidIssuer { .. })),
            "{bad}"
        );
    }
}

/// A few keys, generated once. The properties are about their names only.
static KEYS: LazyLock<Vec<VerifyingKey>> = LazyLock::new(|| {
    let make = |_| SigningKey::generate(&mut rand::rng()).verifying_key().clone();
    (0..4).map(make).collect()
});

proptest! {
    #[test]
    fn a_document_reads_back(names in proptest::collection::btree_set("[!-~]{1,12}", 0..4)) {
        let named = names.iter().zip(KEYS.iter()).map(|(name, key)| Jwk::new(key.clone(), name.parse().unwrap()));
        let keys = JwkSet::new(named).unwrap();
        let document = DidDocument::for_issuer(&did(ISSUER), &keys);
        let again = DidDocument::from_slice(document.to_json().as_bytes(), &did(ISSUER)).unwrap();
        prop_assert_eq!(&again, &document);
        prop_assert!(again.skipped().is_empty());
        for key in &keys {
            let full = document.methods().iter().find(|method| method.jwk() == key).unwrap().id().to_string();
            let found = again.assertion_keys();
            prop_assert_eq!(found.find(&full).map(Jwk::verifying_key), Some(key.verifying_key()));
        }
    }

    #[test]
    fn metadata_reads_back(names in proptest::collection::btree_set("[!-~]{1,12}", 0..4), path in "(/[a-z0-9]{1,6}){0,3}/?") {
        let named = names.iter().zip(KEYS.iter()).map(|(name, key)| Jwk::new(key.clone(), name.parse().unwrap()));
        let issuer: IssuerUrl = format!("https://issuer.example{path}").parse().unwrap();
        let metadata = IssuerMetadata::with_keys(issuer.clone(), JwkSet::new(named).unwrap());
        prop_assert_eq!(IssuerMetadata::from_slice(metadata.to_json().as_bytes(), &issuer).unwrap(), metadata);
    }
}
