//! Batches credential requests. Requests that arrive while the writer is busy are committed together in one transaction,
//! which reads and writes for all of them at once.
//!
//! A request can join a batch if its credentials were checked and signed beforehand from cached data, and if they are issued
//! at once, as SD-JWT VCs, by an offer that copies no credential. When the batch has the writer, a precheck reads the state
//! that decides: the access token and its end, values that were used, revoked credentials, the number of credentials, the
//! user, and the status list. If any of it is not as the request needs it, the request is issued or refused alone, by the
//! general path. Cached data is therefore never the reason to issue.

mod batch;

use std::{collections::HashSet, sync::Arc};

use air_ids::UnixTime;
use air_jwt::{Jwk, jws::X5c};
use air_oid4vc::vci::IssuerId;
use air_vc::Integrity;
use serde_json::{Map, Value};
use tokio::sync::oneshot;

use self::batch::{Batch, FinalizedRequest};
use super::{
    credential_requests::{CheckedRequest, Delivered, NotIssued},
    profiles::{CertifiedIssuer, for_wallet},
    times::{Times, rounded},
    tokens::OnceOnly,
};
use crate::{
    App,
    batch_queue::BatchQueue,
    batches::{self, BatchRequest, Reply},
    issuance::{WalletIssuance, WalletTerms, is_over},
    status_lists::{self, Taken},
    users,
};
use air_api::sandbox::CredentialFormat;
use air_store::{
    WriteTx,
    credential_offers::Offer,
    credentials::Credential,
    partners::Partner,
    prechecks::DRAWN,
    programs::Program,
    status_lists::List,
    users::User,
    wallet_prechecks::{self, TokenQuery, WalletPrecheckQuery},
};

/// The number of queued credentials from which on requests are issued alone. A caller that disconnects leaves its signed
/// credentials in the queue until the writer is free.
const MAX_QUEUED: usize = 1024;
/// The maximum number of values of a request that are accepted once: its DPoP proof, and the nonce of its key proofs.
const MAX_SINGLE_USE: usize = 2;

/// The queue of requests. If a leader is dropped, the queued requests are issued alone.
pub(crate) type WalletBatcher = BatchQueue<QueuedRequest>;

/// The sender of the credentials.
type ReplySender = oneshot::Sender<Reply<Delivered>>;

/// A request to an issuer.
#[derive(Clone, Copy)]
pub(super) struct Submission<'a> {
    pub(super) partner: &'a Arc<Partner>,
    pub(super) issuer_id: &'a IssuerId,
    /// The certificate chain of the issuer's key.
    pub(super) x5c: &'a Arc<X5c>,
    pub(super) request: &'a CheckedRequest,
}

/// The parts of a request from which its credentials are signed.
struct Order {
    partner: Arc<Partner>,
    issuer_id: IssuerId,
    x5c: Arc<X5c>,
    offer: Arc<Offer>,
    keys: Vec<Jwk>,
    /// The holder, unless a user with the address exists.
    new: User,
    list: Arc<List>,
    /// Random entries of the list for each key.
    entries: Vec<[u64; DRAWN]>,
}

/// Signed credentials.
struct Drafts {
    credentials: Vec<Credential>,
    times: Times,
    program: Arc<Program>,
}

/// A queued request with its signed drafts.
pub(crate) struct QueuedRequest {
    order: Order,
    token_digest: Vec<u8>,
    single_use: Vec<OnceOnly>,
    /// The drafts for the new holder, with the first entry of each key.
    drafts: Drafts,
    /// The generation of the cached data from which the drafts were made.
    generation: u64,
    reply: ReplySender,
}

/// Issues the credentials of a request in a batch. Returns `None` if the request must be issued alone.
pub(super) async fn submit(app: &App, submission: Submission<'_>) -> Option<Result<Delivered, NotIssued>> {
    if !app.wallet_batcher.has_room(MAX_QUEUED, QueuedRequest::size) {
        return None;
    }
    let (reply, delivered) = oneshot::channel();
    let queued = draft(app, submission, reply)?;
    let delivered = batches::submit(app, &app.wallet_batcher, queued, delivered).await?;
    Some(delivered.map_err(NotIssued::from))
}

/// Checks and signs a request from cached data.
fn draft(app: &App, submission: Submission<'_>, reply: ReplySender) -> Option<QueuedRequest> {
    let Submission {
        partner,
        issuer_id,
        x5c,
        request,
    } = submission;
    let generation = app.cache.generation();
    let offer = app.cache.wallets.grant(&request.token_digest)?;
    let is_plain = offer.offer_id == request.offer_id
        && offer.partner_id == partner.partner_id
        && offer.format == CredentialFormat::SdJwtVc
        && offer.defers_for.is_none()
        && offer.copied_from.is_none();
    let single_use: Vec<_> = request.proof.iter().chain(&request.nonces).copied().collect();
    if !is_plain || request.keys.is_empty() || single_use.len() > MAX_SINGLE_USE {
        return None;
    }
    let keys = request.keys.clone();
    let order = Order {
        new: users::new(offer.email.as_str()).ok()?,
        list: app.cache.cached_list(partner.partner_id.as_str())?,
        entries: keys
            .iter()
            .map(|_| std::array::from_fn(|_| status_lists::draw()))
            .collect(),
        partner: partner.clone(),
        issuer_id: issuer_id.clone(),
        x5c: x5c.clone(),
        offer,
        keys,
    };
    let first = order.entries.iter().map(|[first, ..]| *first);
    let keys: Vec<_> = order.keys.iter().zip(first).collect();
    let drafts = order.sign(app, &keys, app.platform_clock.now())?;
    Some(QueuedRequest {
        order,
        token_digest: request.token_digest.clone(),
        single_use,
        drafts,
        generation,
        reply,
    })
}

impl Order {
    /// Signs a credential for each of these keys, with its entry of the list.
    fn sign(&self, app: &App, keys: &[(&Jwk, u64)], now: UnixTime) -> Option<Drafts> {
        let subject: Map<String, Value> = serde_json::from_str(&self.offer.subject).ok()?;
        let program_id = self.offer.program_id.as_str();
        let issuance = WalletIssuance::check_cached(app, &self.partner, program_id, Arc::new(subject))?;
        let schema_id = issuance.schema_id();
        let vct_integrity = app.cache.wallets.type_hash(schema_id)?;
        let issuer = CertifiedIssuer {
            id: &self.issuer_id,
            x5c: &self.x5c,
        };
        let profile = issuer.sd_jwt_vc(app, schema_id, Integrity::clone(&vct_integrity));
        let times = rounded(now, issuance.expires_at(now));
        let mut credentials = Vec::with_capacity(keys.len());
        for (key, entry) in keys {
            let terms = WalletTerms {
                profile: &profile,
                issued_at: times.issued_at,
                expires_at: times.expires_at,
                holder_key: Jwk::clone(key),
                is_copy: false,
            };
            let status = for_wallet(&self.issuer_id, Taken::new(&self.list, *entry));
            credentials.push(issuance.signed(&self.new.user_uuid, terms, status, now).ok()?);
        }
        Some(Drafts {
            credentials,
            times,
            program: issuance.program().clone(),
        })
    }
}

impl BatchRequest for QueuedRequest {
    /// Six requests for ten credentials. Other writers wait for at most one batch.
    const MAX_BATCH: usize = 64;

    type Stored = FinalizedRequest;

    fn size(&self) -> usize {
        self.order.keys.len()
    }

    async fn store(
        app: &App,
        tx: &mut WriteTx,
        mut queued: Vec<Self>,
    ) -> sqlx::Result<Vec<FinalizedRequest>> {
        let (now, generation) = (app.platform_clock.now(), app.cache.generation());
        let mut values = HashSet::new();
        queued.retain(|queued| {
            !queued.reply.is_closed()
                && queued.generation == generation
                && !is_over(&queued.drafts.program, now)
                // The store can't detect conflicts between two requests of this batch.
                && queued.single_use.iter().all(|value| values.insert(value.digest))
        });
        if queued.is_empty() {
            return Ok(Vec::new());
        }
        let prechecks = wallet_prechecks::look(tx, &queries(&queued)).await?;
        let mut prechecks = prechecks.into_iter();
        let mut batch = Batch::new(app, now);
        let mut finalized = Vec::with_capacity(queued.len());
        for queued in queued {
            let of_request: Vec<_> = prechecks.by_ref().take(queued.order.keys.len()).collect();
            finalized.extend(batch.finalize(queued, &of_request));
        }
        batch.store(tx, &finalized).await?;
        Ok(finalized)
    }
}

/// Returns a query for each key. The first query of a token reads the state of the token, and the first query of a request
/// that of its values.
fn queries(queued: &[QueuedRequest]) -> Vec<WalletPrecheckQuery<'_>> {
    let mut tokens = HashSet::new();
    let mut queries = Vec::new();
    for QueuedRequest {
        order,
        token_digest,
        single_use,
        ..
    } in queued
    {
        for (index, entries) in order.entries.iter().enumerate() {
            let is_first = index == 0;
            let value = |index: usize| single_use.get(index).map(|value| &value.digest);
            let token = is_first && tokens.insert(token_digest.as_slice());
            queries.push(WalletPrecheckQuery {
                partner_id: &order.partner.partner_id,
                token: token.then_some(TokenQuery {
                    offer_id: &order.offer.offer_id,
                    digest: token_digest,
                    email: &order.new.email,
                }),
                single_use: if is_first {
                    [value(0), value(1)]
                } else {
                    [None, None]
                },
                list: &order.list,
                entries: *entries,
            });
        }
    }
    queries
}

#[cfg(test)]
mod tests;
