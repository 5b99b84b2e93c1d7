//! The keys with which an issuer signs credentials.

use air_jwt::JwkSet;
use air_store::partners;

use super::{App, Refusal};

/// `GET /sandbox/v1/issuers/{issuer}/jwks.json`.
pub async fn public_keys(app: &App, issuer_did: &str) -> Result<JwkSet, Refusal> {
    let partner = partners::find_by_issuer(&mut *app.store.read().await?, issuer_did)
        .await?
        .ok_or_else(|| Refusal::not_found("no such issuer"))?;
    let key = app.cache.issuer_key(&partner)?;
    Ok(JwkSet::from(key.public_jwk()))
}
