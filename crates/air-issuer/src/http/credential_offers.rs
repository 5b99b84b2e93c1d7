//! `POST /admin/credential-offers`, and `GET` and `DELETE` of `/admin/credential-offers/{id}`: offers to wallets.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use serde_json::{Map, Value, json};

use super::{
    api_key::{self, Caller},
    body,
    fields::Fields,
    refusal::Refusal,
    subjects::invalid_schema,
};
use crate::{
    config::Openid4vcConfig,
    issue::iso_time,
    openid4vc::{NewOffer, NotCreated, is_holder, is_offered},
    state::State as Service,
    text::is_storable,
};

/// `Retry-After` if too many offers are open.
const RETRY_AFTER: u64 = 60;

struct Request {
    user_id: String,
    schema_id: String,
    holder_did: Option<String>,
    has_transaction_code: bool,
    lifetime: Option<Duration>,
}

impl Request {
    fn read(members: Map<String, Value>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(members);
        let user_id = fields.text("userId");
        let schema_id = fields.text("schemaId");
        let holder_did = fields.optional_holder_did();
        if holder_did.as_deref().is_some_and(|did| !is_holder(did)) {
            fields.refuse("holderDID must contain a P-256 or RSA key, or be a DID of another method");
        }
        let has_transaction_code = match fields.take("txCode") {
            None => false,
            Some(Value::Bool(value)) => value,
            Some(_) => {
                fields.refuse("txCode must be a boolean value");
                false
            }
        };
        let lifetime = fields.take("expiresIn").map(|value| {
            let longest = Openid4vcConfig::LONGEST_OFFER.as_secs();
            let seconds = value.as_u64().filter(|seconds| (1..=longest).contains(seconds));
            if seconds.is_none() {
                fields.refuse(format!(
                    "expiresIn must be a number of seconds from 1 to {longest}"
                ));
            }
            Duration::from_secs(seconds.unwrap_or_default())
        });
        fields.finish()?;
        Ok(Self {
            user_id,
            schema_id,
            holder_did,
            has_transaction_code,
            lifetime,
        })
    }
}

/// The body is `{userId, schemaId, holderDID?, txCode?, expiresIn?}`.
pub(super) async fn create(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, Refusal> {
    let actor = api_key::check(&service, &headers, Caller::Admin)?;
    let config = configured(&service)?;
    let request = Request::read(body::read(&headers, body).await?)?;
    let schema = service.config.schema(&request.schema_id);
    let schema = schema
        .filter(|schema| is_offered(schema))
        .ok_or_else(|| invalid_schema(&request.schema_id))?;
    let new = NewOffer {
        schema,
        user_id: &request.user_id,
        holder_did: request.holder_did.as_deref(),
        has_transaction_code: request.has_transaction_code,
        lifetime: request.lifetime.unwrap_or(config.offer_lifetime),
        actor: &actor,
    };
    let created = service
        .create_offer(config, &new)
        .await
        .map_err(|reason| match reason {
            NotCreated::TooManyOpen => Refusal::unavailable(
                "too_many_offers",
                "the maximum number of offers is open; try again when some have ended, or raise `open-offers`",
                RETRY_AFTER,
            ),
            NotCreated::Failed(error) => error.into(),
        })?;
    let mut answer = json!({
        "id": created.offer_id,
        "offerUri": created.link,
        "expiresAt": iso_time(created.expires_at),
    });
    if let Some(code) = created.transaction_code {
        answer["txCode"] = json!(code);
    }
    // The link gives access to the credential.
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Json(answer)))
}

pub(super) async fn show(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    api_key::check(&service, &headers, Caller::Admin)?;
    check_id(&id)?;
    let found = service.offer_state(&id).await?.ok_or_else(unknown)?;
    Ok(Json(json!({
        "id": id,
        "schemaId": found.schema_id,
        "state": found.state,
        "credentials": found.credentials,
        "notification": found.notification,
        "expiresAt": iso_time(found.expires_at),
    })))
}

/// Ends an offer, and the access token that a wallet has for it.
pub(super) async fn withdraw(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let actor = api_key::check(&service, &headers, Caller::Admin)?;
    check_id(&id)?;
    if !service.withdraw_offer(&id, &actor).await? {
        return Err(unknown());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// An id is a UUID.
fn check_id(id: &str) -> Result<(), Refusal> {
    if id.len() > 64 || !is_storable(id) {
        return Err(unknown());
    }
    Ok(())
}

fn unknown() -> Refusal {
    Refusal::not_found("Credential offer not found")
}

/// The routes exist only if offers are on.
fn configured(service: &Service) -> Result<&Openid4vcConfig, Refusal> {
    service
        .config
        .openid4vc
        .as_ref()
        .ok_or_else(Refusal::not_supported)
}
