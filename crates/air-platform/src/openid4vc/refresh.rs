//! Refresh tokens: each is replaced at its use, and is bound to the DPoP key of the first access
//! token, and to its client if it has one (RFC 6749, 6; RFC 9700, 4.14). Only an access token that
//! is bound to a key has one.

use std::{fmt, time::Duration};

use air_oid4vc::{
    Error,
    oauth::{Binding, RefreshRequest},
};

use super::{
    digest, families, offers,
    tokens::{NotExchanged, OnceOnly, lifetime},
};
use crate::{App, Refusal, ids};
use air_store::{credential_offers, refresh_tokens, single_use};

/// How often an access token can be replaced.
const FAMILY_LIMIT: u64 = 256;

/// A request with a refresh token.
#[derive(Debug)]
pub struct RefreshExchange<'a> {
    /// The request.
    pub request: &'a RefreshRequest,
    /// The client and the key of the request.
    pub presented: Binding<'a>,
    /// The DPoP proof.
    pub proof: Option<OnceOnly>,
}

/// The tokens that replace others.
pub struct Refreshed {
    /// The access token.
    pub access_token: String,
    /// The lifetime of the access token.
    pub lifetime: Duration,
    /// The refresh token.
    pub refresh_token: String,
    /// The configuration that the first token response named by identifiers.
    pub configuration_id: Option<String>,
}

/// Shows no tokens.
impl fmt::Debug for Refreshed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refreshed")
            .field("configuration_id", &self.configuration_id)
            .finish_non_exhaustive()
    }
}

/// Exchanges a refresh token, once. A second use ends all tokens of the offer: either use may be a thief's.
pub async fn refresh(
    app: &App,
    partner_id: &str,
    exchange: &RefreshExchange<'_>,
) -> Result<Refreshed, NotExchanged> {
    let now = app.machine_clock.now();
    let token_digest = digest(exchange.request.expose_secret());
    // A request with an unknown token does not wait for the writer.
    if refresh_tokens::find(&mut *app.store.read().await?, &token_digest)
        .await?
        .is_none()
    {
        return Err(NotExchanged::UnknownCode);
    }
    let mut tx = app.store.write().await?;
    let found = refresh_tokens::find(&mut tx, &token_digest).await?;
    let token = found
        .filter(|token| now < token.expires_at)
        .ok_or(NotExchanged::UnknownCode)?;
    let offer = credential_offers::find(&mut tx, &token.offer_id).await?;
    let offer = offer
        .filter(|offer| offer.partner_id.as_str() == partner_id)
        .ok_or(NotExchanged::UnknownCode)?;
    if let Some(proof) = exchange.proof
        && !single_use::spend(&mut tx, &proof.digest, proof.expires_at).await?
    {
        return Err(NotExchanged::ProofUsed);
    }
    let bound = Binding {
        client_id: offer.client_id.as_deref(),
        dpop_key: offer.jkt.as_deref(),
    };
    match exchange.request.check(exchange.presented, bound) {
        Ok(()) => {}
        Err(Error::Authorization { rule, .. }) => {
            app.commit(tx).await?;
            return Err(NotExchanged::Broken(rule));
        }
        Err(error) => return Err(Refusal::internal(error).into()),
    }
    let is_first_use = refresh_tokens::spend(&mut tx, &token_digest, now).await?;
    if !is_first_use || refresh_tokens::count(&mut tx, &offer.offer_id).await? > FAMILY_LIMIT {
        families::revoke(&mut tx, &offer.offer_id, now).await?;
        app.commit(tx).await?;
        app.cache.wallets.forget_grants(&offer.offer_id);
        return Err(NotExchanged::UnknownCode);
    }
    let access_token = ids::bearer_token();
    let lifetime = lifetime(&offer);
    let ends = now.saturating_add(lifetime);
    if offers::session(&offer).renew(ends).is_err() {
        return Err(NotExchanged::UnknownCode);
    }
    credential_offers::renew(&mut tx, &offer.offer_id, &digest(&access_token), ends).await?;
    let refresh_token = families::next(&mut tx, &offer.offer_id, token.expires_at).await?;
    app.commit(tx).await?;
    app.cache.wallets.forget_grants(&offer.offer_id);
    Ok(Refreshed {
        access_token,
        lifetime,
        refresh_token,
        configuration_id: offer.has_identifiers.then(|| offers::configuration_id(&offer)),
    })
}
