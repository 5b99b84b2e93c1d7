//! The JSON Schema of a whole credential, as the platform publishes it.

use serde_json::{Value, json};

use super::{
    object,
    subject::{properties, required},
};
use crate::{CredentialSchema, DocumentUris, Draft};

impl CredentialSchema {
    /// The JSON Schema of the whole credential (W3C VC data model 1.1), with the URIs, the version
    /// and the type under `$metadata`. The platform publishes it, and iden3's wallets read it.
    #[must_use]
    pub fn to_document(&self, uris: &DocumentUris, draft: Draft) -> Value {
        let metadata = json!({
            "uris": {
                "jsonLdContext": uris.json_ld_context(),
                "jsonSchema": uris.json_schema(),
            },
            "version": self.version(),
            "type": self.type_name(),
        });
        object([
            ("$schema", Some(json!(draft.uri()))),
            ("$metadata", Some(metadata)),
            ("title", Some(json!(self.title()))),
            ("description", self.description().map(|text| json!(text))),
            ("type", Some(json!("object"))),
            ("required", Some(json!(REQUIRED))),
            ("properties", Some(envelope(&subject(self)))),
        ])
    }
}

/// The required members of a credential.
const REQUIRED: &[&str] = &[
    "@context",
    "id",
    "type",
    "issuer",
    "issuanceDate",
    "credentialSchema",
    "credentialSubject",
];

/// The members of a credential around its subject.
fn envelope(subject: &Value) -> Value {
    let text = json!({ "type": "string" });
    let uri = json!({ "type": "string", "format": "uri" });
    let date_time = json!({ "type": "string", "format": "date-time" });
    json!({
        "@context": { "type": ["string", "array", "object"] },
        "id": text,
        "type": { "type": ["string", "array"], "items": text },
        "issuer": {
            "type": ["string", "object"],
            "format": "uri",
            "properties": { "id": uri },
            "required": ["id"],
        },
        "issuanceDate": date_time,
        "expirationDate": date_time,
        "credentialSchema": {
            "type": "object",
            "properties": { "id": uri, "type": text },
            "required": ["id", "type"],
        },
        "credentialStatus": { "type": "object" },
        "credentialSubject": subject,
    })
}

fn subject(schema: &CredentialSchema) -> Value {
    let holder = json!({
        "title": "Credential subject ID",
        "description": "The DID of the holder.",
        "type": "string",
        "format": "uri",
    });
    let mut members = properties(schema);
    members.shift_insert(0, "id".to_owned(), holder);
    json!({
        "title": "Credential subject",
        "type": "object",
        "properties": members,
        "required": required(schema),
        "additionalProperties": false,
    })
}
