//! `POST /admin/revoke`: revokes a credential by its nonce.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::{Map, Value};

use super::{
    api_key::{self, Caller},
    body,
    fields::Fields,
    idempotency::{self, Answer},
    query::is_digits,
    refusal::Refusal,
};
use crate::{
    issue::{REASON_LIMIT, Revoked},
    state::State as Service,
};

const PATH: &str = "/admin/revoke";

/// The body is `{nonce, reason?}`. The call is idempotent also without a key.
pub(super) async fn revoke(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, Refusal> {
    let actor = api_key::check(&service, &headers, Caller::Admin)?;
    let members = body::read(&headers, body).await?;
    let key = idempotency::read(&service, &headers, &actor, PATH, &members)?;
    let operation = {
        let service = service.clone();
        async move { revoke_credential(&service, members, &actor).await }
    };
    idempotency::once(&service, key, operation).await
}

async fn revoke_credential(
    service: &Service,
    members: Map<String, Value>,
    actor: &str,
) -> Result<Answer, Refusal> {
    let mut fields = Fields::new(members);
    let nonce = fields.text("nonce");
    if !nonce.is_empty() && !is_digits(&nonce) {
        fields.refuse("nonce must be a number string of at most 20 digits");
    }
    let reason = fields.optional_text("reason");
    if reason.as_ref().is_some_and(|reason| reason.len() > REASON_LIMIT) {
        fields.refuse(format!(
            "reason must be shorter than or equal to {REASON_LIMIT} bytes"
        ));
    }
    fields.finish()?;
    let unknown = || Refusal::not_found("Revocation nonce not found");
    let nonce = known_form(&nonce).ok_or_else(unknown)?;
    match service.revoke(nonce, reason.as_deref(), actor).await? {
        Revoked::Done => Ok(Answer::of(StatusCode::CREATED)),
        Revoked::NotFound => Err(unknown()),
    }
}

/// A nonce that a credential may have: 1 to 2^63 - 1.
pub(super) fn known_form(text: &str) -> Option<u64> {
    let nonce: u64 = text.parse().ok()?;
    (1..=u64::MAX >> 1).contains(&nonce).then_some(nonce)
}
