//! `POST /admin/revoke`: revokes a credential by its nonce.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};

use super::{
    api_key::{self, Caller},
    body,
    fields::Fields,
    history::is_digits,
    refusal::Refusal,
};
use crate::{issue::Revoked, state::State as Service};

/// The body is `{nonce, reason?}`. The call is idempotent.
pub(super) async fn revoke(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let actor = api_key::check(&service, &headers, Caller::Admin)?;
    let mut fields = Fields::new(body::read(&headers, body).await?);
    let nonce = fields.text("nonce");
    if !nonce.is_empty() && !is_digits(&nonce) {
        fields.refuse("nonce must be a number string of at most 20 digits");
    }
    let reason = fields.optional_text("reason");
    fields.finish()?;
    let unknown = || Refusal::not_found("Revocation nonce not found");
    let nonce = known_form(&nonce).ok_or_else(unknown)?;
    match service.revoke(nonce, reason.as_deref(), &actor).await? {
        Revoked::Done => Ok(StatusCode::CREATED),
        Revoked::NotFound => Err(unknown()),
    }
}

/// A nonce that a credential may have: 1 to 2^63 - 1.
pub(super) fn known_form(text: &str) -> Option<u64> {
    let nonce: u64 = text.parse().ok()?;
    (1..=u64::MAX >> 1).contains(&nonce).then_some(nonce)
}
