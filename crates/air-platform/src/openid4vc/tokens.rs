//! The exchange of a pre-authorized code for an access token, and the token's grant.

use std::{fmt, sync::Arc, time::Duration};

use air_ids::UnixTime;
use subtle::ConstantTimeEq;

use super::{Digest, digest, families, offers, secrets};
use crate::{App, Refusal, ids};
use air_oid4vc::{oauth::Rule, vci::OfferSession};
use air_store::{
    credential_offers::{self, Offer, Token},
    single_use,
};

/// The lifetime of an access token, unless its offer defers the credentials.
const LIFETIME: Duration = Duration::from_mins(10);

/// Returns the lifetime of an offer's access token. It includes the deferral: a wallet without a refresh token collects deferred
/// credentials with the token that requested them.
pub(super) fn lifetime(offer: &Offer) -> Duration {
    LIFETIME.saturating_add(Duration::from_secs(offer.defers_for.unwrap_or_default()))
}

/// A value that is accepted once: its digest, and the time until which the digest is kept.
#[derive(Clone, Copy, Debug)]
pub struct OnceOnly {
    /// The SHA-256 digest of the value and its context.
    pub digest: Digest,
    /// The time until which the digest is kept.
    pub expires_at: UnixTime,
}

/// A request for an access token.
pub struct Exchange<'a> {
    /// The pre-authorized code.
    pub code: &'a str,
    /// The transaction code that the user entered.
    pub transaction_code: Option<&'a str>,
    /// The client; absent for an anonymous one.
    pub client_id: Option<&'a str>,
    /// The thumbprint of the key that the token is bound to.
    pub jkt: Option<&'a str>,
    /// The DPoP proof.
    pub proof: Option<OnceOnly>,
}

/// Shows no codes.
impl fmt::Debug for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("client_id", &self.client_id)
            .field("jkt", &self.jkt)
            .finish_non_exhaustive()
    }
}

/// The reason why a code was not exchanged.
#[derive(Debug)]
pub enum NotExchanged {
    /// The code is unknown, used, expired or void.
    UnknownCode,
    /// The transaction code is wrong.
    WrongTransactionCode,
    /// The transaction code is missing or not expected.
    TransactionCodePresence {
        /// Whether the offer requires one.
        is_required: bool,
    },
    /// The DPoP proof was used before.
    ProofUsed,
    /// The code is an authorization code, and the request breaks a rule.
    Broken(Rule),
    /// The store or the platform refused.
    Refused(Refusal),
}

impl<E: Into<Refusal>> From<E> for NotExchanged {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// An access token, and the refresh token that replaces it.
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// The lifetime of the access token.
    pub lifetime: Duration,
    /// The refresh token, if the access token is bound to a key.
    pub refresh_token: Option<String>,
}

/// Shows no tokens.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

/// Exchanges a code for tokens, once.
pub async fn exchange(app: &App, partner_id: &str, request: &Exchange<'_>) -> Result<Tokens, NotExchanged> {
    let now = app.machine_clock.now();
    let code_digest = digest(request.code);
    // A request with an unknown code does not wait for the writer.
    if !app.cache.wallets.is_open_code(&code_digest) {
        let found =
            credential_offers::find_by_code(&mut *app.store.read().await?, partner_id, &code_digest).await?;
        check(found.as_ref(), request, now)?;
    }
    let mut tx = app.store.write().await?;
    let found = credential_offers::query_by_code_later(&mut tx, partner_id, &code_digest).await?;
    let proof: Vec<_> = request
        .proof
        .iter()
        .map(|proof| (proof.digest, proof.expires_at))
        .collect();
    let spending = single_use::spend_later(&mut tx, &proof).await?;
    let found = found.take_row(&mut tx).await?;
    let offer = check(found.as_ref(), request, now).inspect_err(|_| {
        app.cache.wallets.forget_code(&code_digest);
    })?;
    if spending.first_used(&mut tx).await?.is_some() {
        return Err(NotExchanged::ProofUsed);
    }
    let session = offers::session(offer);
    let lifetime = lifetime(offer);
    let next = if is_transaction_code(offer, request) {
        session.redeem(now, now.saturating_add(lifetime))
    } else {
        session.refuse_code(now)
    };
    let expires_at = match next.map_err(|_| NotExchanged::UnknownCode)? {
        OfferSession::Redeemed { token_expires_at } => token_expires_at,
        OfferSession::Offered { .. } | OfferSession::Void => {
            credential_offers::count_attempt(&mut tx, &offer.offer_id).await?;
            app.commit(tx).await?;
            return Err(NotExchanged::WrongTransactionCode);
        }
        OfferSession::Issued { .. } | OfferSession::Expired => return Err(NotExchanged::UnknownCode),
    };
    let token = ids::bearer_token();
    let stored = Token {
        digest: &digest(&token),
        expires_at,
        jkt: request.jkt,
        client_id: request.client_id,
    };
    credential_offers::redeem_unredeemed(&mut tx, &offer.offer_id, stored).await?;
    let refresh_token = families::begin(&mut tx, &offer.offer_id, request.jkt, now).await?;
    app.commit(tx).await?;
    let redeemed = Offer {
        token_digest: Some(stored.digest.to_vec()),
        token_expires_at: Some(expires_at),
        jkt: request.jkt.map(ToOwned::to_owned),
        client_id: request.client_id.map(ToOwned::to_owned),
        ..offer.clone()
    };
    app.cache.wallets.keep_grant(*stored.digest, redeemed);
    app.cache.wallets.forget_code(&code_digest);
    Ok(Tokens {
        access_token: token,
        lifetime,
        refresh_token,
    })
}

/// Checks everything except the transaction code itself.
fn check<'a>(
    offer: Option<&'a Offer>,
    request: &Exchange<'_>,
    now: UnixTime,
) -> Result<&'a Offer, NotExchanged> {
    let offer = offer
        .filter(|offer| offers::is_open(offer, now) && !offer.needs_sign_in)
        .ok_or(NotExchanged::UnknownCode)?;
    let is_required = offer.tx_code_digest.is_some();
    if request.transaction_code.is_some() != is_required {
        return Err(NotExchanged::TransactionCodePresence { is_required });
    }
    Ok(offer)
}

fn is_transaction_code(offer: &Offer, request: &Exchange<'_>) -> bool {
    match (&offer.tx_code_digest, request.transaction_code) {
        (None, None) => true,
        (Some(expected), Some(entered)) => {
            let entered = secrets::transaction_code_digest(request.code, entered);
            expected.ct_eq(entered.as_slice()).into()
        }
        _ => false,
    }
}

/// Returns the offer of an access token that is valid now.
pub async fn grant(app: &App, partner_id: &str, token: &str) -> Result<Option<Arc<Offer>>, Refusal> {
    let (now, digest) = (app.machine_clock.now(), digest(token));
    let mut read = app.store.read().await?;
    let found = credential_offers::find_by_token(&mut read, partner_id, &digest, now).await?;
    drop(read);
    Ok(found.map(|offer| app.cache.wallets.keep_grant(digest, offer)))
}

/// Returns the offer of an access token of a credential request, from memory if it is there. The token may have ended since it
/// was read: [`credentials::issue`](super::credentials::issue) checks it.
pub async fn grant_to_issue(app: &App, partner_id: &str, token: &str) -> Result<Option<Arc<Offer>>, Refusal> {
    let now = app.machine_clock.now();
    let cached = app.cache.wallets.grant(&digest(token));
    let is_current = |offer: &Arc<Offer>| {
        offer.partner_id.as_str() == partner_id && offer.token_expires_at.is_some_and(|end| now < end)
    };
    match cached.filter(is_current) {
        Some(offer) => Ok(Some(offer)),
        None => grant(app, partner_id, token).await,
    }
}

/// Stores a value that is accepted once. Returns `false` if it was stored before.
pub async fn spend(app: &App, value: OnceOnly) -> Result<bool, Refusal> {
    let mut tx = app.store.write().await?;
    let is_new = single_use::spend(&mut tx, &value.digest, value.expires_at).await?;
    app.commit(tx).await?;
    Ok(is_new)
}

/// Records the event that the wallet reported.
pub async fn notify(app: &App, offer_id: &str, event: &str) -> Result<(), Refusal> {
    let mut tx = app.store.write().await?;
    credential_offers::notify(&mut tx, offer_id, event).await?;
    Ok(app.commit(tx).await?)
}

#[cfg(test)]
mod tests;
