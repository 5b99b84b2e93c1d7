//! The document around the operations.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::Tag;

const ABOUT: &str = "The AIR platform on one machine. What is below `/v1` is the hosted platform's documented API; what is below \
`/sandbox/v1` is the local platform's own, and exists nowhere else.\n\nEvery call that changes something takes an `Idempotency-Key` and then \
counts once for 24 hours. Every answer has an `x-request-id`. A header `x-air-fault` of the operator's, or a rule of \
`PUT /sandbox/v1/faults`, makes any call fail on demand, with any status from 400 to 599.";

impl Tag {
    const ALL: &[Self] = &[
        Self::Credentials,
        Self::Catalogue,
        Self::Callbacks,
        Self::SetUp,
        Self::Users,
        Self::Verification,
        Self::DocumentLoader,
        Self::Ledger,
        Self::Packages,
        Self::Events,
        Self::Faults,
        Self::Operation,
        Self::Probes,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Credentials => "Credentials",
            Self::Catalogue => "Catalogue",
            Self::Callbacks => "Callbacks",
            Self::SetUp => "Set-up",
            Self::Users => "Users",
            Self::Verification => "Verification",
            Self::DocumentLoader => "dStorage",
            Self::Ledger => "Ledger",
            Self::Packages => "Packages",
            Self::Events => "Events",
            Self::Faults => "Faults",
            Self::Operation => "Operation",
            Self::Probes => "Probes",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Credentials => "Issuing, status and revocation.",
            Self::Catalogue => "Published schemas, programs and issuers.",
            Self::Callbacks => "Notifications to an issuer about each release of a key.",
            Self::SetUp => "Accounts, schemas and programs, which the hosted platform has a dashboard for.",
            Self::Users => "Users who are present when a credential is issued or verified.",
            Self::Verification => "Verification programs, run with the user's consent.",
            Self::DocumentLoader => "Sealed documents beside a credential.",
            Self::Ledger => "The Merkle ledger: blocks and proofs.",
            Self::Packages => "Semi-decrypted documents, by signed URLs that end.",
            Self::Events => "Events, requests and responses.",
            Self::Faults => "Failures on demand.",
            Self::Operation => "The platform's time, snapshots and metrics.",
            Self::Probes => "The health of the process and its store.",
        }
    }
}

pub(super) fn document(paths: &Map<String, Value>, schemas: &Map<String, Value>) -> Value {
    let tags: Vec<Value> = Tag::ALL
        .iter()
        .map(|tag| json!({ "name": tag.name(), "description": tag.description() }))
        .collect();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "AIR, the local platform",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "This platform." }],
        "tags": tags,
        "security": [],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses(),
            "headers": {
                "RequestId": {
                    "description": "The request's name in the log.",
                    "schema": { "type": "string", "format": "uuid" },
                },
                "EntityTag": {
                    "description": "A version of the answer, for `If-None-Match`.",
                    "schema": { "type": "string" },
                },
                "Replayed": {
                    "description": "Present where the answer was given before, under the same Idempotency-Key.",
                    "schema": { "const": "true" },
                },
            },
            "securitySchemes": {
                "PartnerJwt": {
                    "type": "apiKey",
                    "in": "header",
                    "name": air_api::PARTNER_AUTH_HEADER,
                    "description": "A JWT that the partner signed with a key of its JWK set: `air token sign --scope issue`, or \
                        `--scope \"issue on-behalf\"` with the recipient's address.",
                },
                "VerifierJwt": {
                    "type": "apiKey",
                    "in": "header",
                    "name": air_api::PARTNER_AUTH_HEADER,
                    "description": "The same of scope `verify`.",
                },
                "PartnerId": {
                    "type": "apiKey",
                    "in": "header",
                    "name": air_api::PARTNER_ID_HEADER,
                    "description": "The partner's id, beside a Partner JWT in the body, which proves it.",
                },
                "UserSession": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The `sessionToken` of `POST /sandbox/v1/sessions`.",
                },
                "AdminToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The operator token, printed when the platform starts. A client of this machine needs it only where the platform requires it.",
                },
            },
        },
    })
}

/// Returns the platform's error body for each status.
fn responses() -> Map<String, Value> {
    let meanings = [
        (400, "A field is missing or invalid; the message names it."),
        (
            401,
            "The Partner JWT or the user's session is missing, unknown or over.",
        ),
        (
            403,
            "The feature is off, the object is another partner's, or the call is not for this caller.",
        ),
        (404, "No such object."),
        (
            409,
            "The state of the object does not permit the call, or the user refused consent or decided before.",
        ),
        (410, "It was here, for a time."),
        (413, "The body is longer than this call takes."),
        (415, "The body's Content-Type is not JSON."),
        (422, "The Idempotency-Key was used for another call."),
        (
            429,
            "Slow down. The local platform answers this only where a fault asks for it.",
        ),
        (500, "The platform failed; its log says why."),
        (
            503,
            "The platform's disk is full, or it is too busy; send the call again later.",
        ),
        (507, "The partner's quota of stored bytes is used up."),
    ];
    meanings
        .into_iter()
        .map(|(status, meaning)| {
            let reason = StatusCode::from_u16(status)
                .ok()
                .and_then(|status| status.canonical_reason());
            let response = json!({
                "description": meaning,
                "headers": { "x-request-id": { "$ref": "#/components/headers/RequestId" } },
                "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/ErrorBody" },
                    "example": { "error": status, "message": reason.unwrap_or_default() },
                } },
            });
            (status.to_string(), response)
        })
        .collect()
}
