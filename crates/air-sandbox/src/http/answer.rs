//! The results of handlers.

#[cfg(test)]
mod openapi;

use air_jwt::JwkSet;
use air_vc::status::{BitstringStatusListCredential, StatusListToken};
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    api::{Description, JsonSchema, Output},
    metrics::HttpMetrics,
};
use air_platform::{Refusal, idempotency::IdempotentResponse, predicate_proofs::SchemeDocument};

/// The response of a call: its JSON, or a refusal.
pub(crate) type Answer<T> = Result<Json<T>, Refusal>;

/// The response of a call that changes state.
pub(crate) type Changed<T> = Result<IdempotentResponse<T>, Refusal>;

/// Stored bytes as a response.
pub(crate) struct OctetStream(pub(crate) Vec<u8>);

impl OctetStream {
    const MEDIA_TYPE: &str = "application/octet-stream";
}

impl Output for OctetStream {
    fn describe(description: &mut Description<'_>) {
        description.answers_as(Self::MEDIA_TYPE, json!({}));
    }

    fn respond(self) -> Response {
        ([(header::CONTENT_TYPE, Self::MEDIA_TYPE)], self.0).into_response()
    }
}

/// A stream of server-sent events (HTML, 9.2).
pub(crate) struct EventStream(Response);

impl EventStream {
    pub(crate) fn new(stream: impl IntoResponse) -> Self {
        Self(stream.into_response())
    }
}

impl Output for EventStream {
    fn describe(description: &mut Description<'_>) {
        description.answers_as("text/event-stream", json!({ "type": "string" }));
    }

    fn respond(self) -> Response {
        self.0
    }
}

/// Text in the Prometheus format.
pub(crate) struct MetricsText(pub(crate) String);

impl Output for MetricsText {
    fn describe(description: &mut Description<'_>) {
        description.answers_as("text/plain", json!({ "type": "string" }));
    }

    fn respond(self) -> Response {
        ([(header::CONTENT_TYPE, HttpMetrics::MEDIA_TYPE)], self.0).into_response()
    }
}

/// 201: a record was created.
pub(crate) struct Created<T>(pub(crate) IdempotentResponse<T>);

impl<T: Serialize + JsonSchema> Output for Created<T> {
    const IS_IDEMPOTENT: bool = true;

    fn describe(description: &mut Description<'_>) {
        IdempotentResponse::<T>::describe(description);
        description.is_created();
    }

    fn respond(self) -> Response {
        (StatusCode::CREATED, self.0.respond()).into_response()
    }
}

/// A signed status list.
pub(crate) struct StatusListJwt(pub(crate) StatusListToken);

impl Output for StatusListJwt {
    fn describe(description: &mut Description<'_>) {
        let compact = json!({ "type": "string", "pattern": r"^[\w-]+\.[\w-]+\.[\w-]+$" });
        description.answers_as(StatusListToken::MEDIA_TYPE, compact);
    }

    fn respond(self) -> Response {
        let media_type = [(header::CONTENT_TYPE, StatusListToken::MEDIA_TYPE)];
        (media_type, self.0.into_string()).into_response()
    }
}

/// A signed Bitstring Status List.
pub(crate) struct BitstringJwt(pub(crate) BitstringStatusListCredential);

impl Output for BitstringJwt {
    fn describe(description: &mut Description<'_>) {
        let compact = json!({ "type": "string", "pattern": r"^[\w-]+\.[\w-]+\.[\w-]+$" });
        description.answers_as(BitstringStatusListCredential::MEDIA_TYPE, compact);
    }

    fn respond(self) -> Response {
        let media_type = [(header::CONTENT_TYPE, BitstringStatusListCredential::MEDIA_TYPE)];
        (media_type, self.0.into_string()).into_response()
    }
}

/// A JSON-LD context (JSON-LD 1.1).
pub(crate) struct JsonLdContext(pub(crate) Value);

impl JsonLdContext {
    const MEDIA_TYPE: &str = "application/ld+json";
}

impl Output for JsonLdContext {
    fn describe(description: &mut Description<'_>) {
        let document = json!({ "type": "object", "required": ["@context"] });
        description.answers_as(Self::MEDIA_TYPE, document);
    }

    fn respond(self) -> Response {
        ([(header::CONTENT_TYPE, Self::MEDIA_TYPE)], self.0.to_string()).into_response()
    }
}

/// A DID document (DID Core 1.0).
pub(crate) struct IssuerDocument(pub(crate) Map<String, Value>);

impl IssuerDocument {
    const MEDIA_TYPE: &str = "application/did+json";
}

impl Output for IssuerDocument {
    fn describe(description: &mut Description<'_>) {
        let document =
            json!({ "type": "object", "required": ["id", "verificationMethod", "assertionMethod"] });
        description.answers_as(Self::MEDIA_TYPE, document);
    }

    fn respond(self) -> Response {
        let body = Value::Object(self.0).to_string();
        ([(header::CONTENT_TYPE, Self::MEDIA_TYPE)], body).into_response()
    }
}

/// The scheme of a program with predicate proofs, byte for byte: the ledger has its SHA-256.
pub(crate) struct ProofScheme(pub(crate) SchemeDocument);

impl Output for ProofScheme {
    fn describe(description: &mut Description<'_>) {
        let document = json!({
            "type": "object",
            "required": ["issuer", "publicKey", "schemaId", "epochSeconds", "schema"],
        });
        description.answers_as("application/json", document);
    }

    fn respond(self) -> Response {
        let SchemeDocument {
            text,
            transaction_hash,
        } = self.0;
        let headers = [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            // A scheme never changes.
            (header::CACHE_CONTROL, "public, max-age=86400".to_owned()),
            (
                header::LINK,
                format!("</sandbox/v1/ledger/transactions/{transaction_hash}>; rel=\"related\""),
            ),
        ];
        (headers, text).into_response()
    }
}

/// A JWK set (RFC 7517, section 5).
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct PublicKeys(pub(crate) JwkSet);
