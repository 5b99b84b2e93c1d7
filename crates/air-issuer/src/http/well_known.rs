//! The documents below `/.well-known`: the DID document, the issuer's metadata, and the partner.

use std::sync::Arc;

use air_vc::did::DidDocument;
use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::state::State as Service;

/// The media type of a DID document as JSON-LD.
const DID_DOCUMENT: &str = "application/did+ld+json";

type Typed = ([(HeaderName, &'static str); 1], String);

pub(super) async fn did_document(State(service): State<Arc<Service>>) -> Result<Typed, Refusal> {
    let config = &service.config;
    let document = DidDocument::for_issuer(config.did.did(), &service.keys.published);
    let mut document =
        serde_json::to_value(&document).map_err(|error| Refusal::internal("internal", &error))?;
    if let Some(members) = document.as_object_mut() {
        // Its keys sign credentials; nobody logs in with them.
        members.remove("authentication");
        members.insert(
            "service".to_owned(),
            json!([{
                "id": "#air-partner-info",
                "type": "AirPartnerInfoService",
                "serviceEndpoint": config.origin.at("/.well-known/air-partner-info"),
            }]),
        );
        if let Some(other) = config.also_known_as() {
            members.insert("alsoKnownAs".to_owned(), json!([other]));
        }
    }
    Ok(([(header::CONTENT_TYPE, DID_DOCUMENT)], document.to_string()))
}

pub(super) async fn issuer_metadata(State(service): State<Arc<Service>>) -> Json<Value> {
    let issuer = service.config.origin.as_str();
    Json(json!({ "issuer": issuer, "jwks": service.keys.published }))
}

pub(super) async fn partner_info(State(service): State<Arc<Service>>) -> Json<Value> {
    Json(json!({ "partnerId": service.config.air.partner }))
}
