//! `GET /admin/issuances/{externalId}`: the record of one credential, without its claims.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::{Value, json};

use super::{
    api_key::{self, Caller},
    refusal::Refusal,
};
use crate::{issue::iso_time, state::State as Service, store::issuances};

/// The path of a credential's record.
pub(super) fn path(external_id: &str) -> String {
    format!("/admin/issuances/{external_id}")
}

pub(super) async fn issuance(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    Path(external_id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    api_key::check(&service, &headers, Caller::Admin)?;
    let found = issuances::find(&service.store, &external_id)
        .await?
        .ok_or_else(|| Refusal::not_found("Issuance not found"))?;
    let entry = found
        .entry
        .map(|(list, index)| json!({ "list": list, "index": index }));
    Ok(Json(json!({
        "externalId": external_id,
        "state": found.state,
        "schemaId": found.schema_id,
        "holderDid": found.holder_did,
        "revocationNonce": found.nonce.to_string(),
        "statusList": entry,
        "issuedAt": iso_time(found.issued_at),
        "expiresAt": iso_time(found.expires_at),
        "revokedAt": found.revoked_at.map(iso_time),
        "reason": found.reason,
        "attempts": found.attempts,
    })))
}
