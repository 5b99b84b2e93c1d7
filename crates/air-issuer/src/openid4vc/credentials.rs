//! Issuing to a wallet: one credential for each key, all or none. They are recorded in one transaction.

use air_ids::UnixTime;
use air_oid4vc_http::{
    Failure,
    issuer::{CredentialOrder, Issuance, IssueError, IssuedCredentials},
};
use futures_util::future::try_join_all;

use super::{
    approval::{approve, denied},
    failure, offers, tokens,
};
use crate::{
    Error,
    issue::{SignedCredential, WalletCredential},
    state::State,
    status::ReservedEntry,
    store::{
        WriteTx,
        credential_offers::{self, Key, Offer},
        single_use,
    },
};

/// The maximum number of keys in one request.
pub(super) const BATCH_SIZE: u64 = 16;
/// The maximum number of credentials for one access token.
const TOKEN_LIMIT: u64 = 64;
/// The wallet's name in the audit log.
const ACTOR: &str = "wallet";

/// The reason why no credential was issued.
enum NotIssued {
    /// The key of credentials did not sign.
    Unsigned(Error),
    /// The wallet gets this answer.
    Answered(IssueError),
}

/// Issues one credential for each key of a request.
pub(super) async fn issue(state: &State, order: &CredentialOrder) -> Result<Issuance, IssueError> {
    let found = credential_offers::find(&state.store, Key::Id, &order.grant.id).await;
    let offer = current(found.map_err(failure)?, state.clock.now())?;
    let outcome = approve_and_deliver(state, &offer, order).await;
    state.metrics.issued(&offer.schema_id, name(&outcome));
    outcome.map_err(IssueError::from)
}

/// Returns the offer if its access token is valid.
fn current(offer: Option<Offer>, now: UnixTime) -> Result<Offer, IssueError> {
    offer
        .filter(|offer| offers::session(offer).is_token_valid(now))
        .ok_or(IssueError::TokenEnded)
}

async fn approve_and_deliver(
    state: &State,
    offer: &Offer,
    order: &CredentialOrder,
) -> Result<Issuance, NotIssued> {
    // A repeated request causes neither a request for claims nor a signature.
    check_limit(offer, order)?;
    check_unused(state, order).await?;
    // The claims are requested before the transaction, because a hook may be slow.
    let approved = approve(state, offer, order).await?;
    let keys = order.keys.iter();
    let credentials: Vec<_> = keys.map(|key| approved.credential(offer, key)).collect();
    let signer = state.keys.credentials.signing(approved.issued_at);
    if signer.is_in_memory() {
        deliver_at_once(state, order, &credentials).await
    } else {
        deliver_in_steps(state, order, &credentials).await
    }
}

/// Allocates, signs and records in one transaction: a signature in memory takes less time than a second commit.
async fn deliver_at_once(
    state: &State,
    order: &CredentialOrder,
    credentials: &[WalletCredential<'_>],
) -> Result<Issuance, NotIssued> {
    let mut tx = state.store.write().await?;
    let offer = admit(state, &mut tx, order).await?;
    spend(&mut tx, order).await?;
    let mut signed = Vec::with_capacity(credentials.len());
    let entries = state.allocate(&mut tx, credentials.len()).await?;
    for (at, new) in credentials.iter().enumerate() {
        signed.push(state.sign_for_wallet(new, entries.get(at).copied()).await?);
    }
    record(state, tx, &offer, credentials, signed).await
}

/// Signs between two transactions, so that a slow key holds no lock. After a failed signature nothing is recorded, the
/// wallet may use its nonces again, and the next credentials get the indices.
async fn deliver_in_steps(
    state: &State,
    order: &CredentialOrder,
    credentials: &[WalletCredential<'_>],
) -> Result<Issuance, NotIssued> {
    // The requests of one offer in this process take turns, so that a request that is sent twice is signed once.
    let _turn = state.in_flight.lock(&format!("offer {}", order.grant.id)).await;
    check_unused(state, order).await?;
    let mut tx = state.store.write().await?;
    admit(state, &mut tx, order).await?;
    let reserved = state.reserve(tx, credentials.len()).await?;
    let signed = sign_all(state, credentials, &reserved).await?;
    let mut tx = state.store.write().await?;
    // The offer may have changed in the meantime, and another instance may have answered the same request.
    let offer = admit(state, &mut tx, order).await?;
    spend(&mut tx, order).await?;
    // A commit without a response may have recorded them.
    for entry in reserved {
        entry.set_used();
    }
    record(state, tx, &offer, credentials, signed).await
}

/// Signs all credentials of a request at the same time, within the time limit of one signature.
async fn sign_all(
    state: &State,
    credentials: &[WalletCredential<'_>],
    reserved: &[ReservedEntry],
) -> Result<Vec<SignedCredential>, Error> {
    let mut signing = Vec::with_capacity(credentials.len());
    for (at, new) in credentials.iter().enumerate() {
        let entry = reserved.get(at).map(ReservedEntry::entry);
        signing.push(state.sign_for_wallet(new, entry));
    }
    try_join_all(signing).await
}

/// Records the credentials of a response, and commits them.
async fn record(
    state: &State,
    mut tx: WriteTx,
    offer: &Offer,
    credentials: &[WalletCredential<'_>],
    signed: Vec<SignedCredential>,
) -> Result<Issuance, NotIssued> {
    let number = signed.len() as u64;
    let mut issued = Vec::with_capacity(signed.len());
    for (new, signed) in credentials.iter().zip(signed) {
        state.record_for_wallet(&mut tx, new, &signed, ACTOR).await?;
        credential_offers::add_issuance(&mut tx, &offer.offer_id, &signed.external_id).await?;
        issued.push(signed.compact.into());
    }
    credential_offers::count_response(&mut tx, &offer.offer_id, number).await?;
    tx.commit().await?;
    Ok(Issuance::Issued(IssuedCredentials {
        credentials: issued,
        number: offer.responses,
    }))
}

/// Locks the offer, and checks that its access token may receive these credentials.
async fn admit(state: &State, tx: &mut WriteTx, order: &CredentialOrder) -> Result<Offer, NotIssued> {
    let found = credential_offers::lock(tx, Key::Id, &order.grant.id).await?;
    let offer = current(found, state.clock.now())?;
    // The wallet would replace a revoked credential by a valid one. It may still send notifications.
    if credential_offers::has_revoked(tx, &offer.offer_id).await? {
        return Err(IssueError::TokenEnded.into());
    }
    check_limit(&offer, order)?;
    Ok(offer)
}

fn check_limit(offer: &Offer, order: &CredentialOrder) -> Result<(), IssueError> {
    if offer.issued.saturating_add(order.keys.len() as u64) > TOKEN_LIMIT {
        return Err(denied(&format!(
            "the access token has received its maximum number of credentials: {TOKEN_LIMIT}"
        )));
    }
    Ok(())
}

/// Checks that no value of a request was used before. [`spend`] decides.
async fn check_unused(state: &State, order: &CredentialOrder) -> Result<(), NotIssued> {
    for value in &order.single_use {
        if single_use::is_spent(&state.store, &value.digest).await? {
            return Err(IssueError::Used(value.kind).into());
        }
    }
    Ok(())
}

/// Stores the values of a request that are accepted once.
async fn spend(tx: &mut WriteTx, order: &CredentialOrder) -> Result<(), NotIssued> {
    for value in &order.single_use {
        if !tokens::spend(tx, value).await? {
            return Err(IssueError::Used(value.kind).into());
        }
    }
    Ok(())
}

/// The name of an outcome in the metrics.
fn name(outcome: &Result<Issuance, NotIssued>) -> &'static str {
    match outcome {
        Ok(_) => "received",
        Err(NotIssued::Unsigned(_)) => "unsigned",
        Err(NotIssued::Answered(IssueError::Failure(_))) => "failed",
        Err(NotIssued::Answered(_)) => "denied",
    }
}

impl From<NotIssued> for IssueError {
    fn from(reason: NotIssued) -> Self {
        match reason {
            NotIssued::Unsigned(error) => failure(error).into(),
            NotIssued::Answered(answer) => answer,
        }
    }
}

impl From<IssueError> for NotIssued {
    fn from(answer: IssueError) -> Self {
        Self::Answered(answer)
    }
}

impl From<Failure> for NotIssued {
    fn from(failure: Failure) -> Self {
        Self::Answered(failure.into())
    }
}

impl From<Error> for NotIssued {
    fn from(error: Error) -> Self {
        if error.signer().is_some() {
            Self::Unsigned(error)
        } else {
            failure(error).into()
        }
    }
}

impl From<sqlx::Error> for NotIssued {
    fn from(error: sqlx::Error) -> Self {
        failure(error).into()
    }
}
