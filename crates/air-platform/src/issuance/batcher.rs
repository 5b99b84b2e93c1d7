//! Batches issuance. Requests that arrive while the writer is busy are committed together in one
//! transaction, which reads and writes for all of them at once.
//!
//! A request can join a batch if its credential was checked and signed beforehand from cached data:
//! for a new user, with an entry of the status list of the issuer's last credential. When the batch
//! has the writer, a precheck verifies that this data is still valid. If it is not (the request has
//! a stored response, the user holds such a credential or has decided about its CAK, the list is
//! full, a statement fails), the request is issued alone, by the general path. A batch has the same
//! results as the general path, except that it may fill a list slightly beyond half.

use std::{collections::HashSet, sync::Arc};

use air_api::{IssuedOnBehalf, sandbox::IssuedDetails};
use air_ids::UnixTime;
use air_ledger::merkle::Hash;
use tokio::sync::oneshot;

use super::{
    on_behalf,
    request::{self, IssuanceRequest, UnsignedCredential},
};
use crate::{
    App, Refusal,
    batch_queue::BatchQueue,
    batches::{self, BatchRequest, Reply, StoredRequest},
    caks,
    events::{self, EventKind},
    idempotency::{Caller, IdempotentResponse, PendingResponse, RequestKey, ScopedKey},
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

/// The queue of requests. If a leader is dropped, the queued requests are issued alone.
pub(crate) type IssuanceBatcher = BatchQueue<QueuedIssuance>;

/// The sender of the issued credential.
type ReplySender = oneshot::Sender<Reply<IdempotentResponse<IssuedOnBehalf>>>;

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
    reply: ReplySender,
}

/// A credential to store.
pub(crate) struct FinalizedIssuance {
    credential: Credential,
    /// The user, if the user is new.
    new: Option<User>,
    /// The leaf of its ledger entry.
    leaf: Hash,
    response: PendingResponse<IssuedOnBehalf>,
    reply: ReplySender,
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
    let finalized = batches::submit(order.app, &order.app.batcher, queued, finalized).await?;
    Some(finalized.map_err(Refusal::from))
}

/// Checks and signs a request from cached data.
fn draft(
    order: &IssuanceRequest<'_>,
    program_id: &str,
    email: &str,
    request_key: Option<&RequestKey>,
    reply: ReplySender,
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

impl BatchRequest for QueuedIssuance {
    /// More requests would make the statements longer, but hardly reduce the cost of each request.
    const MAX_BATCH: usize = 16;

    type Stored = FinalizedIssuance;

    fn size(&self) -> usize {
        1
    }

    async fn store(
        app: &App,
        tx: &mut WriteTx,
        mut queued: Vec<Self>,
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
}

impl StoredRequest for FinalizedIssuance {
    fn size(&self) -> usize {
        1
    }

    fn reply(self, committed: Reply<()>) {
        // The caller may have disconnected.
        let _ = self
            .reply
            .send(committed.map(|()| self.response.into_committed()));
    }
}

/// Stores the credentials table by table, so that each table needs one statement.
async fn store(
    tx: &mut WriteTx,
    finalized: &[FinalizedIssuance],
    entries: &HashSet<(u64, u64)>,
    now: UnixTime,
) -> sqlx::Result<()> {
    status_lists::count_taken(tx, entries).await?;
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
