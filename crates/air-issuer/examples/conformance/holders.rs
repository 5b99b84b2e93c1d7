//! AIR's calls for a holder: previews and issuance.

use std::sync::Arc;

use air_crypto::holder::{HolderEnvelope, HolderPrivateKey};
use air_jwt::SigningKey;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{Holder, Suite, expected::Expected};

const PREVIEW: &str = "/available-vc";
const ISSUE: &str = "/issue-vc";
const NO_HOLDER: &str = "it needs a holder, a user and a schema";
/// A schema that no service has.
const UNKNOWN: &str = "no-such-schema";
/// The members of a preview's `credentialSubject`.
const SEALED: [&str; 4] = ["encryptedData", "iv", "authTag", "dataEncPublicKey"];

impl Suite<'_> {
    pub(super) async fn previews(&mut self) {
        let seen = self.client.post(PREVIEW, &json!({})).await;
        self.check("a preview without members", &seen, &Expected::rules());
        // The envelope of a preview goes to nobody else, so the suite has a key of its own.
        let key = Arc::new(HolderPrivateKey::generate(&mut rand::rng()));
        let request = |user: &str, schema: Value| {
            json!({
                "holderDID": "did:air:id:test:nobody",
                "pubKey": key.public_key().to_string(),
                "userId": user,
                "schemaId": schema,
                "unknown": {},
            })
        };
        let nothing = Expected::json(201, json!({ "data": [] }));
        let seen = self
            .client
            .post(PREVIEW, &request("nobody", json!(UNKNOWN)))
            .await;
        self.check(
            "a preview of an unknown schema, with an unknown member",
            &seen,
            &nothing,
        );
        let seen = self.client.post(PREVIEW, &request("nobody", json!(12))).await;
        self.check("a preview with a number as the schema", &seen, &nothing);
        let mut other = request("nobody", json!(UNKNOWN));
        other["proofType"] = json!("no-such-type");
        let seen = self.client.post(PREVIEW, &other).await;
        self.check("a preview of an unknown proof type", &seen, &Expected::rules());

        let Some(holder) = self.target.holder.clone() else {
            self.skip("a preview for the holder", NO_HOLDER);
            return;
        };
        let mut request = request(&holder.user_id, json!(holder.schema_id));
        request["holderDID"] = json!(holder.did);
        for case in ["a preview of one schema", "a preview of all schemas"] {
            let seen = self.client.post(PREVIEW, &request).await;
            let (schema, key) = (holder.schema_id.clone(), key.clone());
            let expected = Expected::json_with(
                201,
                "{\"data\":[{holderDID, schemaId, credentialSubject, proofType}]}, sealed to pubKey, the subject without id",
                move |body| is_preview(body, &schema, &key),
            );
            self.check(case, &seen, &expected);
            remove(&mut request, "schemaId");
        }
    }

    pub(super) async fn issuance(&mut self) {
        let seen = self.client.post(ISSUE, &json!({})).await;
        self.check("issuance without members", &seen, &Expected::rules());
        let Some(holder) = self.target.holder.clone() else {
            self.skip("issuance to the holder", NO_HOLDER);
            return;
        };
        let request = request(&holder);
        for (schema, text) in [(json!(UNKNOWN), UNKNOWN), (json!(12), "12")] {
            let mut request = request.clone();
            request["schemaId"] = schema;
            let seen = self.client.post(ISSUE, &request).await;
            let expected = Expected::error(404, "Not Found", format!("Invalid Schema: {text}"));
            self.check(format!("issuance of the unknown schema {text}"), &seen, &expected);
        }
        for (case, name, value) in [
            (
                "issuance to a key that is not hex",
                "encryptionKey",
                json!("no key"),
            ),
            (
                "issuance to a pubKey of 93 characters",
                "pubKey",
                json!("0".repeat(93)),
            ),
            (
                "issuance of an unknown proof type",
                "proofType",
                json!("no-such-type"),
            ),
            ("issuance with an empty user id", "userId", json!("")),
            ("issuance to an empty holder", "holderDID", json!("")),
        ] {
            let mut request = request.clone();
            request[name] = value;
            let seen = self.client.post(ISSUE, &request).await;
            self.check(case, &seen, &Expected::rules());
        }
        let seen = self.client.post(ISSUE, &request).await;
        self.check("issuance to the holder", &seen, &Expected::empty(201));

        // `encryptionKey` wins over `pubKey`, and members of the JWK other than the four are dropped.
        let mut request = request;
        remove(&mut request, "pubKey");
        request["encryptionKey"] = json!(holder.encryption_key);
        let signing_key = SigningKey::generate(&mut rand::rng());
        request["signingKey"] = json!({ "jwk": signing_key.public_jwk(), "unknown": 1 });
        request["unknown"] = json!([]);
        let seen = self.client.post(ISSUE, &request).await;
        self.check(
            "issuance with a signing key and unknown members",
            &seen,
            &Expected::empty(201),
        );
    }
}

fn request(holder: &Holder) -> Value {
    json!({
        "holderDID": holder.did,
        "pubKey": holder.encryption_key,
        "userId": holder.user_id,
        "schemaId": holder.schema_id,
    })
}

fn remove(body: &mut Value, name: &str) {
    if let Some(members) = body.as_object_mut() {
        members.remove(name);
    }
}

/// Whether a body has a preview of this schema that opens with this key, and only previews of this form.
fn is_preview(body: &Value, schema: &str, key: &HolderPrivateKey) -> bool {
    let Some(previews) = body["data"].as_array() else {
        return false;
    };
    let all_open = previews.iter().all(|preview| {
        let has_texts = ["holderDID", "schemaId", "proofType"]
            .iter()
            .all(|name| preview[*name].is_string());
        let subject = open(&preview["credentialSubject"], key);
        has_texts && subject.is_some_and(|subject| !subject.contains_key("id"))
    });
    all_open && previews.iter().any(|preview| preview["schemaId"] == schema)
}

/// The subject of a preview.
fn open(sealed: &Value, key: &HolderPrivateKey) -> Option<Map<String, Value>> {
    let [data, iv, tag, ephemeral] = SEALED.map(|name| STANDARD.decode(sealed[name].as_str()?).ok());
    let envelope = HolderEnvelope::from_parts(&data?, &iv?, &tag?, &ephemeral?).ok()?;
    serde_json::from_slice(&key.open(&envelope).ok()?).ok()
}
