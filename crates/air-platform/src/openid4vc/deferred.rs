//! Deferred issuance: a checked request waits for the time that its offer says, and the wallet asks
//! again (OpenID4VCI 1.0, section 9).

use std::fmt;

use super::{
    credentials::{Issuance, NotIssued, Outcome, find_offer},
    digest,
    tokens::OnceOnly,
    waiting,
};
use crate::App;
use air_store::{deferred_issuances, partners::Partner, single_use};

/// A request for deferred credentials.
pub struct DeferredRequest<'a> {
    /// The offer whose access token was sent.
    pub offer_id: &'a str,
    /// The SHA-256 digest of the access token.
    pub token_digest: &'a [u8],
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

/// Issues deferred credentials once, or defers them again until their time has come.
pub async fn issue(
    app: &App,
    partner: &Partner,
    request: &DeferredRequest<'_>,
) -> Result<Outcome, NotIssued> {
    let now = app.machine_clock.now();
    let issuance = Issuance::of(app, partner).await?;
    let mut tx = app.store.write().await?;
    let (offer, _) = find_offer(app, &mut tx, partner, request.offer_id, request.token_digest).await?;
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
        let keys = waiting::keys(&waiting.keys)?;
        Outcome::Delivered(issuance.deliver(&mut tx, &offer, &keys, None).await?)
    };
    app.commit(tx).await?;
    Ok(outcome)
}
