//! Batches issuance. Requests that arrive while the writer is busy are committed together in one transaction, which reads
//! and writes for all of them at once.
//!
//! A request can join a batch if its credential was checked and signed beforehand from cached data: for a new user, with an entry
//! of the list that the issuer's last credential is on. In its turn the store says whether that holds. What is not plain then (the call was
//! answered before, the user holds such a credential, the list is full, a statement fails) goes alone, the way that everything else
//! goes: a convoy decides nothing that is not the same for one alone (but that a list may have a convoy's entries more than half).

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use air_api::IssuedOnBehalf;
use air_ledger::merkle::Hash;
use tokio::sync::oneshot;
use tracing::Instrument;

use super::{
    on_behalf,
    order::{self, Blank, Order},
};
use crate::{
    domain::{
        App, Refusal,
        events::{self, News},
        idempotency::{Caller, IdempotentResponse, PendingResponse, RequestKey, ScopedKey},
        status_lists::{self, Taken},
        users,
    },
    metrics::Work,
    store::{
        self, Change,
        convoys::{self, DRAWN, Inquiry, Outlook},
        credentials::Credential,
        status_lists::List,
        users::User,
    },
};

/// How many go together. More make the statements longer and not much cheaper for each.
const SEATS: usize = 16;

/// Those who wait. Clones are of the same.
#[derive(Clone, Default)]
pub(crate) struct Convoy(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    passengers: VecDeque<Passenger>,
    /// Whether somebody asks for a turn for them.
    is_led: bool,
}

/// Receives the issued credential, or why it could not be committed. Dropped when the request has to be issued alone.
type Reply = oneshot::Sender<Result<IdempotentResponse<IssuedOnBehalf>, Arc<sqlx::Error>>>;

/// A credential that waits.
struct Passenger {
    blank: Blank,
    key: Option<ScopedKey>,
    /// The holder, unless the address has one.
    new: User,
    list: Arc<List>,
    /// Of the list, at random.
    entries: [u64; DRAWN],
    /// For the new holder, with the first of the entries.
    draft: Credential,
    drafted_at: u64,
    /// Of what it was drafted from.
    generation: u64,
    reply: Reply,
}

/// A credential that is being stored.
struct Carried {
    credential: Credential,
    /// Who came with it.
    new: Option<User>,
    /// Its entry of the ledger.
    leaf: Hash,
    response: PendingResponse<IssuedOnBehalf>,
    reply: Reply,
}

/// Issues together with others, if it is plain; none where it has to go alone.
pub(super) async fn ride(
    order: &Order<'_>,
    program_id: &str,
    email: &str,
    request_key: Option<&RequestKey>,
) -> Option<Result<IdempotentResponse<IssuedOnBehalf>, Refusal>> {
    let (reply, carried) = oneshot::channel();
    let passenger = draft(order, program_id, email, request_key, reply)?;
    if order.app.convoy.join(passenger) {
        lead_on(order.app.clone());
    }
    let span = store::within(|| tracing::info_span!("store.convoy"));
    let carried = carried.instrument(span).await.ok()?;
    Some(carried.map_err(|error| store::commit_error(&error).into()))
}

/// Checks and signs from cached data.
fn draft(
    order: &Order<'_>,
    program_id: &str,
    email: &str,
    request_key: Option<&RequestKey>,
    reply: Reply,
) -> Option<Passenger> {
    let (app, partner_id) = (order.app, &order.partner.partner_id);
    let (generation, now) = (app.prepared.generation(), app.platform_clock.now());
    let program = order.check_at_hand(program_id)?;
    if program.maximum_issuance.is_some() {
        // They are counted one by one.
        return None;
    }
    let list = app.prepared.list_at_hand(partner_id)?;
    let new = users::new(email).ok()?;
    let entries = std::array::from_fn(|_| status_lists::draw());
    let blank = order.blank(program).ok()?;
    let draft = blank.sign(&new, Taken::new(&list, entries[0]), now).ok()?;
    Some(Passenger {
        blank,
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

impl Convoy {
    /// How many wait.
    pub(crate) fn passengers(&self) -> usize {
        self.waiting().passengers.len()
    }

    /// Whether somebody has to ask for a turn.
    fn join(&self, passenger: Passenger) -> bool {
        let mut waiting = self.waiting();
        waiting.passengers.push_back(passenger);
        !std::mem::replace(&mut waiting.is_led, true)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that holds this lock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Convoy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Convoy").finish_non_exhaustive()
    }
}

/// Waits for the writer. When this is dropped, the waiting requests are issued alone.
struct Leader {
    convoy: Convoy,
    has_departed: bool,
}

impl Leader {
    fn of(convoy: Convoy) -> Self {
        let has_departed = false;
        Self { convoy, has_departed }
    }

    /// Those who go now, and whether others wait for the next turn.
    fn depart(mut self) -> (Vec<Passenger>, bool) {
        self.has_departed = true;
        let mut waiting = self.convoy.waiting();
        let seats = waiting.passengers.len().min(SEATS);
        let passengers = waiting.passengers.drain(..seats).collect();
        waiting.is_led = !waiting.passengers.is_empty();
        (passengers, waiting.is_led)
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        if !self.has_departed {
            let mut waiting = self.convoy.waiting();
            waiting.is_led = false;
            waiting.passengers.clear();
        }
    }
}

/// A task of its own: those who wait may go away.
fn lead_on(app: App) {
    let leader = Leader::of(app.convoy.clone());
    tokio::spawn(lead(app, leader));
}

async fn lead(app: App, leader: Leader) {
    let Ok(mut change) = app.store.change().await else {
        // Each hears why when it goes alone.
        return;
    };
    let (passengers, is_led) = leader.depart();
    if is_led {
        lead_on(app.clone());
    }
    match carry(&app, &mut change, passengers).await {
        Ok(carried) if carried.is_empty() => {}
        Ok(carried) => {
            let committed = app.commit(change).await.map_err(Arc::new);
            if committed.is_ok() {
                app.metrics.carried(carried.len());
            }
            for Carried { response, reply, .. } in carried {
                // The caller may have disconnected.
                let _ = reply.send(committed.clone().map(|()| response.into_committed()));
            }
        }
        // The change is undone, and nobody was told anything.
        Err(error) => {
            app.metrics.store_failed(Work::Convoy);
            tracing::warn!(%error, "the store refused a convoy; its credentials go one by one");
        }
    }
}

/// Stores those that are plain. The others go alone: their reply is dropped.
async fn carry(app: &App, change: &mut Change, mut passengers: Vec<Passenger>) -> sqlx::Result<Vec<Carried>> {
    let (now, generation) = (app.platform_clock.now(), app.prepared.generation());
    let mut emails = HashSet::new();
    let mut keys = HashSet::new();
    passengers.retain(|passenger| {
        let key = passenger.key.as_ref();
        !passenger.reply.is_closed()
            && passenger.generation == generation
            && !order::is_over(&passenger.blank.program, now)
            // What two say of one another, the store does not know yet.
            && emails.insert(passenger.new.email.clone())
            && key.is_none_or(|key| keys.insert((key.caller().to_owned(), key.as_str().to_owned())))
    });
    if passengers.is_empty() {
        return Ok(Vec::new());
    }
    let inquiries: Vec<_> = passengers.iter().map(Passenger::inquiry).collect();
    let outlooks = convoys::look(change, &inquiries).await?;
    let mut entries = HashSet::new();
    let carried: Vec<Carried> = passengers
        .into_iter()
        .zip(outlooks)
        .filter_map(|(passenger, outlook)| passenger.board(outlook, &mut entries, now))
        .collect();
    store(change, &carried, &entries, now).await?;
    Ok(carried)
}

/// Kind by kind, so that each is one statement.
async fn store(
    change: &mut Change,
    carried: &[Carried],
    entries: &HashSet<(i64, u64)>,
    now: u64,
) -> sqlx::Result<()> {
    let mut taken = HashMap::<i64, i64>::new();
    for (list, _) in entries {
        *taken.entry(*list).or_default() += 1;
    }
    for (list, entries) in taken {
        store::status_lists::take(change, list, entries).await?;
    }
    for new in carried.iter().filter_map(|carried| carried.new.as_ref()) {
        store::users::insert(change, new, now).await?;
    }
    for Carried { credential, .. } in carried {
        store::credentials::insert(change, credential).await?;
    }
    for Carried { credential, leaf, .. } in carried {
        store::ledger::append_credential(change, leaf, &credential.core_claim_hash).await?;
    }
    for Carried { credential, new, .. } in carried {
        if let Some(new) = new {
            let (by, user_uuid) = (&*credential.partner_id, &*new.user_uuid);
            events::tell(change, &News::UserCreated { by, user_uuid }, now).await?;
        }
        events::tell(change, &News::CredentialIssued(credential), now).await?;
    }
    for Carried { response, .. } in carried {
        response.store_first(change, now).await?;
    }
    // Should the store refuse one of them, it is here that it says so.
    change.settle_deferred().await
}

impl Passenger {
    fn inquiry(&self) -> Inquiry<'_> {
        Inquiry {
            call: self.key.as_ref().map(|key| (key.caller(), key.as_str())),
            email: &self.new.email,
            partner_id: &self.blank.partner_id,
            schema_id: &self.blank.program.schema_id,
            list: &self.list,
            entries: self.entries,
        }
    }

    /// None where it has to go alone.
    fn board(self, outlook: Outlook, entries: &mut HashSet<(i64, u64)>, now: u64) -> Option<Carried> {
        if outlook.is_answered || outlook.holds || !outlook.is_open {
            return None;
        }
        let free = usize::try_from(outlook.free?).ok()?;
        let entry = *self.entries.get(free)?;
        let user = outlook.user_uuid.zip(outlook.holder_did);
        let user = user.map(|(user_uuid, holder_did)| User {
            user_uuid,
            email: self.new.email.clone(),
            holder_did,
        });
        let credential = if user.is_none() && free == 0 && self.drafted_at == now {
            self.draft
        } else {
            let holder = user.as_ref().unwrap_or(&self.new);
            let status = Taken::new(&self.list, entry);
            self.blank.sign(holder, status, now).ok()?
        };
        let leaf = order::leaf(&credential).ok()?;
        let response = PendingResponse::new(self.key, on_behalf(&credential).ok()?).ok()?;
        // The last question, so that an entry is taken only for a credential that goes.
        entries.insert((self.list.list_id, entry)).then(|| Carried {
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
