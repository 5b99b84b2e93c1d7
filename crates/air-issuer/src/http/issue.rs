//! `POST /issue-vc`: issues a credential to a holder at the request of AIR.

use std::sync::Arc;

use air_jwt::{Algorithm, Jwk};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::{Map, Value};

use super::{
    api_key::{self, Caller},
    available::weak_key,
    body,
    fields::{EncryptionKey, Fields},
    refusal::Refusal,
    subjects::invalid_schema,
};
use crate::{
    claims::Purpose,
    issue::{Delivery, Failed, NewCredential},
    state::State as Service,
    subjects,
};

/// The longest coordinate of a signing key that the vendor's service takes.
const JWK_MEMBER_LIMIT: usize = 60;

struct Request {
    holder_did: String,
    encryption_key: EncryptionKey,
    user_id: String,
    schema_id: String,
    holder_key: Option<Jwk>,
}

impl Request {
    fn read(members: Map<String, Value>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(members);
        let holder_did = fields.holder_did();
        let encryption_key = fields.encryption_key();
        let user_id = fields.text("userId");
        let schema_id = fields.text("schemaId");
        let holder_key = signing_key(&mut fields);
        fields.proof_type();
        fields.finish()?;
        Ok(Self {
            holder_did,
            // A missing key is a broken rule.
            encryption_key: encryption_key.ok_or_else(|| Refusal::invalid(Vec::new()))?,
            user_id,
            schema_id,
            holder_key,
        })
    }
}

pub(super) async fn issue_vc(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let actor = api_key::check(&service, &headers, Caller::Air)?;
    let request = Request::read(body::read(&headers, body).await?)?;
    api_key::count_holder(&service, &request.holder_did)?;
    let schema = service
        .config
        .schema(&request.schema_id)
        .ok_or_else(|| invalid_schema(&request.schema_id))?;
    let subject = subjects::find(
        &service.metrics,
        schema,
        &request.user_id,
        &request.holder_did,
        Purpose::Issue,
    )
    .await
    .map_err(|reason| reason.into_refusal(&schema.id))?;
    let now = service.clock.now();
    let expires_at = subject
        .expires_at(schema, now)
        .ok_or_else(|| invalid_schema(&schema.id))?;
    let new = NewCredential {
        holder_did: &request.holder_did,
        user_id: &request.user_id,
        schema_id: &schema.id,
        vct: &schema.vct,
        vct_integrity: schema.vct_integrity.as_ref(),
        subject: &subject.claims,
        always_visible: &subject.visible(schema),
        decoys: 0,
        encryption_key: request.encryption_key.key,
        holder_key: request.holder_key.as_ref(),
        issued_at: now,
        expires_at,
        distinction: "",
        actor: &actor,
    };
    let outcome = service.issue(&new).await.map(|issued| issued.delivery);
    respond(outcome, request.encryption_key.name)
}

/// The response of both routes that issue. `key_name` is the place of the holder's key.
pub(super) fn respond(outcome: Result<Delivery, Failed>, key_name: &str) -> Result<StatusCode, Refusal> {
    match outcome {
        Ok(Delivery::Stored) => Ok(StatusCode::CREATED),
        Ok(Delivery::Later { retry_after }) => Err(Refusal::unavailable(
            "dstorage_unavailable",
            "dStorage has not confirmed the credential yet; the upload continues, and an equal request joins it",
            retry_after,
        )),
        Ok(Delivery::Refused { retry_after }) => Err(Refusal::bad_gateway(
            "dstorage_refused",
            "dStorage refused the credential; see the log of the issuer",
            retry_after,
        )),
        Ok(Delivery::Abandoned) => Err(Refusal::unavailable(
            "abandoned",
            "the credential was revoked before it was delivered; try again for a new one",
            1,
        )),
        Err(Failed::EncryptionKey) => Err(weak_key(key_name)),
        Err(Failed::Service(error)) => Err(error.into()),
    }
}

/// Reads `signingKey.jwk`: the P-256 key that the holder proves possession of.
fn signing_key(fields: &mut Fields) -> Option<Jwk> {
    let value = fields.take("signingKey")?;
    let Some(members) = value.get("jwk").and_then(Value::as_object) else {
        fields.refuse("signingKey.jwk must be an object");
        return None;
    };
    let mut jwk = Map::new();
    for name in ["kty", "crv", "x", "y"] {
        match members.get(name) {
            Some(Value::String(text)) if (1..=JWK_MEMBER_LIMIT).contains(&text.len()) => {
                jwk.insert(name.to_owned(), Value::from(text.as_str()));
            }
            _ => fields.refuse(format!(
                "signingKey.jwk.{name} must be a string of 1 to {JWK_MEMBER_LIMIT} characters"
            )),
        }
    }
    if jwk.len() < 4 {
        return None;
    }
    let json = Value::Object(jwk).to_string();
    let key = Jwk::from_slice(json.as_bytes())
        .ok()
        .filter(|key| key.algorithm() == Algorithm::Es256);
    if key.is_none() {
        fields.refuse("signingKey.jwk must be a point on P-256");
    }
    key
}
