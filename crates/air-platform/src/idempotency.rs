//! Idempotent operations. A caller that sends an `Idempotency-Key` gets the same response for 24
//! hours, however often it repeats the request. The response is stored in the transaction that did
//! the work; a concurrent duplicate waits for the writer and then finds it. A refusal rolls the
//! transaction back and stores nothing: the caller can correct the request and send it under the
//! same key. (The exception is a consent that the user denies: `IdempotentTx::commit_refusal`.)
//!
//! Only `App::idempotent` makes an [`IdempotentResponse`], apart from batched issuance, which
//! stores a `PendingResponse`. `Api::add` accepts no handler that takes an `Idempotency-Key` and
//! returns anything else.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use air_api::IdempotencyKey;
use air_ids::UnixTime;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{
    App, Refusal,
    events::{self, EventKind, Notifier},
};
use air_store::{
    WriteTx, WriterGuard,
    idempotency::{self, StoredResponse},
    sql::PendingQuery,
};

/// The lifetime of a stored response in seconds.
const LIFETIME: Duration = Duration::from_hours(24);

/// The `Idempotency-Key` of a request, and a fingerprint of the request.
#[derive(Clone, Debug)]
pub struct RequestKey {
    key: IdempotencyKey,
    fingerprint: [u8; 32],
}

impl RequestKey {
    /// Creates a key. Two requests are the same if all their `parts` are equal: method, path and body.
    #[must_use]
    pub fn new(key: IdempotencyKey, parts: &[&[u8]]) -> Self {
        Self {
            key,
            fingerprint: fingerprint(parts),
        }
    }

    /// Adds the caller and the person whom the request concerns: the recipient, for example, is in the
    /// token and not in the body.
    pub(crate) fn scoped_to(self, caller: Caller<'_>) -> ScopedKey {
        ScopedKey {
            caller: caller.id.to_owned(),
            key: self.key,
            fingerprint: fingerprint(&[&self.fingerprint, caller.about.as_bytes()]),
        }
    }
}

/// A request key in the scope of its caller.
#[derive(Clone, Debug)]
pub(crate) struct ScopedKey {
    caller: String,
    key: IdempotencyKey,
    fingerprint: [u8; 32],
}

impl ScopedKey {
    pub(crate) fn caller(&self) -> &str {
        &self.caller
    }

    pub(crate) fn as_str(&self) -> &str {
        self.key.as_str()
    }
}

/// Hashes the length and the bytes of each part.
fn fingerprint(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The caller of an operation, and the person whom it concerns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'a> {
    /// A partner's ID, a user's ID, or empty for setup. Callers don't share keys.
    id: &'a str,
    about: &'a str,
}

impl<'a> Caller<'a> {
    /// The operator who sets up the platform.
    pub(crate) const SET_UP: Self = Self { id: "", about: "" };

    pub(crate) fn new(id: &'a str, about: &'a str) -> Self {
        Self { id, about }
    }
}

/// The response of a committed operation.
#[derive(Debug)]
pub struct IdempotentResponse<T> {
    body: T,
    is_replayed: bool,
}

impl<T> IdempotentResponse<T> {
    /// Returns the body of the response.
    pub fn body(&self) -> &T {
        &self.body
    }

    /// Returns the body of the response.
    pub fn into_body(self) -> T {
        self.body
    }

    /// Checks whether the response was stored by an earlier request with the same key.
    pub fn is_replayed(&self) -> bool {
        self.is_replayed
    }
}

/// The response of an operation whose transaction is not committed yet.
pub(super) struct PendingResponse<T> {
    body: T,
    /// The key of the stored response.
    stored: Option<(ScopedKey, StoredResponse)>,
}

impl<T: Serialize> PendingResponse<T> {
    pub(super) fn new(key: Option<ScopedKey>, body: T) -> Result<Self, Refusal> {
        let stored = match key {
            None => None,
            Some(key) => {
                let stored = StoredResponse {
                    fingerprint: key.fingerprint.to_vec(),
                    answer: serde_json::to_string(&body).map_err(Refusal::internal)?,
                };
                Some((key, stored))
            }
        };
        Ok(Self { body, stored })
    }

    /// Stores the response under its key and replaces an expired one.
    async fn store(&self, tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
        match &self.stored {
            Some((key, stored)) => idempotency::keep(tx, key.caller(), key.as_str(), stored, now).await,
            None => Ok(()),
        }
    }

    /// Stores the response under a key without a stored response, not even an expired one.
    pub(super) async fn store_first(&self, tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
        match &self.stored {
            Some((key, stored)) => idempotency::keep_first(tx, key.caller(), key.as_str(), stored, now).await,
            None => Ok(()),
        }
    }

    /// Returns the response. The transaction that stored it must be committed.
    pub(super) fn into_committed(self) -> IdempotentResponse<T> {
        IdempotentResponse {
            body: self.body,
            is_replayed: false,
        }
    }
}

/// A transaction that has queued the query for the stored response of a request. Other queries can be
/// queued before [`PendingClaim::run`]: they are sent to the database together, and their results are
/// used only if the request is new.
#[must_use = "an operation runs by `run`"]
pub(crate) struct PendingClaim {
    app: App,
    tx: WriterGuard,
    key: Option<ScopedKey>,
    stored: Option<PendingQuery<StoredResponse>>,
    pub(crate) now: UnixTime,
}

/// The state of a request in the store.
enum Claim<T> {
    New(Box<IdempotentTx>),
    Replay(IdempotentResponse<T>),
}

/// The transaction of an operation that runs once for each request key.
pub(crate) struct IdempotentTx {
    tx: WriterGuard,
    notifier: Notifier,
    key: Option<ScopedKey>,
    /// The verification whose result the response contains.
    verification_id: Option<String>,
    commits_refusal: bool,
    pub(crate) now: UnixTime,
}

impl App {
    /// Runs `operation` in a transaction and stores its response there. If the caller has a stored
    /// response under this key, replays it instead. A refusal rolls the transaction back.
    pub(crate) async fn idempotent<T, F>(
        &self,
        caller: Caller<'_>,
        request_key: Option<RequestKey>,
        operation: F,
    ) -> Result<IdempotentResponse<T>, Refusal>
    where
        T: Serialize + DeserializeOwned,
        F: AsyncFnOnce(&mut IdempotentTx) -> Result<T, Refusal>,
    {
        self.claim(caller, request_key).await?.run(operation).await
    }

    /// Begins [`App::idempotent`] for an operation that sends its first queries together with the
    /// query for the stored response.
    pub(crate) async fn claim(
        &self,
        caller: Caller<'_>,
        request_key: Option<RequestKey>,
    ) -> Result<PendingClaim, Refusal> {
        let now = self.platform_clock.now();
        let mut tx = self.store.write().await?;
        let key = request_key.map(|request_key| request_key.scoped_to(caller));
        let mut stored = None;
        if let Some(key) = &key {
            let since = now.saturating_sub(LIFETIME);
            stored = Some(idempotency::query_later(&mut tx, key.caller(), key.as_str(), since).await?);
        }
        Ok(PendingClaim {
            app: self.clone(),
            tx,
            key,
            stored,
            now,
        })
    }
}

impl PendingClaim {
    /// Runs the operation, or replays its response, as [`App::idempotent`] does.
    pub(crate) async fn run<T, F>(self, operation: F) -> Result<IdempotentResponse<T>, Refusal>
    where
        T: Serialize + DeserializeOwned,
        F: AsyncFnOnce(&mut IdempotentTx) -> Result<T, Refusal>,
    {
        let mut tx = match self.resolve().await? {
            Claim::New(tx) => tx,
            Claim::Replay(response) => return Ok(response),
        };
        match operation(&mut tx).await {
            Ok(body) => tx.finish(body).await,
            Err(refusal) => Err(tx.refuse(refusal).await),
        }
    }

    async fn resolve<T: DeserializeOwned>(self) -> Result<Claim<T>, Refusal> {
        let Self {
            app,
            mut tx,
            key,
            stored,
            now,
        } = self;
        let stored = match stored {
            Some(stored) => stored.take_row(&mut tx).await?,
            None => None,
        };
        let (Some(stored), Some(key)) = (stored, &key) else {
            return Ok(Claim::New(Box::new(IdempotentTx {
                tx,
                notifier: app.notifier.clone(),
                key,
                verification_id: None,
                commits_refusal: false,
                now,
            })));
        };
        drop(tx);
        // The stored response may not be on disk yet. An empty transaction commits after it.
        app.store.write().await?.commit().await?;
        if stored.fingerprint != key.fingerprint {
            return Err(Refusal::unprocessable(
                "this Idempotency-Key was used for another call; a new call needs a new key",
            ));
        }
        Ok(Claim::Replay(IdempotentResponse {
            body: serde_json::from_str(&stored.answer).map_err(Refusal::internal)?,
            is_replayed: true,
        }))
    }
}

impl Deref for PendingClaim {
    type Target = WriteTx;

    fn deref(&self) -> &WriteTx {
        &self.tx
    }
}

impl DerefMut for PendingClaim {
    fn deref_mut(&mut self) -> &mut WriteTx {
        &mut self.tx
    }
}

impl IdempotentTx {
    /// Stores an event in this transaction.
    pub(crate) async fn record(&mut self, event: &EventKind<'_>) -> sqlx::Result<()> {
        events::record(&mut self.tx, event, self.now).await
    }

    /// Links the stored response to a verification: it is deleted when the user withdraws the
    /// consent.
    pub(crate) fn tie_to_verification(&mut self, verification_id: &str) {
        self.verification_id = Some(verification_id.to_owned());
    }

    /// Commits the transaction although the operation ends with this refusal. No response is
    /// stored.
    pub(crate) fn commit_refusal(&mut self, refusal: Refusal) -> Refusal {
        self.commits_refusal = true;
        refusal
    }

    async fn finish<T: Serialize>(mut self, body: T) -> Result<IdempotentResponse<T>, Refusal> {
        let response = PendingResponse::new(self.key.take(), body)?;
        response.store(&mut self.tx, self.now).await?;
        if let (Some((key, _)), Some(verification_id)) = (&response.stored, &self.verification_id) {
            idempotency::tie(&mut self.tx, key.caller(), key.as_str(), verification_id).await?;
        }
        self.notifier.commit(self.tx).await?;
        Ok(response.into_committed())
    }

    async fn refuse(self, refusal: Refusal) -> Refusal {
        if !self.commits_refusal {
            return refusal;
        }
        match self.notifier.commit(self.tx).await {
            Ok(()) => refusal,
            Err(error) => error.into(),
        }
    }
}

impl Deref for IdempotentTx {
    type Target = WriteTx;

    fn deref(&self) -> &WriteTx {
        &self.tx
    }
}

impl DerefMut for IdempotentTx {
    fn deref_mut(&mut self) -> &mut WriteTx {
        &mut self.tx
    }
}

/// Deletes stored responses that are older than a day. A response dated later than now, because the
/// clock was moved back, is dated to now.
pub(crate) async fn forget_old(app: &App) -> sqlx::Result<()> {
    let now = app.platform_clock.now();
    let mut read = app.store.read().await?;
    let is_due = idempotency::any_until(&mut read, now.saturating_sub(LIFETIME)).await?
        || idempotency::any_after(&mut read, now).await?;
    drop(read);
    if !is_due {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    let now = app.stored_time(&mut tx).await?;
    idempotency::date_back(&mut tx, now).await?;
    idempotency::forget_until(&mut tx, now.saturating_sub(LIFETIME)).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use super::*;
    use crate::Clock;

    /// Runs an operation under a key of the operator.
    async fn respond(
        app: &App,
        key: &str,
        operation: impl AsyncFnOnce(&mut IdempotentTx) -> Result<u8, Refusal>,
    ) -> Result<IdempotentResponse<u8>, Refusal> {
        let request_key = RequestKey::new(key.parse().unwrap(), &[b"request"]);
        app.idempotent(Caller::SET_UP, Some(request_key), operation).await
    }

    /// Sets the stored clock of the platform, as an example of an observable operation.
    async fn move_clock(tx: &mut IdempotentTx, offset: u64) {
        air_store::clock::set_offset(tx, offset).await.unwrap();
    }

    async fn clock_offset(app: &App) -> u64 {
        air_store::clock::offset(&mut app.store.read().await.unwrap())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn an_operation_runs_once_for_each_key() {
        let app = App::for_tests(Clock::new(|| UnixTime::from_secs(1_000_000))).await;
        let mut runs = 0;
        for is_replay in [false, true, true] {
            let response = respond(&app, "key", async |_| {
                runs += 1;
                Ok(runs)
            });
            let response = response.await.unwrap();
            assert_eq!((*response.body(), response.is_replayed()), (1, is_replay));
        }
        let response = respond(&app, "other", async |_| Ok(2)).await.unwrap();
        assert!(!response.is_replayed());
        assert_eq!(runs, 1);
    }

    #[tokio::test]
    async fn without_a_key_every_request_runs() {
        let app = App::for_tests(Clock::new(|| UnixTime::from_secs(1_000_000))).await;
        for run in 1..=2 {
            let response = app.idempotent(Caller::SET_UP, None, async |_| Ok(run));
            let response: IdempotentResponse<u8> = response.await.unwrap();
            assert_eq!((response.is_replayed(), response.into_body()), (false, run));
        }
    }

    #[tokio::test]
    async fn a_refusal_rolls_back_unless_it_is_committed() {
        let app = App::for_tests(Clock::new(|| UnixTime::from_secs(1_000_000))).await;
        let refused = respond(&app, "key", async |tx| {
            move_clock(tx, 60).await;
            Err(Refusal::conflict("rolled back"))
        });
        assert_eq!(refused.await.unwrap_err().message(), "rolled back");
        assert_eq!(clock_offset(&app).await, 0);
        let refused = respond(&app, "key", async |tx| {
            move_clock(tx, 60).await;
            Err(tx.commit_refusal(Refusal::conflict("committed")))
        });
        assert_eq!(refused.await.unwrap_err().message(), "committed");
        assert_eq!(clock_offset(&app).await, 60);
        // Neither refusal is stored.
        assert!(!respond(&app, "key", async |_| Ok(7)).await.unwrap().is_replayed());
    }

    #[tokio::test]
    async fn an_answer_of_a_clock_that_went_back_is_forgotten_after_a_day() {
        let time = Arc::new(AtomicU64::new(1_000_000 + 30 * LIFETIME.as_secs()));
        let now = time.clone();
        let app = App::for_tests(Clock::new(move || {
            UnixTime::from_secs(now.load(Ordering::SeqCst))
        }))
        .await;
        let answer = async || respond(&app, "key", async |_| Ok(7)).await.unwrap();
        answer().await;
        time.store(1_000_000, Ordering::SeqCst);
        forget_old(&app).await.unwrap();
        assert!(answer().await.is_replayed());
        time.fetch_add(LIFETIME.as_secs(), Ordering::SeqCst);
        forget_old(&app).await.unwrap();
        assert!(!answer().await.is_replayed());
    }

    #[tokio::test]
    async fn what_is_a_day_old_is_forgotten_and_nothing_else() {
        let time = Arc::new(AtomicU64::new(1_000_000));
        let now = time.clone();
        let app = App::for_tests(Clock::new(move || {
            UnixTime::from_secs(now.load(Ordering::SeqCst))
        }))
        .await;
        let answer = async |key: &str| respond(&app, key, async |_| Ok(7)).await.unwrap();
        let kept = async || {
            let mut read = app.store.read().await.unwrap();
            let keys =
                air_store::sql::query_scalar::<String>("SELECT key FROM idempotency_keys ORDER BY key");
            keys.fetch_all(&mut read).await.unwrap()
        };
        answer("old").await;
        time.fetch_add(LIFETIME.as_secs() - 1, Ordering::SeqCst);
        answer("new").await;
        forget_old(&app).await.unwrap();
        assert_eq!(kept().await, ["new", "old"]);
        assert!(answer("old").await.is_replayed());
        time.fetch_add(1, Ordering::SeqCst);
        forget_old(&app).await.unwrap();
        assert_eq!(kept().await, ["new"]);
    }
}
