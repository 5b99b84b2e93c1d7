//! Selects the issuer's key that a token or a proof names.

use air_jwt::{Jwk, JwkSet, jws::Unverified};
use serde_json::Value;

use crate::{
    Error,
    did::{Did, DidDocument, DidJwk, DidKey, is_base_of},
};

/// Verifies a token's signature with the key of `issuer` that its header names.
pub(crate) fn verify_signature(token: &Unverified<'_>, issuer: &str, keys: &JwkSet) -> Result<(), Error> {
    issuer_key(token, issuer, keys)
        .and_then(|key| token.verify_signature(key))
        .map_err(Error::Signature)
}

/// The key that the header's `kid` names. SD-JWT VC does not require a `kid`: without one, the key
/// is the issuer's only key. That key may have several names, as a key of a DID document does.
pub(crate) fn issuer_key<'k>(
    token: &Unverified<'_>,
    issuer: &str,
    keys: &'k JwkSet,
) -> Result<&'k Jwk, air_jwt::Error> {
    let found = match token.header().get("kid") {
        Some(Value::String(kid)) => named(kid, issuer, keys),
        Some(_) => None,
        None => only_key(keys),
    };
    found.map_or_else(|| token.key_in(keys), Ok)
}

/// The key with this name: its ID in the set; its DID URL in the issuer's document, absolute
/// (`did:web:h#key-1`) or relative to the issuer (`#key-1`; DID Core, 3.2.2); the DID URL of the
/// `did:web` at an https issuer's URL; or its SHA-256 thumbprint (RFC 7638).
pub(crate) fn named<'k>(name: &str, issuer: &str, keys: &'k JwkSet) -> Option<&'k Jwk> {
    keys.find(name)
        .or_else(|| in_document(name, issuer, keys))
        .or_else(|| in_document_at(issuer, name, keys))
        .or_else(|| keys.iter().find(|key| key.thumbprint().as_str() == name))
}

/// The only key of a set; it may have several names.
pub(crate) fn only_key(keys: &JwkSet) -> Option<&Jwk> {
    let (only, others) = keys.iter().as_slice().split_first()?;
    others
        .iter()
        .all(|other| other.verifying_key() == only.verifying_key())
        .then_some(only)
}

fn in_document<'k>(name: &str, issuer: &str, keys: &'k JwkSet) -> Option<&'k Jwk> {
    let absolute = name.strip_prefix(issuer).filter(|_| !issuer.is_empty());
    let relative = issuer.starts_with("did:").then_some(name);
    let fragment = absolute.or(relative)?.strip_prefix('#')?;
    let url = format!("{issuer}#{fragment}");
    keys.find(&url)
        .or_else(|| keys.find(fragment))
        .or_else(|| in_own_document(&url, issuer, keys))
}

/// An issuer with the URL `https://h` may name its key by the DID whose document is there:
/// `did:web:h#key-1`. Its metadata has the same key as `key-1`.
fn in_document_at<'k>(issuer: &str, name: &str, keys: &'k JwkSet) -> Option<&'k Jwk> {
    let (did, fragment) = name.split_once('#')?;
    is_base_of(issuer, did).then(|| keys.find(fragment)).flatten()
}

/// A `did:jwk` or `did:key` contains its key, so the set may give that key any other name.
fn in_own_document<'k>(url: &str, issuer: &str, keys: &'k JwkSet) -> Option<&'k Jwk> {
    let document = own_document(issuer)?;
    let mut methods = document.methods().iter();
    let method = methods.find(|method| method.id().to_string() == url)?;
    keys.iter()
        .find(|key| key.verifying_key() == method.jwk().verifying_key())
}

fn own_document(issuer: &str) -> Option<DidDocument> {
    let did: Did = issuer.parse().ok()?;
    match did.method() {
        "jwk" => Some(DidJwk::try_from(did).ok()?.document()),
        "key" => Some(DidKey::try_from(did).ok()?.document()),
        _ => None,
    }
}
