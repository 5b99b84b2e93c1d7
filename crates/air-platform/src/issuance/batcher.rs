//! Batches issuance. Requests that arrive while the writer is busy are committed together in one
//! transaction, which reads and writes for all of them at once.
//!
//! A request can join a batch if its credential was checked and signed beforehand from cached data:
//! for a new user, with an entry of the status list of the issuer's last credential. When the batch
//! has the writer, a precheck verifies that this data is still valid. If it is not (the request has
//! a stored response, the user holds such a credential or has decided about its CAK, the list is
//! full, a statement fails), the request is issued alone, by the general path. A batch has the same
//! results as the general path, except that it may fill a list slightly beyond half.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use air_api::{IssuedOnBehalf, sandbox::IssuedDetails};
use air_ids::UnixTime;
use air_ledger::merkle::Hash;
use tokio::sync::oneshot;
use tracing::Instrument;

use super::{
    on_behalf,
    request::{self, IssuanceRequest, UnsignedCredential},
};
use crate::{
    App, Refusal,
    batch_queue::{BatchQueue, Leader},
    caks,
    events::{self, EventKind},
    idempotency::{Caller, IdempotentResponse, PendingResponse, RequestKey, ScopedKey},
    metrics::Work,
    status_lists::{self, Taken},
    users,
};
use air_store::{
    self, WriteTx,
    credentials::Credential,
    prechecks::{self, DRAWN, Precheck, PrecheckQuery},
    status_lists::List,
    users::User,
};

/// The maximum number of requests in a batch. More requests would make the statements longer, but
/// hardly reduce the cost of each request.
const MAX_BATCH: usize = 16;

/// The queue of requests. If a leader is dropped, the queued requests are issued alone.
pub(crate) type IssuanceBatcher = BatchQueue<QueuedIssuance>;

/// The sender of the issued credential, or of the reason why the commit failed. Dropping it means
/// that the request must be issued alone.
type Reply = oneshot::Sender<Result<IdempotentResponse<IssuedOnBehalf>, Arc<sqlx::Error>>>;

/// A queued request with its signed draft.
pub(crate) struct QueuedIssuance {
    unsigned: UnsignedCredential,
    key: Option<ScopedKey>,
    /// The holder, unless a user with this address exists.
    new: User,
    list: Arc<List>,
    /// Random entries of the list.
    entries: [u64; DRAWN],
    /// The draft for the new holder, with the first of the entries.
    draft: Credential,
    drafted_at: UnixTime,
    /// The generation of the cached data from which the draft was made.
    generation: u64,
    reply: Reply,
}

/// A credential to store.
struct FinalizedIssuance {
    credential: Credential,
    /// The user, if the user is new.
    new: Option<User>,
    /// The leaf of its ledger entry.
    leaf: Hash,
    response: PendingResponse<IssuedOnBehalf>,
    reply: Reply,
}

/// Issues a credential in a batch. Returns `None` if the request must be issued alone.
pub(super) async fn submit(
    order: &IssuanceRequest<'_>,
    program_id: &str,
    email: &str,
    request_key: Option<&RequestKey>,
) -> Option<Result<IdempotentResponse<IssuedOnBehalf>, Refusal>> {
    let (reply, finalized) = oneshot::channel();
    let queued = draft(order, program_id, email, request_key, reply)?;
    if let Some(leader) = order.app.batcher.join(queued) {
        lead_on(order.app.clone(), leader);
    }
    let span = air_store::within(|| tracing::info_span!("store.batch"));
    let finalized = finalized.instrument(span).await.ok()?;
    Some(finalized.map_err(|error| air_store::commit_error(&error).into()))
}

/// Checks and signs a request from cached data.
fn draft(
    order: &IssuanceRequest<'_>,
    program_id: &str,
    email: &str,
    request_key: Option<&RequestKey>,
    reply: Reply,
) -> Option<QueuedIssuance> {
    let (app, partner_id) = (order.app, order.partner.partner_id.as_str());
    let (generation, now) = (app.cache.generation(), app.platform_clock.now());
    let program = order.check_cached(program_id)?;
    if program.maximum_issuance.is_some() {
        // A program with a maximum counts each credential in its own transaction.
        return None;
    }
    let list = app.cache.cached_list(partner_id)?;
    let new = users::new(email).ok()?;
    let entries = std::array::from_fn(|_| status_lists::draw());
    let unsigned = order.unsigned(program).ok()?;
    let draft = unsigned.sign(&new, Taken::new(&list, entries[0]), now).ok()?;
    Some(QueuedIssuance {
        unsigned,
        key: request_key.map(|key| key.clone().scoped_to(Caller::new(partner_id, email))),
        new,
        list,
        entries,
        draft,
        drafted_at: now,
        generation,
        reply,
    })
}

/// Spawns a leader. It is a separate task, because the callers may disconnect.
fn lead_on(app: App, leader: Leader<QueuedIssuance>) {
    tokio::spawn(lead(app, leader));
}

async fn lead(app: App, leader: Leader<QueuedIssuance>) {
    let Ok(mut tx) = app.store.write().await else {
        // Each request is then issued alone and fails with the reason.
        return;
    };
    let (queued, next) = leader.take_batch(MAX_BATCH, |_| 1);
    if let Some(next) = next {
        lead_on(app.clone(), next);
    }
    match carry(&app, &mut tx, queued).await {
        Ok(finalized) if finalized.is_empty() => {}
        Ok(finalized) => {
            let committed = app.commit(tx).await.map_err(Arc::new);
            if committed.is_ok() {
                app.metrics.batched(finalized.len());
            }
            for FinalizedIssuance { response, reply, .. } in finalized {
                // The caller may have disconnected.
                let _ = reply.send(committed.clone().map(|()| response.into_committed()));
            }
        }
        // The transaction is rolled back, and no request got a response.
        Err(error) => {
            app.metrics.store_failed(Work::IssuanceBatch);
            tracing::warn!(%error, "the store rejected a batch; its credentials are issued one by one");
        }
    }
}

/// Stores the requests that pass the precheck. The replies of the others are dropped, so they are
/// issued alone.
async fn carry(
    app: &App,
    tx: &mut WriteTx,
    mut queued: Vec<QueuedIssuance>,
) -> sqlx::Result<Vec<FinalizedIssuance>> {
    let (now, generation) = (app.platform_clock.now(), app.cache.generation());
    let mut emails = HashSet::new();
    let mut keys = HashSet::new();
    queued.retain(|queued| {
        let key = queued.key.as_ref();
        !queued.reply.is_closed()
            && queued.generation == generation
            && !request::is_over(&queued.unsigned.program, now)
            // The store can't detect conflicts between two requests of this batch.
            && emails.insert(queued.new.email.clone())
            && key.is_none_or(|key| keys.insert((key.caller().to_owned(), key.as_str().to_owned())))
    });
    if queued.is_empty() {
        return Ok(Vec::new());
    }
    let queries: Vec<_> = queued.iter().map(QueuedIssuance::precheck_query).collect();
    let prechecks = prechecks::look(tx, &queries).await?;
    let mut entries = HashSet::new();
    let finalized: Vec<FinalizedIssuance> = queued
        .into_iter()
        .zip(prechecks)
        .filter_map(|(queued, precheck)| queued.finalize(precheck, &mut entries, now))
        .collect();
    store(tx, &finalized, &entries, now).await?;
    Ok(finalized)
}

/// Stores the credentials table by table, so that each table needs one statement.
async fn store(
    tx: &mut WriteTx,
    finalized: &[FinalizedIssuance],
    entries: &HashSet<(u64, u64)>,
    now: UnixTime,
) -> sqlx::Result<()> {
    let mut taken = HashMap::<u64, u64>::new();
    for (list, _) in entries {
        *taken.entry(*list).or_default() += 1;
    }
    for (list, entries) in taken {
        air_store::status_lists::take(tx, list, entries).await?;
    }
    for new in finalized.iter().filter_map(|finalized| finalized.new.as_ref()) {
        air_store::users::insert(tx, new, now).await?;
    }
    for FinalizedIssuance { credential, .. } in finalized {
        air_store::credentials::insert(tx, credential).await?;
    }
    for FinalizedIssuance { credential, leaf, .. } in finalized {
        air_store::ledger::append_credential(tx, leaf, &credential.core_claim_hash).await?;
    }
    for FinalizedIssuance { credential, new, .. } in finalized {
        if let Some(new) = new {
            let (by, user_uuid) = (&credential.partner_id, new.user_uuid.as_str());
            events::record(tx, &EventKind::UserCreated { by, user_uuid }, now).await?;
        }
        events::record(tx, &EventKind::CredentialIssued(credential), now).await?;
    }
    for FinalizedIssuance { response, .. } in finalized {
        response.store_first(tx, now).await?;
    }
    // All errors of the queued statements are returned here at the latest.
    tx.flush().await
}

impl QueuedIssuance {
    fn precheck_query(&self) -> PrecheckQuery<'_> {
        PrecheckQuery {
            call: self.key.as_ref().map(|key| (key.caller(), key.as_str())),
            email: self.new.email.as_str(),
            partner_id: self.unsigned.partner_id.as_str(),
            schema_id: self.unsigned.program.schema_id.as_str(),
            list: &self.list,
            entries: self.entries,
        }
    }

    /// Returns the credential to store, or `None` if the request must be issued alone.
    fn finalize(
        self,
        precheck: Precheck,
        entries: &mut HashSet<(u64, u64)>,
        now: UnixTime,
    ) -> Option<FinalizedIssuance> {
        if precheck.is_answered || precheck.has_history || !precheck.is_open {
            return None;
        }
        let free = usize::try_from(precheck.free?).ok()?;
        let entry = *self.entries.get(free)?;
        let user = precheck.user_uuid.zip(precheck.holder_did);
        let user = user.map(|(user_uuid, holder_did)| User {
            user_uuid,
            email: self.new.email.clone(),
            holder_did,
        });
        let is_encrypted = self.unsigned.program.cak;
        let credential = if user.is_none() && free == 0 && self.drafted_at == now {
            self.draft
        } else {
            let holder = user.as_ref().unwrap_or(&self.new);
            let status = Taken::new(&self.list, entry);
            self.unsigned.sign(holder, status, now).ok()?
        };
        let leaf = request::leaf(&credential);
        let cak = caks::details_of(&credential, is_encrypted);
        // A user with earlier credentials is not in a batch.
        let details = IssuedDetails { cak, duplicate: None };
        let response = PendingResponse::new(self.key, on_behalf(&credential, details)).ok()?;
        // This check is last, so that an entry is taken only for a credential in this batch.
        entries
            .insert((self.list.list_id, entry))
            .then(|| FinalizedIssuance {
                credential,
                new: user.is_none().then_some(self.new),
                leaf,
                response,
                reply: self.reply,
            })
    }
}

#[cfg(test)]
mod tests;
