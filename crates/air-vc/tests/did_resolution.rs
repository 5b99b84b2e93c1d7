//! Resolving an issuer's name to its keys.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{collections::HashMap, sync::Mutex};

use air_ids::UnixTime;
use air_jwt::{JwkSet, SigningKey};
use air_vc::{
    Error, Verifier,
    did::{
        AirDid, AirNetwork, AirType, DidDocument, DidJwk, DidKey, DocumentLoader, FetchFailure,
        IssuerMetadata, IssuerUrl, NoDocuments, Resolver,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use url::Url;

use crate::did_support::{ISSUER, did, finds, key};

/// Pages by URL. They record the requested URLs.
#[derive(Default)]
struct Pages {
    pages: HashMap<String, Vec<u8>>,
    asked: Mutex<Vec<String>>,
}

impl Pages {
    fn with(mut self, url: &str, page: impl Into<Vec<u8>>) -> Self {
        self.pages.insert(url.to_owned(), page.into());
        self
    }
}

impl DocumentLoader for &Pages {
    async fn get(&self, url: &Url, _: usize) -> Result<Vec<u8>, FetchFailure> {
        self.asked.lock().unwrap().push(url.to_string());
        let page = self.pages.get(url.as_str());
        page.cloned()
            .ok_or_else(|| FetchFailure::new("the secret reason"))
    }
}

#[tokio::test]
async fn keys_in_the_identifier_need_no_documents() {
    let key = key("k");
    let resolver = Resolver::new(NoDocuments);
    for iss in [
        DidKey::new(key.verifying_key()).to_string(),
        DidJwk::new(key.verifying_key()).to_string(),
    ] {
        let keys = resolver.issuer_keys(&iss).await.unwrap();
        assert!(
            finds(&keys, key.verifying_key().thumbprint().as_str(), &key),
            "{iss}"
        );
    }
    assert!(matches!(
        resolver.issuer_keys("did:web:issuer.example").await,
        Err(Error::Fetch { .. })
    ));
}

#[tokio::test]
async fn did_web_is_fetched_from_its_host() {
    let key = key("k");
    let document = DidDocument::for_issuer(&did(ISSUER), &JwkSet::from(key.public_jwk()));
    let place = "https://issuer.example/.well-known/did.json";
    let pages = Pages::default().with(place, document.to_json());
    let resolver = Resolver::new(&pages);
    assert_eq!(resolver.resolve(&did(ISSUER)).await.unwrap(), document);
    assert!(finds(&resolver.issuer_keys(ISSUER).await.unwrap(), "k", &key));
    assert_eq!(*pages.asked.lock().unwrap(), [place, place]);

    let error = resolver.issuer_keys("did:web:absent.example").await.unwrap_err();
    assert!(matches!(&error, Error::Fetch { host, .. } if host == "absent.example"));
    assert!(!error.to_string().contains("secret"));
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.source().unwrap().to_string(), "the secret reason");
}

#[tokio::test]
async fn https_issuers_have_metadata_and_its_keys_uri_is_followed_once() {
    let key = key("k");
    let keys = JwkSet::from(key.public_jwk());
    let issuer: IssuerUrl = "https://issuer.example/eu".parse().unwrap();
    let inline = IssuerMetadata::with_keys(issuer.clone(), keys.clone());
    let pages = Pages::default().with(issuer.metadata_url().as_str(), inline.to_json());
    assert_eq!(
        Resolver::new(&pages).issuer_keys(issuer.as_str()).await.unwrap(),
        keys
    );

    let uri: Url = "https://keys.example/jwks".parse().unwrap();
    let reference = IssuerMetadata::with_keys_at(issuer.clone(), uri.clone()).unwrap();
    let pages = Pages::default()
        .with(issuer.metadata_url().as_str(), reference.to_json())
        .with(uri.as_str(), keys.to_json());
    assert_eq!(
        Resolver::new(&pages).issuer_keys(issuer.as_str()).await.unwrap(),
        keys
    );
    assert_eq!(pages.asked.lock().unwrap().len(), 2);

    // Metadata in place of a JWK set is rejected and not followed.
    let pages = Pages::default()
        .with(issuer.metadata_url().as_str(), reference.to_json())
        .with(uri.as_str(), reference.to_json());
    assert!(matches!(
        Resolver::new(&pages).issuer_keys(issuer.as_str()).await,
        Err(Error::InvalidKey(_))
    ));
}

#[tokio::test]
async fn this_machine_is_asked_in_development_alone() {
    let key = key("k");
    let local = did("did:web:localhost%3A3000");
    let document = DidDocument::for_issuer(&local, &JwkSet::from(key.public_jwk()));
    let issuer: IssuerUrl = "http://127.0.0.1:3000".parse().unwrap();
    let metadata = IssuerMetadata::with_keys(issuer.clone(), JwkSet::from(key.public_jwk()));
    let pages = Pages::default()
        .with("http://localhost:3000/.well-known/did.json", document.to_json())
        .with(issuer.metadata_url().as_str(), metadata.to_json());
    for iss in [local.as_str(), issuer.as_str()] {
        let refused = Resolver::new(&pages).issuer_keys(iss).await;
        assert_eq!(refused.unwrap_err(), Error::LoopbackIssuer, "{iss}");
        assert!(pages.asked.lock().unwrap().is_empty(), "{iss}");
    }
    for iss in [local.as_str(), issuer.as_str()] {
        let keys = Resolver::new(&pages)
            .in_development()
            .issuer_keys(iss)
            .await
            .unwrap();
        assert!(finds(&keys, "k", &key), "{iss}");
    }
}

#[tokio::test]
async fn says_what_has_no_resolver() {
    let resolver = Resolver::new(NoDocuments);
    let air = AirDid::new(AirNetwork::test(), AirType::TEST, [1; 27]).to_string();
    for (iss, method) in [(air.as_str(), "air"), ("did:example:123", "example")] {
        let error = resolver.issuer_keys(iss).await.unwrap_err();
        assert!(
            matches!(&error, Error::UnresolvableDid { method: m } if m == method),
            "{error}"
        );
    }
    let mistyped = air.replace(":4", ":5");
    assert_eq!(
        resolver.issuer_keys(&mistyped).await.unwrap_err(),
        Error::AirDidChecksum
    );
    for iss in ["", "issuer", "http://issuer.example", "ftp://issuer.example"] {
        let error = resolver.issuer_keys(iss).await.unwrap_err();
        assert!(matches!(error, Error::InvalidIssuer { .. }), "{iss}: {error}");
    }
    assert!(matches!(
        resolver.issuer_keys("did:web:a b").await,
        Err(Error::InvalidDid { .. })
    ));
}

#[tokio::test]
async fn an_issuer_without_a_usable_key_is_named_so() {
    let document = json!({ "id": ISSUER }).to_string();
    let issuer = "https://issuer.example";
    let metadata = json!({ "issuer": issuer, "jwks": { "keys": [] } }).to_string();
    let pages = Pages::default()
        .with("https://issuer.example/.well-known/did.json", document)
        .with("https://issuer.example/.well-known/jwt-vc-issuer", metadata);
    for iss in [ISSUER, issuer] {
        let refused = Resolver::new(&pages).issuer_keys(iss).await;
        assert_eq!(refused.unwrap_err(), Error::NoIssuerKeys, "{iss}");
    }
}

#[tokio::test]
async fn more_than_was_asked_for_is_refused() {
    let pages = Pages::default()
        .with(
            "https://issuer.example/.well-known/did.json",
            vec![b' '; 64 * 1024 + 1],
        )
        .with(
            "https://issuer.example/.well-known/jwt-vc-issuer",
            vec![b' '; 260 * 1024 + 1],
        );
    for iss in [ISSUER, "https://issuer.example"] {
        let refused = Resolver::new(&pages).issuer_keys(iss).await.unwrap_err();
        assert!(
            matches!(refused, Error::DocumentTooLarge { .. }),
            "{iss}: {refused}"
        );
        assert_eq!(refused.check(), None);
    }
}

#[tokio::test]
async fn a_key_set_of_the_largest_size_is_read() {
    let issuer: IssuerUrl = "https://issuer.example".parse().unwrap();
    let uri: Url = "https://keys.example/jwks".parse().unwrap();
    let metadata = IssuerMetadata::with_keys_at(issuer.clone(), uri.clone()).unwrap();
    let keys = JwkSet::from(key("k").public_jwk());
    let read = async |length: usize| {
        let json = keys.to_json();
        let rest = " ".repeat(length - json.len());
        let pages = Pages::default()
            .with(issuer.metadata_url().as_str(), metadata.to_json())
            .with(uri.as_str(), json + &rest);
        Resolver::new(&pages).issuer_keys(issuer.as_str()).await
    };
    let limit = 256 * 1024;
    assert_eq!(read(limit).await.unwrap(), keys);
    assert_eq!(
        read(limit + 1).await.unwrap_err(),
        Error::DocumentTooLarge { limit }
    );
}

/// A credential without disclosures and with this header.
fn credential(iss: &str, key: &SigningKey, header: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let payload = json!({ "iss": iss, "vct": "urn:air:KycIdentity" });
    let signed = format!("{}.{}", encode(header), encode(&payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}~")
}

#[tokio::test]
async fn credentials_verify_under_each_name_of_the_key_and_under_none() {
    let key = key("k");
    let iss = DidKey::new(key.verifying_key()).to_string();
    let fragment = iss.strip_prefix("did:key:").unwrap();
    let keys = Resolver::new(NoDocuments).issuer_keys(&iss).await.unwrap();
    let verify = |header: &Value, key: &SigningKey| {
        let compact = credential(&iss, key, header);
        Verifier::new(&iss, &keys).verify(&compact, UnixTime::from_secs(1_800_000_000))
    };
    for kid in [format!("{iss}#{fragment}"), fragment.to_owned()] {
        let header = json!({ "alg": "ES256", "typ": "dc+sd-jwt", "kid": kid });
        assert!(verify(&header, &key).is_ok(), "{kid}");
    }
    let nameless = json!({ "alg": "ES256", "typ": "dc+sd-jwt" });
    assert!(verify(&nameless, &key).is_ok());
    let other = SigningKey::generate(&mut rand::rng());
    assert!(matches!(verify(&nameless, &other), Err(Error::Signature(_))));
}

#[test]
fn without_a_name_two_keys_are_not_tried_in_turn() {
    let (first, second) = (key("a"), key("b"));
    let set = JwkSet::new([first.public_jwk(), second.public_jwk()]).unwrap();
    let keys = DidDocument::for_issuer(&did(ISSUER), &set).assertion_keys();
    let compact = credential(ISSUER, &first, &json!({ "alg": "ES256", "typ": "dc+sd-jwt" }));
    let refused = Verifier::new(ISSUER, &keys).verify(&compact, UnixTime::from_secs(1_800_000_000));
    assert_eq!(refused.unwrap_err(), Error::Signature(air_jwt::Error::MissingKid));
}
