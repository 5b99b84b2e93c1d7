//! DIDs cross between the two worlds.

use std::sync::{Arc, Mutex};

use air_jwt::{JwkSet, SigningKey};
use air_ssi::{
    Error,
    did::{AirMethod, DidResolver, IonNode, account_document},
};
use air_vc::did::{
    AirDid, AirNetwork, AirType, Did, DidDocument, DidKey, DocumentLoader, FetchFailure, NoDocuments,
    Resolver,
};
use serde_json::{Value, json};
use ssi::dids::{DID, DIDResolver, resolution::Error as Unresolved};
use url::Url;

const WEB: &str = "did:web:issuer.example";

fn air() -> String {
    AirDid::new(AirNetwork::test(), AirType::TEST, [7; 27]).to_string()
}

fn keys() -> JwkSet {
    let key = SigningKey::generate(&mut rand::rng());
    key.with_kid("key-1".parse().unwrap()).public_jwk().into()
}

/// One page, and the limits that it was asked for with.
struct Page {
    text: String,
    asked: Arc<Mutex<Vec<(String, usize)>>>,
}

impl DocumentLoader for Page {
    async fn get(&self, url: &Url, limit: usize) -> Result<Vec<u8>, FetchFailure> {
        self.asked.lock().unwrap().push((url.to_string(), limit));
        Ok(self.text.clone().into_bytes())
    }
}

#[tokio::test]
async fn the_library_resolves_with_our_loader_and_its_limits() {
    let (keys, asked) = (keys(), Arc::<Mutex<Vec<_>>>::default());
    let did: Did = WEB.parse().unwrap();
    let page = Page {
        text: DidDocument::for_issuer(&did, &keys).to_json(),
        asked: Arc::clone(&asked),
    };
    let resolver = DidResolver::new(Resolver::new(page), AirMethod::new());
    let resolved = resolver.resolve(DID::new(WEB).unwrap()).await.unwrap();
    let document = resolved.document.document();
    assert_eq!(document.id.as_str(), WEB);
    assert_eq!(document.verification_method.len(), 1);
    let asked: Vec<(String, usize)> = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].0, "https://issuer.example/.well-known/did.json");
    assert!(asked[0].1 <= 256 * 1024);
}

#[tokio::test]
async fn a_document_of_another_issuer_is_refused() {
    let other: Did = "did:web:other.example".parse().unwrap();
    let page = Page {
        text: DidDocument::for_issuer(&other, &keys()).to_json(),
        asked: Arc::default(),
    };
    let resolver = DidResolver::new(Resolver::new(page), AirMethod::new());
    assert!(resolver.resolve(DID::new(WEB).unwrap()).await.is_err());
}

#[tokio::test]
async fn a_did_key_needs_no_request() {
    let key = SigningKey::generate(&mut rand::rng());
    let did = DidKey::new(key.verifying_key()).did().to_string();
    let resolver = DidResolver::new(Resolver::new(NoDocuments), AirMethod::new());
    let resolved = resolver.resolve(DID::new(&did).unwrap()).await.unwrap();
    assert_eq!(resolved.document.document().id.as_str(), did);
    assert!(matches!(
        resolver.resolve(DID::new("did:ion:abc").unwrap()).await,
        Err(Unresolved::MethodNotSupported(method)) if method == "ion"
    ));
}

#[tokio::test]
async fn did_air_is_a_method_of_the_library() {
    let air = air();
    let method = AirMethod::new().with(&air, &keys()).unwrap();
    let resolver = DidResolver::new(Resolver::new(NoDocuments), method.clone());
    let did = DID::new(&air).unwrap();
    for resolved in [
        method.resolve(did).await.unwrap(),
        resolver.resolve(did).await.unwrap(),
    ] {
        assert_eq!(resolved.document.document().id.as_str(), air);
        assert_eq!(resolved.document.document().verification_method.len(), 1);
    }
    let unknown = AirDid::new(AirNetwork::test(), AirType::TEST, [8; 27]).to_string();
    assert!(matches!(
        resolver.resolve(DID::new(&unknown).unwrap()).await,
        Err(Unresolved::NotFound)
    ));
    let mistyped = air.replace("did:air:id:test:", "did:air:id:test:2");
    assert!(matches!(
        resolver.resolve(DID::new(&mistyped).unwrap()).await,
        Err(Unresolved::InvalidMethodSpecificId(_))
    ));
    assert!(AirMethod::new().with(&mistyped, &keys()).is_err());
    assert!(AirMethod::new().with(WEB, &keys()).is_err());
}

const ION: &str = "did:ion:EiClkZMDxPKqC9c-umQfTkR8vvZ9JPhl_xLDI9Nfk38w5w";

/// An answer of a node, as the Sidetree REST API has it.
fn ion_answer(jwk: &Value) -> Value {
    json!({
        "@context": "https://w3id.org/did-resolution/v1",
        "didDocument": {
            "id": ION,
            "@context": ["https://www.w3.org/ns/did/v1", { "@base": ION }],
            "verificationMethod": [{
                "id": "#key-1",
                "controller": ION,
                "type": "JsonWebSignature2020",
                "publicKeyJwk": jwk,
            }],
            "assertionMethod": ["#key-1"],
        },
        "didDocumentMetadata": { "method": { "published": true }, "canonicalId": ION },
    })
}

fn ion_node(answer: &Value, asked: &Arc<Mutex<Vec<(String, usize)>>>) -> IonNode<Page> {
    let page = Page {
        text: answer.to_string(),
        asked: Arc::clone(asked),
    };
    IonNode::new("https://ion.example/api/1.0/", page).unwrap()
}

#[tokio::test]
async fn an_ion_node_is_asked_with_our_loader_and_its_limits() {
    let keys = keys();
    let jwk = serde_json::to_value(keys.iter().next().unwrap()).unwrap();
    let (answer, asked) = (ion_answer(&jwk), Arc::<Mutex<Vec<_>>>::default());
    let did: Did = ION.parse().unwrap();
    let resolved = ion_node(&answer, &asked).resolve(&did).await.unwrap();
    assert_eq!(resolved.id(), &did);
    assert!(resolved.assertion_keys().find("key-1").is_some());
    let requests = asked.lock().unwrap().clone();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        requests[0].0,
        format!("https://ion.example/api/1.0/identifiers/{ION}")
    );
    assert!(requests[0].1 <= 256 * 1024);

    let bare = ion_node(&answer["didDocument"], &asked).resolve(&did).await;
    assert_eq!(bare.unwrap(), resolved);

    let page = Page {
        text: String::new(),
        asked: Arc::clone(&asked),
    };
    let resolver =
        DidResolver::new(Resolver::new(page), AirMethod::new()).with_ion(ion_node(&answer, &asked));
    let resolved = resolver.resolve(DID::new(ION).unwrap()).await.unwrap();
    assert_eq!(resolved.document.document().id.as_str(), ION);
}

#[tokio::test]
async fn an_answer_about_another_or_a_deactivated_did_is_refused() {
    let keys = keys();
    let answer = ion_answer(&serde_json::to_value(keys.iter().next().unwrap()).unwrap());
    let asked = Arc::default();
    let did: Did = ION.parse().unwrap();
    let mut other = answer.clone();
    other["didDocument"]["id"] = json!("did:ion:other");
    let mut deactivated = answer.clone();
    deactivated["didDocumentMetadata"]["deactivated"] = json!(true);
    for (answer, expected) in [(other, "not the requested DID"), (deactivated, "deactivated")] {
        let refused = ion_node(&answer, &asked).resolve(&did).await.unwrap_err();
        assert!(refused.to_string().contains(expected), "{refused}");
    }
    let web: Did = WEB.parse().unwrap();
    assert!(matches!(
        ion_node(&answer, &asked).resolve(&web).await,
        Err(Error::Credential(air_vc::Error::UnresolvableDid { .. }))
    ));
    for endpoint in [
        "http://ion.example/",
        "https://user@ion.example/",
        "https://ion.example/?key=1",
        "https://ion.example/#a",
        "ion.example",
    ] {
        assert!(matches!(
            IonNode::new(endpoint, NoDocuments),
            Err(Error::InvalidNode)
        ));
    }
}

#[test]
fn accounts_are_documents_whose_keys_are_skipped() {
    for did in [
        "did:pkh:eip155:1:0xb9c5714089478a327f09197987f16f9e5d936e8a",
        "did:ethr:0xb9c5714089478a327f09197987f16f9e5d936e8a",
    ] {
        let parsed: Did = did.parse().unwrap();
        let document = account_document(&parsed).unwrap();
        assert_eq!(document.id(), &parsed);
        assert!(document.methods().is_empty(), "{did}");
        assert!(!document.skipped().is_empty(), "{did}");
    }
    for bad in ["did:pkh:abc", "did:ethr:0x12", "did:ethr:abc:0x12"] {
        assert!(account_document(&bad.parse().unwrap()).is_err(), "{bad}");
    }
    assert!(account_document(&WEB.parse().unwrap()).is_err());
}
