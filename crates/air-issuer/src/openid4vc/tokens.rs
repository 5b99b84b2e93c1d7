//! The exchange of a code for an access token, and the token's grant.

use std::time::Duration;

use air_ids::UnixTime;
use air_oid4vc_http::{
    Failure, SingleUse,
    issuer::{DpopPolicy, Grant, IssuedToken, Notification, RedeemError, Redemption},
};
use subtle::ConstantTimeEq;

use super::{failure, offers, secrets};
use crate::{
    config::Openid4vcConfig,
    reference_key::ReferenceKey,
    state::State,
    store::{
        WriteTx,
        credential_offers::{self, Key, Offer, Token},
        single_use,
    },
    text::is_storable,
};

/// The lifetime of an access token.
const LIFETIME: Duration = Duration::from_mins(10);
/// The number of requests without a credential after which an access token ends. Each of them may store a DPoP proof, and
/// request claims.
const UNISSUED_LIMIT: u64 = 1_000;
/// The maximum length of a client's name.
const CLIENT_LIMIT: usize = 255;

/// Exchanges a code for an access token, once.
pub(super) async fn redeem(state: &State, redemption: &Redemption) -> Result<IssuedToken, RedeemError> {
    let key = &state.reference_key;
    let now = state.clock.now();
    let is_unusable = |client: &String| client.len() > CLIENT_LIMIT || !is_storable(client);
    if redemption.client_id.as_ref().is_some_and(is_unusable) {
        return Err(RedeemError::UnknownCode);
    }
    let hash = secrets::code_hash(key, &redemption.code);
    // A request with an unknown code does not wait for the writer.
    let found = credential_offers::find(&state.store, Key::Code, &hash).await;
    check(state, found.map_err(failure)?.as_ref(), redemption, now)?;

    let mut tx = state.store.write().await.map_err(failure)?;
    let found = credential_offers::lock(&mut tx, Key::Code, &hash).await;
    let found = found.map_err(failure)?;
    let offer = check(state, found.as_ref(), redemption, now)?;
    if let Some(proof) = &redemption.proof
        && !spend(&mut tx, proof).await?
    {
        return Err(RedeemError::ProofUsed);
    }
    if !is_transaction_code(key, offer, redemption) {
        let counted = credential_offers::count_attempt(&mut tx, &offer.offer_id).await;
        counted.map_err(failure)?;
        tx.commit().await.map_err(failure)?;
        return Err(RedeemError::WrongTransactionCode);
    }
    let access_token = secrets::draw();
    let token = Token {
        hash: &secrets::token_hash(key, &access_token),
        expires_at: now.saturating_add(LIFETIME),
        jkt: redemption.jkt.as_deref(),
        client_id: redemption.client_id.as_deref(),
    };
    let is_first = credential_offers::redeem(&mut tx, &offer.offer_id, &token).await;
    if !is_first.map_err(failure)? {
        return Err(RedeemError::UnknownCode);
    }
    tx.commit().await.map_err(failure)?;
    Ok(IssuedToken {
        access_token,
        expires_in: LIFETIME.as_secs(),
        refresh_token: None,
        authorization_details: Vec::new(),
    })
}

/// Checks everything except the transaction code itself.
fn check<'a>(
    state: &State,
    offer: Option<&'a Offer>,
    redemption: &Redemption,
    now: UnixTime,
) -> Result<&'a Offer, RedeemError> {
    let offer = offer
        .filter(|offer| offers::is_open(state, offer, now))
        .ok_or(RedeemError::UnknownCode)?;
    let is_required = offer.tx_code_hash.is_some();
    if redemption.transaction_code.is_some() != is_required {
        return Err(RedeemError::TransactionCodePresence { is_required });
    }
    Ok(offer)
}

fn is_transaction_code(key: &ReferenceKey, offer: &Offer, redemption: &Redemption) -> bool {
    match (&offer.tx_code_hash, &redemption.transaction_code) {
        (None, None) => true,
        (Some(expected), Some(entered)) => {
            let entered = secrets::transaction_code_hash(key, &redemption.code, entered);
            expected.as_bytes().ct_eq(entered.as_bytes()).into()
        }
        _ => false,
    }
}

/// Returns the offer of an access token that is valid now.
pub(super) async fn grant(
    state: &State,
    config: &Openid4vcConfig,
    access_token: &str,
) -> Result<Option<Grant>, Failure> {
    let hash = secrets::token_hash(&state.reference_key, access_token);
    let found = credential_offers::find(&state.store, Key::Token, &hash).await;
    let now = state.clock.now();
    let offer = found
        .map_err(failure)?
        .filter(|offer| offers::session(offer).is_token_valid(now))
        // The token may be older than the setting.
        .filter(|offer| offer.jkt.is_some() || config.dpop == DpopPolicy::Optional);
    Ok(offer.map(|offer| Grant {
        id: offer.offer_id,
        token_digest: hash.into_bytes(),
        jkt: offer.jkt,
        client_id: offer.client_id,
        configuration_ids: vec![offer.schema_id],
        authorization_details: Vec::new(),
    }))
}

/// Stores a value that is accepted once, in this transaction. Returns `false` if it was stored before.
pub(super) async fn spend(tx: &mut WriteTx, value: &SingleUse) -> Result<bool, Failure> {
    let spent = single_use::spend(tx, &value.digest, value.expires_at).await;
    spent.map_err(failure)
}

/// Counts a request that receives no credential, and stores its DPoP proof. Returns `false` if the proof was stored before.
pub(super) async fn spend_unissued(
    state: &State,
    grant: &Grant,
    proof: Option<SingleUse>,
) -> Result<bool, Failure> {
    let mut tx = state.store.write().await.map_err(failure)?;
    let now = state.clock.now();
    let counted = credential_offers::count_unissued(&mut tx, &grant.id, UNISSUED_LIMIT, now).await;
    counted.map_err(failure)?;
    let is_new = match &proof {
        Some(proof) => spend(&mut tx, proof).await?,
        None => true,
    };
    tx.commit().await.map_err(failure)?;
    Ok(is_new)
}

/// Records the event that the wallet reported.
pub(super) async fn notify(state: &State, grant: &Grant, notification: Notification) -> Result<(), Failure> {
    let mut tx = state.store.write().await.map_err(failure)?;
    let recorded = credential_offers::notify(&mut tx, &grant.id, notification.event.as_str()).await;
    recorded.map_err(failure)?;
    tx.commit().await.map_err(failure)
}
