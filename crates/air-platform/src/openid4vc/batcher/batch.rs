//! The requests of one transaction: which of them it issues, and what it stores.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use air_ids::{EmailAddress, UnixTime, UserUuid};

use super::{
    super::{
        credential_requests::{Delivered, TOKEN_LIMIT},
        times::rounded,
        tokens::OnceOnly,
    },
    Drafts, Order, QueuedRequest, ReplySender,
};
use crate::{
    App,
    batches::{Reply, StoredRequest},
    events::{self, EventKind},
    issuance::leaf,
    status_lists,
};
use air_store::{
    WriteTx,
    credential_offers::{self, Offer},
    credentials::Credential,
    prechecks::DRAWN,
    single_use,
    users::User,
    wallet_prechecks::WalletPrecheck,
};

/// The credentials of a request, to store.
pub(crate) struct FinalizedRequest {
    offer: Arc<Offer>,
    credentials: Vec<Credential>,
    single_use: Vec<OnceOnly>,
    /// The user, if the user is new.
    new: Option<User>,
    /// The number of the response.
    number: u64,
    reply: ReplySender,
}

/// The state of a token within a batch.
struct TokenState {
    is_valid: bool,
    responses: u64,
    issued: u64,
    user_uuid: Option<UserUuid>,
}

/// The state of a batch, which each finalized request changes.
pub(super) struct Batch<'a> {
    app: &'a App,
    now: UnixTime,
    tokens: HashMap<Vec<u8>, TokenState>,
    created: HashMap<EmailAddress, UserUuid>,
    /// The entries that are taken, by their list.
    entries: HashSet<(u64, u64)>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(app: &'a App, now: UnixTime) -> Self {
        Self {
            app,
            now,
            tokens: HashMap::new(),
            created: HashMap::new(),
            entries: HashSet::new(),
        }
    }

    /// Returns the credentials to store, or `None` if the request must be issued alone.
    pub(super) fn finalize(
        &mut self,
        queued: QueuedRequest,
        prechecks: &[WalletPrecheck],
    ) -> Option<FinalizedRequest> {
        let QueuedRequest {
            order,
            token_digest,
            single_use,
            drafts,
            reply,
            ..
        } = queued;
        let first = prechecks.first()?;
        let machine_now = self.app.machine_clock.now();
        let state = self
            .tokens
            .entry(token_digest)
            .or_insert_with(|| TokenState::of(first, machine_now));
        let count = order.keys.len() as u64;
        if !state.is_valid || first.is_used || state.issued.saturating_add(count) > TOKEN_LIMIT {
            return None;
        }
        let known = self.created.get(&order.new.email).or(state.user_uuid.as_ref());
        if known.is_some() && order.offer.replaces && state.responses == 0 {
            // The general path revokes the credentials that the holder had before.
            return None;
        }
        let entries = free_entries(&order, prechecks)?;
        let taken = |entry: &u64| (order.list.list_id, *entry);
        let distinct: HashSet<_> = entries.iter().map(taken).collect();
        if distinct.len() != entries.len() || !distinct.is_disjoint(&self.entries) {
            return None;
        }
        let user_uuid = known.unwrap_or(&order.new.user_uuid).clone();
        let mut credentials = drafts.updated(self.app, &order, &entries, prechecks, self.now)?;
        for credential in &mut credentials {
            credential.issued_at = self.now;
            credential.user_uuid = user_uuid.clone();
        }
        let new = known.is_none().then_some(order.new);
        if let Some(new) = &new {
            self.created.insert(new.email.clone(), new.user_uuid.clone());
        }
        self.entries.extend(distinct);
        state.responses = state.responses.saturating_add(1);
        state.issued = state.issued.saturating_add(count);
        Some(FinalizedRequest {
            offer: order.offer,
            credentials,
            single_use,
            new,
            number: state.responses,
            reply,
        })
    }

    /// Stores the credentials table by table, so that each table needs one statement.
    pub(super) async fn store(&self, tx: &mut WriteTx, finalized: &[FinalizedRequest]) -> sqlx::Result<()> {
        let now = self.now;
        status_lists::count_taken(tx, &self.entries).await?;
        for new in finalized.iter().filter_map(|finalized| finalized.new.as_ref()) {
            air_store::users::insert(tx, new, now).await?;
        }
        for value in finalized.iter().flat_map(|finalized| &finalized.single_use) {
            single_use::insert(tx, &value.digest, value.expires_at).await?;
        }
        let credentials = || finalized.iter().flat_map(|finalized| &finalized.credentials);
        for credential in credentials() {
            air_store::credentials::insert(tx, credential).await?;
        }
        for credential in credentials() {
            air_store::ledger::append_credential(tx, &leaf(credential), &credential.core_claim_hash).await?;
        }
        let mut responses = HashMap::<&str, (u64, u64)>::new();
        for FinalizedRequest {
            offer, credentials, ..
        } in finalized
        {
            for credential in credentials {
                credential_offers::record_credential(tx, &offer.offer_id, &credential.core_claim_hash)
                    .await?;
            }
            let (count, issued) = responses.entry(&offer.offer_id).or_default();
            *count += 1;
            *issued += credentials.len() as u64;
        }
        for (offer_id, (count, issued)) in responses {
            credential_offers::count_responses(tx, offer_id, count, issued).await?;
        }
        for FinalizedRequest {
            offer,
            new,
            credentials,
            ..
        } in finalized
        {
            if let Some(new) = new {
                let (by, user_uuid) = (&offer.partner_id, new.user_uuid.as_str());
                events::record(tx, &EventKind::UserCreated { by, user_uuid }, now).await?;
            }
            for credential in credentials {
                events::record(tx, &EventKind::CredentialIssued(credential), now).await?;
            }
        }
        // All errors of the queued statements are returned here at the latest.
        tx.flush().await
    }
}

impl Drafts {
    /// Returns the credentials. A draft whose first entry is taken is signed again, and each draft if the times have changed.
    fn updated(
        self,
        app: &App,
        order: &Order,
        entries: &[u64],
        prechecks: &[WalletPrecheck],
        now: UnixTime,
    ) -> Option<Vec<Credential>> {
        let has_times = self.times == rounded(now, self.program.expiration.end(now));
        let is_outdated = |precheck: &WalletPrecheck| !has_times || precheck.free != Some(0);
        let keys = order.keys.iter().zip(entries.iter().copied()).zip(prechecks);
        let outdated: Vec<_> = keys
            .filter_map(|(key, precheck)| is_outdated(precheck).then_some(key))
            .collect();
        let mut credentials = self.credentials;
        if !outdated.is_empty() {
            let signed = order.sign(app, &outdated, now)?;
            let drafts = credentials.iter_mut().zip(prechecks);
            let drafts = drafts.filter_map(|(draft, precheck)| is_outdated(precheck).then_some(draft));
            for (draft, credential) in drafts.zip(signed.credentials) {
                *draft = credential;
            }
        }
        Some(credentials)
    }
}

impl TokenState {
    fn of(precheck: &WalletPrecheck, now: UnixTime) -> Self {
        let is_current = precheck.token_expires_at.is_some_and(|end| now < end);
        Self {
            is_valid: is_current && !precheck.has_revoked && !precheck.has_refused,
            responses: precheck.responses.unwrap_or_default(),
            issued: precheck.issued.unwrap_or_default(),
            user_uuid: precheck.user_uuid.clone(),
        }
    }
}

/// Returns the first free entry of each key, or `None` if a key has none or the list is not open.
fn free_entries(order: &Order, prechecks: &[WalletPrecheck]) -> Option<Vec<u64>> {
    let entry = |(precheck, drawn): (&WalletPrecheck, &[u64; DRAWN])| {
        let free = usize::try_from(precheck.free?).ok()?;
        precheck.is_open.then_some(*drawn.get(free)?)
    };
    prechecks.iter().zip(&order.entries).map(entry).collect()
}

impl StoredRequest for FinalizedRequest {
    fn size(&self) -> usize {
        self.credentials.len()
    }

    fn reply(self, committed: Reply<()>) {
        let credentials = self.credentials.into_iter();
        let delivered = Delivered {
            credentials: credentials.map(|credential| credential.credential).collect(),
            number: self.number,
        };
        // The caller may have disconnected.
        let _ = self.reply.send(committed.map(|()| delivered));
    }
}
