//! Checks of an issuer's service: its DID document, the keys in its metadata, and its first status list.

use air_ids::UnixTime;
use air_jwt::JwkSet;
use air_vc::{
    did::{Did, DidDocument, DidWeb, IssuerMetadata, IssuerUrl, MetadataKeys},
    status::{StatusListVerifier, VerifiedStatusList},
};
use serde_json::Value;

use super::Service;
use crate::{count::counted, finding::Finding, time};

/// The maximum size of a document in bytes.
const LIMIT: usize = 260 * 1024;
/// The maximum size of a status list in bytes. The largest one has less than 4 MiB.
const LIST_LIMIT: usize = 4 * 1024 * 1024;
/// The remaining validity of a list in seconds from which the check warns: a service signs it again
/// before.
const SOON: u64 = 3600;

/// Checks an issuer's service. A platform has no DID document of its own.
pub(super) async fn examine(service: &Service<'_>, now: UnixTime) -> Vec<Finding> {
    let response = match service.get("/.well-known/did.json", LIMIT).await {
        Ok(response) => response,
        Err(error) => return vec![invalid_document(&error.to_string())],
    };
    if response.status == 404 {
        return vec![Finding::skipped(
            "did",
            "no did.json, which only an issuer's service has",
        )];
    }
    let (did, document) = match document(response.status, &response.bytes) {
        Ok(found) => found,
        Err(reason) => return vec![invalid_document(&reason)],
    };
    let keys = document.assertion_keys();
    let base = DidWeb::from_url(service.url).ok();
    vec![
        published(&did, base.as_ref(), &document),
        fetched_metadata(service, &did, &keys).await,
        fetched_list(service, &did, &keys, now).await,
    ]
}

/// Reads the document of the DID that it names.
fn document(status: u16, bytes: &[u8]) -> Result<(DidWeb, DidDocument), String> {
    if status != 200 {
        return Err(format!("it answered {status}, not 200"));
    }
    let json: Value = serde_json::from_slice(bytes).map_err(|_| "it is not JSON".to_owned())?;
    let id = json["id"].as_str().ok_or("it has no `id`")?;
    let did: Did = id.parse().map_err(|_| "its `id` is not a DID")?;
    let web: DidWeb = id.parse().map_err(|_| "its `id` is not a did:web")?;
    let document = DidDocument::from_slice(bytes, &did).map_err(|error| error.to_string())?;
    Ok((web, document))
}

fn invalid_document(reason: &str) -> Finding {
    Finding::failed(
        "did",
        "did-invalid",
        format!("/.well-known/did.json: {reason}"),
        "forward `/.well-known/` to the service, and clear the proxy's cache",
    )
}

/// Checks that the document is that of this URL, and has a key.
fn published(did: &DidWeb, base: Option<&DidWeb>, document: &DidDocument) -> Finding {
    let keys = document.methods().iter();
    let count = keys.filter(|key| key.makes_assertions()).count();
    if count == 0 {
        return invalid_document("it has no key that signs credentials");
    }
    if base.is_none_or(|base| base.did() != did.did()) {
        return Finding::warning(
            "did",
            "did-elsewhere",
            format!("the document is that of {did}, which verifiers do not fetch from this URL"),
            "name the public URL with --service; if it is this one, set `origin` of the service to it",
        );
    }
    let keys = counted(count as u64, "key", "keys");
    Finding::good("did", format!("{did} has {keys} for credentials"))
}

/// The URL of the issuer: that of the DID's host and path.
fn issuer_url(did: &DidWeb) -> String {
    let url = did.development_url();
    let place = url.as_str().trim_end_matches("/did.json");
    place.trim_end_matches("/.well-known").to_owned()
}

async fn fetched_metadata(service: &Service<'_>, did: &DidWeb, keys: &JwkSet) -> Finding {
    match service.get("/.well-known/jwt-vc-issuer", LIMIT).await {
        Ok(response) => metadata(did, keys, response.status, &response.bytes),
        Err(error) => invalid_metadata(&error.to_string()),
    }
}

/// Compares the keys of the metadata with those of the document.
fn metadata(did: &DidWeb, keys: &JwkSet, status: u16, bytes: &[u8]) -> Finding {
    match status {
        200 => {}
        404 => {
            return Finding::skipped(
                "jwks",
                "no metadata, which only credentials with a URL as `iss` need",
            );
        }
        status => return invalid_metadata(&format!("it answered {status}, not 200")),
    }
    let issuer: Result<IssuerUrl, _> = issuer_url(did).parse();
    let metadata = issuer.and_then(|issuer| IssuerMetadata::from_slice(bytes, &issuer));
    match metadata.map(IssuerMetadata::into_keys) {
        Ok(MetadataKeys::Inline(set)) if has_same_keys(&set, keys) => {
            Finding::good("jwks", "the metadata has the keys of the DID document")
        }
        Ok(MetadataKeys::Inline(_)) => Finding::failed(
            "jwks",
            "jwks-differs",
            "the keys of /.well-known/jwt-vc-issuer are not those of /.well-known/did.json",
            "start all instances with the same keys, and clear the proxy's cache",
        ),
        Ok(MetadataKeys::At(_)) => Finding::skipped("jwks", "the metadata names another place for the keys"),
        Err(error) => invalid_metadata(&error.to_string()),
    }
}

fn has_same_keys(one: &JwkSet, other: &JwkSet) -> bool {
    let has_all = |set: &JwkSet, of: &JwkSet| {
        of.iter().all(|key| {
            set.iter()
                .any(|known| known.verifying_key() == key.verifying_key())
        })
    };
    has_all(one, other) && has_all(other, one)
}

fn invalid_metadata(reason: &str) -> Finding {
    Finding::failed(
        "jwks",
        "jwks-invalid",
        format!("/.well-known/jwt-vc-issuer: {reason}"),
        "forward `/.well-known/` to the service, and clear the proxy's cache",
    )
}

async fn fetched_list(service: &Service<'_>, did: &DidWeb, keys: &JwkSet, now: UnixTime) -> Finding {
    let response = match service.get("/statuslist/0", LIST_LIMIT).await {
        Ok(response) => response,
        Err(error) => return invalid_list(&error.to_string()),
    };
    match response.status {
        200 => {}
        404 => return Finding::skipped("status-list", "the service has no status lists"),
        status => return invalid_list(&format!("it answered {status}, not 200")),
    }
    let token = String::from_utf8_lossy(&response.bytes);
    let uri = format!("{}/statuslist/0", issuer_url(did));
    let verified = StatusListVerifier::new(did.did().as_str(), keys, uri).verify(token.trim(), now);
    match verified {
        Ok(list) => age(&list, now),
        Err(error) => invalid_list(&error.to_string()),
    }
}

fn age(list: &VerifiedStatusList, now: UnixTime) -> Finding {
    let signed = now.saturating_duration_since(list.issued_at()).as_secs();
    let age = format!("list 0 was signed {} ago", time::span(signed));
    let Some(end) = list.expires_at() else {
        return Finding::good("status-list", format!("{age}, and does not expire"));
    };
    let left = end.saturating_duration_since(now).as_secs();
    let age = format!("{age}, and is valid for {}", time::span(left));
    if left > SOON {
        return Finding::good("status-list", age);
    }
    Finding::warning(
        "status-list",
        "status-list-old",
        age,
        "check that the key of status lists signs, and that the proxy does not cache lists for long",
    )
}

fn invalid_list(reason: &str) -> Finding {
    Finding::failed(
        "status-list",
        "status-list-invalid",
        format!("/statuslist/0: {reason}"),
        "forward `/statuslist/` to the service, clear the proxy's cache, and check the key of status lists",
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use air_jwt::SigningKey;
    use air_vc::status::{StatusBits, StatusList, StatusListOptions, StatusListToken};

    use super::*;

    const DID: &str = "did:web:issuer.example";
    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    fn keys() -> JwkSet {
        JwkSet::from(SigningKey::generate(&mut rand::rng()).public_jwk())
    }

    fn did() -> DidWeb {
        DID.parse().unwrap()
    }

    #[test]
    fn the_document_is_that_of_the_url() {
        let json = DidDocument::for_issuer(did().did(), &keys()).to_json();
        let (found, read) = document(200, json.as_bytes()).unwrap();
        assert_eq!(published(&found, Some(&did()), &read).code(), None);
        let other: DidWeb = "did:web:other.example".parse().unwrap();
        for base in [None, Some(&other)] {
            let finding = published(&found, base, &read);
            assert_eq!(finding.code(), Some("did-elsewhere"));
        }
        let (found, empty) = document(200, format!(r#"{{"id":"{DID}"}}"#).as_bytes()).unwrap();
        let finding = published(&found, Some(&did()), &empty);
        assert_eq!(finding.code(), Some("did-invalid"));
        for (status, json) in [
            (500, json.as_str()),
            (200, "<html>"),
            (200, "{}"),
            (200, r#"{"id":"x"}"#),
        ] {
            assert!(document(status, json.as_bytes()).is_err(), "{status} {json}");
        }
    }

    #[test]
    fn the_metadata_has_the_keys_of_the_document() {
        let (set, others) = (keys(), keys());
        let issuer: IssuerUrl = "https://issuer.example".parse().unwrap();
        let json = |set: &JwkSet| IssuerMetadata::with_keys(issuer.clone(), set.clone()).to_json();
        let code = |status, json: &str| metadata(&did(), &set, status, json.as_bytes()).code();
        assert_eq!(code(200, &json(&set)), None);
        assert_eq!(code(404, ""), None);
        assert_eq!(code(200, &json(&others)), Some("jwks-differs"));
        assert_eq!(code(200, "{}"), Some("jwks-invalid"));
        assert_eq!(code(502, ""), Some("jwks-invalid"));
    }

    #[test]
    fn a_list_that_ends_within_an_hour_is_a_warning() {
        let key = SigningKey::generate(&mut rand::rng());
        let keys = JwkSet::from(key.public_jwk());
        let uri = format!("{}/statuslist/0", issuer_url(&did()));
        assert_eq!(uri, "https://issuer.example/statuslist/0");
        for (left, expected) in [(SOON + 1, None), (SOON, Some("status-list-old"))] {
            let expires_at = NOW.saturating_add(Duration::from_secs(left));
            let options = StatusListOptions {
                issued_at: NOW,
                expires_at: Some(expires_at),
                ..StatusListOptions::default()
            };
            let list = StatusList::new(StatusBits::One, 1024).unwrap();
            let token = StatusListToken::sign(&key, &uri, &list, &options);
            let verifier = StatusListVerifier::new(DID, &keys, uri.clone());
            let verified = verifier.verify(token.as_str(), NOW).unwrap();
            assert_eq!(age(&verified, NOW).code(), expected, "{left}");
        }
    }
}
