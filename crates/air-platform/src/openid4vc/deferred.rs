//! Deferred issuance: a checked request waits for the time that its offer says, and the wallet asks again (OpenID4VCI 1.0, section 9).

use std::{fmt, time::Duration};

use air_ids::UnixTime;
use air_jwt::Jwk;
use serde_json::Value;

use super::{
    credentials::{Issuance, NotIssued, Outcome, find_offer},
    digest, secrets,
    tokens::OnceOnly,
};
use crate::{App, Refusal};
use air_store::{
    WriteTx,
    credential_offers::Offer,
    deferred_issuances::{self, DeferredIssuance},
    partners::Partner,
    single_use,
};

/// How long a wallet may take to ask for credentials that are ready.
const RETENTION: Duration = Duration::from_hours(24);

/// A request for deferred credentials.
pub struct DeferredRequest<'a> {
    /// The offer whose access token was sent.
    pub offer_id: &'a str,
    /// The secret of the deferral.
    pub transaction_id: &'a str,
    /// The DPoP proof.
    pub proof: Option<OnceOnly>,
}

/// Shows no secret.
impl fmt::Debug for DeferredRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeferredRequest")
            .field("offer_id", &self.offer_id)
            .finish_non_exhaustive()
    }
}

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

/// Issues deferred credentials once, or defers them again until their time has come.
pub async fn issue(
    app: &App,
    partner: &Partner,
    request: &DeferredRequest<'_>,
) -> Result<Outcome, NotIssued> {
    let now = app.machine_clock.now();
    let issuance = Issuance::of(app, partner).await?;
    let mut tx = app.store.write().await?;
    let offer = find_offer(app, &mut tx, partner, request.offer_id).await?;
    if let Some(proof) = request.proof
        && !single_use::spend(&mut tx, &proof.digest, proof.expires_at).await?
    {
        return Err(NotIssued::ProofUsed);
    }
    let transaction = digest(request.transaction_id);
    let found = deferred_issuances::find(&mut tx, &offer.offer_id, &transaction).await?;
    let waiting = found
        .filter(|waiting| now < waiting.expires_at)
        .ok_or(NotIssued::UnknownTransaction)?;
    let outcome = if now < waiting.ready_at {
        Outcome::Deferred {
            transaction_id: request.transaction_id.to_owned(),
            interval: waiting.ready_at.saturating_duration_since(now).as_secs(),
        }
    } else {
        deferred_issuances::delete(&mut tx, &waiting.transaction_digest).await?;
        let keys = keys(&waiting.keys)?;
        Outcome::Delivered(issuance.deliver(&mut tx, &offer, &keys).await?)
    };
    app.commit(tx).await?;
    Ok(outcome)
}

/// Reads the keys in their order.
fn keys(stored: &str) -> Result<Vec<Jwk>, Refusal> {
    let stored: Vec<Value> = serde_json::from_str(stored).map_err(Refusal::internal)?;
    let read = |jwk: &Value| Jwk::from_slice(jwk.to_string().as_bytes()).map_err(Refusal::internal);
    stored.iter().map(read).collect()
}
