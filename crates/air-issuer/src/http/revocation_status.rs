//! `GET /revocation-status/:nonce`: whether a credential is revoked.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{query::is_digits, refusal::Refusal, revoke::known_form};
use crate::{
    state::State as Service,
    store::{issuances, revoked_nonces},
};

/// An unknown nonce is not revoked.
pub(super) async fn revocation_status(
    State(service): State<Arc<Service>>,
    Path(nonce): Path<String>,
) -> Result<Json<Value>, Refusal> {
    if !is_digits(&nonce) {
        return Err(Refusal::bad_request(
            "Validation failed (numeric string is expected)",
        ));
    }
    let is_revoked = match known_form(&nonce) {
        Some(nonce) => {
            issuances::is_revoked(&service.store, nonce).await?
                || revoked_nonces::contains(&service.store, nonce).await?
        }
        None => false,
    };
    Ok(Json(json!({ "isRevoked": is_revoked })))
}
