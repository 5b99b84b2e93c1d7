//! `POST /available-vc`: previews of the credentials that a user can get, sealed to the holder.

use std::sync::Arc;

use air_crypto::holder::HolderEnvelope;
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::{
    api_key::{self, Caller},
    body,
    fields::{EncryptionKey, Fields},
    refusal::Refusal,
    subjects::without_previews,
};
use crate::{claims::Purpose, state::State as Service, subjects};

struct PreviewRequest {
    holder_did: String,
    encryption_key: EncryptionKey,
    user_id: String,
    schema_id: Option<String>,
}

impl PreviewRequest {
    fn read(members: Map<String, Value>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(members);
        let holder_did = fields.holder_did();
        let encryption_key = fields.encryption_key();
        let user_id = fields.text("userId");
        let schema_id = fields.optional_text("schemaId");
        fields.proof_type();
        fields.finish()?;
        Ok(Self {
            holder_did,
            // A missing key is a broken rule.
            encryption_key: encryption_key.ok_or_else(|| Refusal::invalid(Vec::new()))?,
            user_id,
            schema_id,
        })
    }
}

pub(super) async fn available_vc(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    api_key::check(&service, &headers, Caller::Air)?;
    let request = PreviewRequest::read(body::read(&headers, body).await?)?;
    api_key::count_holder(&service, &request.holder_did)?;
    let wanted = |id: &str| request.schema_id.as_deref().is_none_or(|wanted| wanted == id);
    let schemas = service.config.schemas.iter().filter(|schema| wanted(&schema.id));
    let subjects = schemas.map(async |schema| {
        let found = subjects::find(
            &service.metrics,
            schema,
            &request.user_id,
            &request.holder_did,
            Purpose::Preview,
        )
        .await;
        (schema, found)
    });
    let (mut previews, mut reasons) = (Vec::new(), Vec::new());
    for (schema, found) in join_all(subjects).await {
        match found {
            Ok(subject) => previews.push(preview(&request, &schema.id, &subject.claims)?),
            // The other previews don't depend on it.
            Err(reason) => {
                reason.log(&schema.id);
                reasons.push(reason);
            }
        }
    }
    if previews.is_empty()
        && let Some(refusal) = without_previews(&reasons)
    {
        return Err(refusal);
    }
    Ok((StatusCode::CREATED, Json(json!({ "data": previews }))))
}

fn preview(request: &PreviewRequest, schema_id: &str, claims: &Map<String, Value>) -> Result<Value, Refusal> {
    let plaintext = serde_json::to_vec(claims).map_err(|error| Refusal::internal("internal", &error))?;
    let envelope: HolderEnvelope = request
        .encryption_key
        .key
        .seal(&plaintext, &mut rand::rng())
        .map_err(|_| weak_key(request.encryption_key.name))?;
    Ok(json!({
        "holderDID": request.holder_did,
        "schemaId": schema_id,
        "credentialSubject": {
            "encryptedData": STANDARD.encode(envelope.data()),
            "iv": STANDARD.encode(envelope.iv()),
            "authTag": STANDARD.encode(envelope.auth_tag()),
            "dataEncPublicKey": STANDARD.encode(envelope.ephemeral_key().to_spki_der()),
        },
        "proofType": "SD_JWT_VC",
    }))
}

/// 400 for a key of low order: anyone could open an envelope to it. `name` is the key's place.
pub(super) fn weak_key(name: &str) -> Refusal {
    Refusal::invalid(vec![format!(
        "{name} must be an X25519 public key that is not of low order"
    )])
}
