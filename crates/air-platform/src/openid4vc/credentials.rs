//! Issuance to a wallet: one credential for each key, in one transaction.

use std::{sync::Arc, time::Duration};

use air_ids::EmailAddress;
use air_jwt::{Jwk, jws::X5c};
use air_mdoc::StatusListCwt;
use air_oid4vc::vci::IssuerId;
use air_vc::status::StatusListToken;
use serde_json::{Map, Value};

pub use super::credential_requests::{CheckedRequest, Delivered, NotIssued, Outcome};
use super::{
    batcher::{self, Submission},
    certificates, copies,
    credential_requests::TOKEN_LIMIT,
    issuer, mdoc, offers,
    profiles::{CertifiedIssuer, for_wallet},
    times::{mdoc_end, rounded},
    waiting,
};
use crate::{
    App, Refusal,
    caks::{self, AskedConsent},
    issuance::{WalletIssuance, WalletProfile, WalletTerms},
    status_lists::{self, AskedEntry, WalletIssuer},
    stored::find_schema,
    users::{self, AskedUser},
};
use air_api::sandbox::CredentialFormat;
use air_store::{
    ReadTx, WriteTx,
    credential_offers::{self, Offer, OfferState},
    partners::Partner,
    single_use,
    wallet_exports::{self, ReceivedCopy},
};

/// Issues the credentials of a request, or defers them if the offer says so.
pub async fn issue(
    app: &App,
    partner: &Arc<Partner>,
    request: &CheckedRequest,
) -> Result<Outcome, NotIssued> {
    let issuance = Issuance::of(app, partner).await?;
    let submission = Submission {
        partner,
        issuer_id: &issuance.issuer_id,
        x5c: &issuance.x5c,
        request,
    };
    if let Some(delivered) = batcher::submit(app, submission).await {
        return delivered.map(Outcome::Delivered);
    }
    let outcome = issue_alone(app, &issuance, request).await;
    if matches!(outcome, Err(NotIssued::TokenEnded)) {
        // Another process may have ended the token. The check of its next request reads that.
        app.cache.wallets.forget_grant(&request.token_digest);
    }
    outcome
}

/// Issues or defers the credentials of a request in a transaction of its own.
async fn issue_alone(
    app: &App,
    issuance: &Issuance<'_>,
    request: &CheckedRequest,
) -> Result<Outcome, NotIssued> {
    let (seconds, partner) = (app.machine_clock.now(), issuance.partner);
    let mut tx = app.store.write().await?;
    let state = credential_offers::ask_state(&mut tx, &request.offer_id).await?;
    let values: Vec<_> = (request.proof.iter().chain(&request.nonces))
        .map(|value| (value.digest, value.expires_at))
        .collect();
    let spending = single_use::spend_later(&mut tx, &values).await?;
    // The check of the token has read the offer's address, so all queries are sent together. If the request is refused,
    // the transaction is rolled back.
    let pending = match app.cache.wallets.grant(&request.token_digest) {
        Some(offer) if offer.defers_for.is_none() => Some(issuance.query_later(&mut tx, &offer.email).await?),
        _ => None,
    };
    let state = state.take_row(&mut tx).await?;
    let (offer, waiting) = admit(app, partner, &request.token_digest, state)?;
    match spending.first_used(&mut tx).await? {
        None => {}
        Some(0) if request.proof.is_some() => return Err(NotIssued::ProofUsed),
        Some(_) => return Err(NotIssued::NonceUsed),
    }
    // A wallet that proves several keys receives one copy by an offer of the holder: an issuer may issue fewer credentials than keys
    // (OpenID4VCI 1.0, 8.3).
    let (keys, limit) = if offer.copied_from.is_some() && !offer.needs_sign_in {
        (request.keys.get(..1).unwrap_or_default(), 1)
    } else {
        (request.keys.as_slice(), TOKEN_LIMIT)
    };
    let count = keys.len() as u64;
    if offer.issued.saturating_add(waiting).saturating_add(count) > limit {
        return Err(Refusal::forbidden(format!(
            "the access token has received its maximum number of credentials: {limit}"
        ))
        .into());
    }
    let outcome = match offer.defers_for {
        Some(interval) => {
            let ready_at = seconds.saturating_add(Duration::from_secs(interval));
            let transaction_id = waiting::defer(&mut tx, &offer, keys, ready_at).await?;
            Outcome::Deferred {
                transaction_id,
                interval,
            }
        }
        None => Outcome::Delivered(issuance.deliver(&mut tx, &offer, keys, pending).await?),
    };
    app.commit(tx).await?;
    Ok(outcome)
}

/// Finds the offer of an access token that may receive credentials now, and the number of keys whose credentials are deferred.
pub(super) async fn find_offer(
    app: &App,
    tx: &mut ReadTx,
    partner: &Partner,
    offer_id: &str,
    token_digest: &[u8],
) -> Result<(Offer, u64), NotIssued> {
    let found = credential_offers::find_state(tx, offer_id).await?;
    admit(app, partner, token_digest, found)
}

/// Checks that an access token of an offer may receive credentials now. Another token may have replaced it since it was checked.
fn admit(
    app: &App,
    partner: &Partner,
    token_digest: &[u8],
    found: Option<OfferState>,
) -> Result<(Offer, u64), NotIssued> {
    let now = app.machine_clock.now();
    let found = found
        .filter(|found| found.offer.partner_id == partner.partner_id)
        .filter(|found| found.offer.token_digest.as_deref() == Some(token_digest))
        .filter(|found| offers::session(&found.offer).is_token_valid(now))
        // The wallet would replace a revoked credential by a valid one. It may still send notifications.
        .filter(|found| !found.has_revoked)
        .ok_or(NotIssued::TokenEnded)?;
    Ok((found.offer, found.deferred_keys))
}

/// The queries of a delivery that need only the address of the offer.
pub(super) struct PendingDelivery {
    user: AskedUser,
    consent: AskedConsent,
    entry: AskedEntry,
}

/// An issuance of a partner, with the data that is read before the transaction.
pub(super) struct Issuance<'a> {
    app: &'a App,
    partner: &'a Partner,
    issuer_id: IssuerId,
    x5c: Arc<X5c>,
    /// The chain for mdocs.
    mdoc_x5c: Arc<X5c>,
}

impl<'a> Issuance<'a> {
    pub(super) async fn of(app: &'a App, partner: &'a Partner) -> Result<Self, Refusal> {
        Ok(Self {
            app,
            partner,
            issuer_id: issuer::issuer_id(app, partner.partner_id.as_str())?,
            x5c: certificates::issuer_chain(app, partner).await?,
            mdoc_x5c: certificates::mdoc_signer_chain(app, partner).await?,
        })
    }

    /// Queues the queries for the user of an address, the user's consent, and an entry of the status list.
    async fn query_later(&self, tx: &mut WriteTx, email: &EmailAddress) -> Result<PendingDelivery, Refusal> {
        let now = self.app.platform_clock.now();
        let user = users::query_later(tx, email.as_str(), now).await?;
        let consent = caks::query_consent_later(tx, user.email(), &self.partner.partner_id).await?;
        let entry = status_lists::query_later(tx, self.partner).await?;
        Ok(PendingDelivery { user, consent, entry })
    }

    /// Issues a credential for each key. Each is a row like any other: in the ledger, in a status list, with its event.
    pub(super) async fn deliver(
        &self,
        tx: &mut WriteTx,
        offer: &Offer,
        keys: &[Jwk],
        pending: Option<PendingDelivery>,
    ) -> Result<Delivered, Refusal> {
        let Self {
            app,
            partner,
            issuer_id,
            x5c,
            mdoc_x5c,
        } = self;
        let now = app.platform_clock.now();
        let subject: Map<String, Value> = serde_json::from_str(&offer.subject).map_err(Refusal::internal)?;
        let issuance =
            WalletIssuance::check(app, tx, partner, offer.program_id.as_str(), Arc::new(subject)).await?;
        let source = copies::source(tx, offer, now).await?;
        let pending = match pending {
            Some(pending) => pending,
            None => self.query_later(tx, &offer.email).await?,
        };
        let PendingDelivery { user, consent, entry } = pending;
        let found = user.find_or_create(tx, &partner.partner_id, now).await?;
        // The user is present: the user signed in and agreed, or requested a copy.
        let is_present = offer.needs_sign_in || source.is_some();
        if !found.is_new && !is_present {
            consent.check(tx).await?;
        }
        // The first response of an offer replaces what the holder had before; later ones add to it.
        if !found.is_new && offer.replaces && offer.responses == 0 {
            issuance.revoke_held(tx, &found.user, now).await?;
        }
        let schema_id = issuance.schema_id();
        // A copy ends with the credential that it copies.
        let expires_at = source
            .as_ref()
            .map_or_else(|| issuance.expires_at(now), |source| source.expires_at);
        let (profile, expires_at) = if offer.format == CredentialFormat::Mdoc {
            let schema = find_schema(tx, schema_id).await?;
            let profile = WalletProfile::Mdoc {
                doc_type: mdoc::doc_type(schema_id)?,
                elements: mdoc::elements(schema_id, &schema, issuance.subject())?,
                x5chain: mdoc::x5chain(mdoc_x5c)?,
            };
            (profile, Some(mdoc_end(expires_at)))
        } else {
            let vct_integrity = issuer::type_integrity(app, tx, schema_id).await?;
            let issuer = CertifiedIssuer { id: issuer_id, x5c };
            (issuer.sd_jwt_vc(app, schema_id, vct_integrity), expires_at)
        };
        let times = rounded(now, expires_at);
        let mut credentials = Vec::with_capacity(keys.len());
        let entries = entry.take_several(app, tx, partner, keys.len()).await?;
        for ((number, key), entry) in (offer.issued..).zip(keys).zip(entries) {
            let status = for_wallet(issuer_id, entry);
            let terms = WalletTerms {
                profile: &profile,
                issued_at: times.issued_at,
                expires_at: times.expires_at,
                holder_key: key.clone(),
                is_copy: source.is_some(),
            };
            let issued = issuance.issue(tx, &found.user, terms, status, now).await?;
            credential_offers::record_credential(tx, &offer.offer_id, &issued.core_claim_hash).await?;
            if let Some(source) = &source {
                let copy = ReceivedCopy {
                    offer_id: &offer.offer_id,
                    number,
                    core_claim_hash: &source.core_claim_hash,
                    copy_hash: &issued.core_claim_hash,
                };
                wallet_exports::receive(tx, copy, now).await?;
            }
            credentials.push(issued.credential);
        }
        let count = keys.len() as u64;
        credential_offers::count_responses(tx, &offer.offer_id, 1, count).await?;
        let number = offer.responses.saturating_add(1);
        Ok(Delivered { credentials, number })
    }
}

/// Returns the token of a status list (Token Status List) at the URL that a partner's credentials for wallets name.
pub async fn status_list(app: &App, partner: &Partner, number: u64) -> Result<StatusListToken, Refusal> {
    let list = WalletList::of(app, partner, number).await?;
    status_lists::token_for_wallets(app, partner, number, &list.named()).await
}

/// As [`status_list`], as CWT, which the verifiers of mdocs read.
pub async fn status_list_cwt(app: &App, partner: &Partner, number: u64) -> Result<StatusListCwt, Refusal> {
    let list = WalletList::of(app, partner, number).await?;
    let certificates = mdoc::x5chain(&list.x5c)?;
    status_lists::cwt_for_wallets(app, partner, number, &list.named(), &certificates).await
}

/// The names of a status list for wallets.
struct WalletList {
    issuer: IssuerId,
    uri: String,
    x5c: Arc<X5c>,
}

impl WalletList {
    async fn of(app: &App, partner: &Partner, number: u64) -> Result<Self, Refusal> {
        let issuer = issuer::issuer_id(app, partner.partner_id.as_str())?;
        Ok(Self {
            uri: format!("{issuer}/statuslist/{number}"),
            x5c: certificates::issuer_chain(app, partner).await?,
            issuer,
        })
    }

    fn named(&self) -> WalletIssuer<'_> {
        WalletIssuer {
            issuer: self.issuer.as_str(),
            uri: &self.uri,
            x5c: &self.x5c,
        }
    }
}
