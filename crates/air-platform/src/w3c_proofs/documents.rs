//! The documents that W3C credentials refer to: JSON-LD contexts of schemas, and DID documents of issuers.

use std::collections::BTreeMap;

use air_jwt::JwkSet;
use air_schema::{CredentialSchema, DocumentUris};
use air_store::{
    partners::{self, Partner},
    proof_keys,
};
use air_vc::did::{Did, DidDocument, DidKey};
use serde_json::{Map, Value, json};

use super::keys;
use crate::{App, Refusal, stored::find_schema};

/// `GET /sandbox/v1/schemas/{schema}/context.jsonld`: the JSON-LD context of a schema.
pub async fn context(app: &App, schema_id: &str) -> Result<Value, Refusal> {
    let schema = find_schema(&mut *app.store.read().await?, schema_id).await?;
    let (_, document) = context_of(app, schema_id, &schema)?;
    Ok(document)
}

/// Returns the URL of a schema's context, and the document there.
pub(super) fn context_of(
    app: &App,
    schema_id: &str,
    schema: &CredentialSchema,
) -> Result<(String, Value), Refusal> {
    let json_schema = format!("{}/sandbox/v1/schemas/{schema_id}", app.public_url);
    let url = format!("{json_schema}/context.jsonld");
    let uris = DocumentUris::new(&json_schema, &url).map_err(Refusal::internal)?;
    Ok((url, schema.to_json_ld_context(&uris)))
}

/// `GET /sandbox/v1/issuers/{issuer}/did.json`: the DID document of an issuer, with the key that signs SD-JWT VCs and status lists, and
/// those of its proofs.
pub async fn did_document(app: &App, issuer_did: &str) -> Result<Map<String, Value>, Refusal> {
    let mut read = app.store.read().await?;
    let partner = partners::find_by_issuer(&mut read, issuer_did)
        .await?
        .ok_or_else(|| Refusal::not_found("no such issuer"))?;
    let multikeys = proof_keys::public_of(&mut read, &partner.partner_id).await?;
    drop(read);
    let did: Did = issuer_did.parse().map_err(Refusal::internal)?;
    let set = JwkSet::from(app.cache.issuer_key(&partner)?.public_jwk());
    let json = DidDocument::for_issuer(&did, &set).to_json();
    let mut document: Map<String, Value> = serde_json::from_str(&json).map_err(Refusal::internal)?;
    for key in multikeys {
        let method = keys::method(issuer_did, key.suite);
        add(&mut document, "assertionMethod", json!(method));
        let method = json!({
            "id": method,
            "type": "Multikey",
            "controller": issuer_did,
            "publicKeyMultibase": key.public_key,
        });
        add(&mut document, "verificationMethod", method);
    }
    Ok(document)
}

fn add(document: &mut Map<String, Value>, name: &str, value: Value) {
    let values = document.entry(name).or_insert_with(|| json!([]));
    if let Some(values) = values.as_array_mut() {
        values.push(value);
    }
}

/// Returns the public keys of an issuer as Multikeys, by the URLs with which its proofs name them.
pub(super) async fn multikeys(app: &App, partner: &Partner) -> Result<BTreeMap<String, String>, Refusal> {
    let issuer = partner.issuer_did.as_str();
    let jwk = app.cache.issuer_key(partner)?.public_jwk();
    let p256 = DidKey::new(jwk.verifying_key());
    let mut keys = BTreeMap::from([(
        keys::p256_method(issuer, jwk.kid().as_str()),
        p256.did().method_specific_id().to_owned(),
    )]);
    let others = proof_keys::public_of(&mut *app.store.read().await?, &partner.partner_id).await?;
    let named = |key: proof_keys::PublicProofKey| (keys::method(issuer, key.suite), key.public_key);
    keys.extend(others.into_iter().map(named));
    Ok(keys)
}
