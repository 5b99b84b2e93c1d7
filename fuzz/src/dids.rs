//! DIDs, their documents and issuers' metadata: what parses prints back, and nothing panics.

use air_vc::did::{
    AirDid, Did, DidDocument, DidJwk, DidKey, DidUrl, DidWeb, IssuerMetadata, IssuerUrl, MetadataKeys,
};

const ISSUER: &str = "did:web:issuer.example";
const ISSUER_URL: &str = "https://issuer.example/eu";

/// A DID, a DID URL or an issuer's URL; or a document or metadata, as JSON.
pub fn did(data: &[u8]) {
    let did: Did = ISSUER.parse().expect("a DID");
    if let Ok(document) = DidDocument::from_slice(data, &did) {
        let _ = (document.assertion_keys(), document.authentication_keys());
        let again =
            DidDocument::from_slice(document.to_json().as_bytes(), &did).expect("what is written reads back");
        assert_eq!(again.methods(), document.methods());
    }
    let issuer: IssuerUrl = ISSUER_URL.parse().expect("an issuer");
    if let Ok(metadata) = IssuerMetadata::from_slice(data, &issuer) {
        let again = IssuerMetadata::from_slice(metadata.to_json().as_bytes(), &issuer);
        assert!(same_keys(
            again.expect("what is written reads back").keys(),
            metadata.keys()
        ));
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(did) = text.parse::<Did>() {
        assert_eq!(did.as_str(), text);
    }
    if let Ok(url) = text.parse::<DidUrl>() {
        assert_eq!(url.to_string(), text);
    }
    if let Ok(did) = text.parse::<AirDid>() {
        assert_eq!(did.to_string(), text);
    }
    if let Ok(web) = text.parse::<DidWeb>() {
        assert_eq!(web.to_string(), text);
        let _ = (web.document_url(), web.development_url());
    }
    if let Ok(key) = text.parse::<DidKey>() {
        assert_eq!(key.to_string(), text);
        assert_eq!(&DidKey::new(key.verifying_key()), &key);
        assert_eq!(key.document().methods().len(), 1);
    }
    if let Ok(jwk) = text.parse::<DidJwk>() {
        assert_eq!(jwk.to_string(), text);
        assert_eq!(jwk.document().methods().len(), 1);
    }
    if let Ok(url) = text.parse::<IssuerUrl>() {
        let _ = url.metadata_url();
    }
}

/// Keys that were skipped are not written.
fn same_keys(left: &MetadataKeys, right: &MetadataKeys) -> bool {
    match (left, right) {
        (MetadataKeys::Inline(left), MetadataKeys::Inline(right)) => left.into_iter().eq(right),
        (left, right) => left == right,
    }
}
