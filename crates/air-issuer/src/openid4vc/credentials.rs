//! Issuing to a wallet: one credential for each key, in one transaction.

use air_ids::UnixTime;
use air_jwt::Jwk;
use air_oid4vc_http::{
    Failure,
    issuer::{CredentialOrder, Issuance, IssueError, IssuedCredentials},
};
use air_vc::did::DidJwk;

use super::{failure, offers, tokens};
use crate::{
    SchemaConfig,
    claims::Purpose,
    issue::WalletCredential,
    state::State,
    store::{
        WriteTx,
        credential_offers::{self, Key, Offer},
    },
    subjects::{self, NoSubject, Subject},
};

/// The maximum number of keys in one request.
pub(super) const BATCH_SIZE: u64 = 16;
/// The maximum number of credentials for one access token.
const TOKEN_LIMIT: u64 = 64;
/// `Retry-After` of a request whose source of claims is unavailable.
const RETRY_AFTER: u64 = 10;
/// The wallet's name in the audit log.
const ACTOR: &str = "wallet";

/// The validated claims of a request, and the end of its credentials.
struct Approved<'a> {
    schema: &'a SchemaConfig,
    subject: Subject,
    issued_at: UnixTime,
    expires_at: UnixTime,
}

/// Issues one credential for each key of a request.
pub(super) async fn issue(state: &State, order: &CredentialOrder) -> Result<Issuance, IssueError> {
    // The claims are requested before the transaction, because a hook may be slow.
    let found = credential_offers::find(&state.store, Key::Id, &order.grant.id).await;
    let offer = current(found.map_err(failure)?, state.clock.now())?;
    let approved = approve(state, &offer, order).await;
    let outcome = match approved {
        Ok(approved) => deliver(state, order, &approved).await,
        Err(error) => Err(error),
    };
    state.metrics.issued(&offer.schema_id, name(&outcome));
    outcome
}

/// Returns the offer if its access token is valid.
fn current(offer: Option<Offer>, now: UnixTime) -> Result<Offer, IssueError> {
    offer
        .filter(|offer| offers::session(offer).is_token_valid(now))
        .ok_or(IssueError::TokenEnded)
}

/// Requests the user's claims.
async fn approve<'a>(
    state: &'a State,
    offer: &Offer,
    order: &CredentialOrder,
) -> Result<Approved<'a>, IssueError> {
    let schema = state
        .config
        .schema(&order.configuration_id)
        .ok_or_else(|| denied("the issuer does not issue this credential any more"))?;
    let first = order
        .keys
        .first()
        .ok_or_else(|| denied("a credential is bound to a key of the wallet; add a proof"))?;
    let holder_did = holder_did(offer, first);
    let subject = subjects::find(schema, &offer.user_id, &holder_did, Purpose::Issue)
        .await
        .map_err(|reason| refused(&reason, &schema.id))?;
    let issued_at = state.clock.now();
    let expires_at = subject
        .expires_at(schema, issued_at)
        .ok_or_else(|| denied("the validity of the user's claims is over"))?;
    Ok(Approved {
        schema,
        subject,
        issued_at,
        expires_at,
    })
}

async fn deliver(
    state: &State,
    order: &CredentialOrder,
    approved: &Approved<'_>,
) -> Result<Issuance, IssueError> {
    let mut tx = state.store.write().await.map_err(failure)?;
    let found = credential_offers::lock(&mut tx, Key::Id, &order.grant.id).await;
    let offer = current(found.map_err(failure)?, state.clock.now())?;
    // The wallet would replace a revoked credential by a valid one. It may still send notifications.
    let has_revoked = credential_offers::has_revoked(&mut tx, &offer.offer_id).await;
    if has_revoked.map_err(failure)? {
        return Err(IssueError::TokenEnded);
    }
    for value in &order.single_use {
        if !tokens::spend(&mut tx, value).await? {
            return Err(IssueError::Used(value.kind));
        }
    }
    let count = order.keys.len() as u64;
    if offer.issued.saturating_add(count) > TOKEN_LIMIT {
        return Err(denied(&format!(
            "the access token has received its maximum number of credentials: {TOKEN_LIMIT}"
        )));
    }
    let mut credentials = Vec::with_capacity(order.keys.len());
    for key in &order.keys {
        let credential = sign(state, &mut tx, &offer, key, approved).await?;
        credentials.push(credential.into());
    }
    let counted = credential_offers::count_response(&mut tx, &offer.offer_id, count).await;
    counted.map_err(failure)?;
    tx.commit().await.map_err(failure)?;
    Ok(Issuance::Issued(IssuedCredentials {
        credentials,
        number: offer.responses,
    }))
}

/// Signs and records the credential for one key.
async fn sign(
    state: &State,
    tx: &mut WriteTx,
    offer: &Offer,
    key: &Jwk,
    approved: &Approved<'_>,
) -> Result<String, Failure> {
    let new = WalletCredential {
        schema: approved.schema,
        user_id: &offer.user_id,
        holder_did: &holder_did(offer, key),
        subject: &approved.subject.claims,
        always_visible: &approved.subject.visible(approved.schema),
        holder_key: key,
        issued_at: approved.issued_at,
        expires_at: approved.expires_at,
    };
    let signed = state.issue_to_wallet(tx, &new, ACTOR).await.map_err(failure)?;
    let added = credential_offers::add_issuance(tx, &offer.offer_id, &signed.external_id).await;
    added.map_err(failure)?;
    Ok(signed.compact)
}

/// The holder: the one of the offer, or else the key itself.
fn holder_did(offer: &Offer, key: &Jwk) -> String {
    match &offer.holder_did {
        Some(holder_did) => holder_did.clone(),
        None => DidJwk::new(key.verifying_key()).did().to_string(),
    }
}

fn denied(reason: &str) -> IssueError {
    IssueError::Denied {
        reason: reason.to_owned(),
    }
}

fn refused(reason: &NoSubject, schema_id: &str) -> IssueError {
    match reason {
        NoSubject::NotEligible => denied("the user is not eligible for this credential"),
        NoSubject::Unavailable(error) => {
            tracing::warn!(%error, schema_id, "no claims");
            let retry_after = Some(RETRY_AFTER);
            Failure::Unavailable { retry_after }.into()
        }
        NoSubject::Unusable(error) => {
            tracing::error!(%error, schema_id, "no claims");
            Failure::Internal.into()
        }
    }
}

/// The name of an outcome in the metrics.
fn name(outcome: &Result<Issuance, IssueError>) -> &'static str {
    match outcome {
        Ok(_) => "received",
        Err(IssueError::Failure(_)) => "failed",
        Err(_) => "denied",
    }
}
