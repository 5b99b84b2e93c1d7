//! The documents below `/.well-known`.

use serde_json::Value;

use super::{Suite, expected::Expected};

impl Suite<'_> {
    pub(super) async fn well_known(&mut self) {
        let seen = self.client.get("/.well-known/did.json").await;
        let expected = Expected::with(
            200,
            "application/did+ld+json",
            "{@context, id, verificationMethod, assertionMethod, service}",
            |seen| is_did_document(&seen.json()),
        );
        self.check("the DID document", &seen, &expected);
        let seen = self.client.get("/.well-known/jwt-vc-issuer").await;
        let expected = Expected::json_with(200, "{\"issuer\":origin,\"jwks\":{\"keys\":[..]}}", |body| {
            let keys = body["jwks"]["keys"].as_array();
            body["issuer"].is_string()
                && keys.is_some_and(|keys| !keys.is_empty() && keys.iter().all(is_public))
        });
        self.check("the issuer's metadata", &seen, &expected);
        let seen = self.client.get("/.well-known/air-partner-info").await;
        let expected = Expected::json_with(200, "{\"partnerId\":text}", |body| body["partnerId"].is_string());
        self.check("the partner's id", &seen, &expected);
    }
}

fn is_did_document(document: &Value) -> bool {
    let Some(did) = document["id"].as_str() else {
        return false;
    };
    let Some(methods) = document["verificationMethod"].as_array() else {
        return false;
    };
    let all_methods = methods.iter().all(|method| {
        let id = method["id"].as_str().unwrap_or_default();
        id.starts_with(&format!("{did}#"))
            && method["type"] == "JsonWebKey2020"
            && method["controller"] == did
            && is_public(&method["publicKeyJwk"])
    });
    let asserts = document["assertionMethod"].as_array().is_some_and(|ids| {
        !ids.is_empty()
            && ids
                .iter()
                .all(|id| methods.iter().any(|method| method["id"] == *id))
    });
    let has_partner = document["service"].as_array().is_some_and(|services| {
        services
            .iter()
            .any(|service| service["type"] == "AirPartnerInfoService")
    });
    document["@context"].is_array() && did.starts_with("did:web:") && all_methods && asserts && has_partner
}

/// Whether a JWK has no private member.
fn is_public(jwk: &Value) -> bool {
    jwk["kty"].is_string() && jwk.get("d").is_none()
}
