//! Checked credential requests that wait for their time.

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::Jwk;
use serde_json::Value;

use super::{digest, secrets};
use crate::Refusal;
use air_store::{
    WriteTx,
    credential_offers::Offer,
    deferred_issuances::{self, DeferredIssuance},
};

/// The time limit for a wallet to request credentials that are ready.
const RETENTION: Duration = Duration::from_hours(24);

/// Stores a request whose credentials are issued from `ready_at` on. Returns its transaction ID.
pub(super) async fn defer(
    tx: &mut WriteTx,
    offer: &Offer,
    keys: &[Jwk],
    ready_at: UnixTime,
) -> Result<String, Refusal> {
    let transaction_id = secrets::reference();
    let issuance = DeferredIssuance {
        transaction_digest: digest(&transaction_id).to_vec(),
        offer_id: offer.offer_id.clone(),
        keys: serde_json::to_string(keys).map_err(Refusal::internal)?,
        key_count: keys.len() as u64,
        ready_at,
        expires_at: ready_at.saturating_add(RETENTION),
    };
    deferred_issuances::insert(tx, &issuance).await?;
    Ok(transaction_id)
}

/// Reads the keys in their order.
pub(super) fn keys(stored: &str) -> Result<Vec<Jwk>, Refusal> {
    let stored: Vec<Value> = serde_json::from_str(stored).map_err(Refusal::internal)?;
    let read = |jwk: &Value| Jwk::from_slice(jwk.to_string().as_bytes()).map_err(Refusal::internal);
    stored.iter().map(read).collect()
}
