//! Calls that count once. A caller who names a call by a key gets the same answer however often it asks, for 24 hours: the answer is
//! kept in the same change as what the call did. A twin that comes meanwhile waits for its turn, and then finds the answer.
//! A refusal changes nothing and stores nothing: the call can be corrected and sent with the same key. The exception is a consent that
//! the user denies: its answer stays 409.

use std::ops::{Deref, DerefMut};

use air_api::IdempotencyKey;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{
    App, Refusal,
    events::{self, Bell, News},
};
use crate::store::{
    Change,
    idempotency::{self, Kept},
    sql::Asked,
};

/// For how long an answer is kept, in seconds.
const LIFETIME: u64 = 24 * 3600;

/// A call that its caller has named.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    key: IdempotencyKey,
    fingerprint: [u8; 32],
}

impl Call {
    /// Two calls are the same when all of these are: method, path, body, as the HTTP layer has them.
    pub(crate) fn new(key: IdempotencyKey, parts: &[&[u8]]) -> Self {
        Self {
            key,
            fingerprint: fingerprint(parts),
        }
    }

    /// By somebody, and about this, which is not in the body: the recipient, for one, is in the token.
    pub(crate) fn named(mut self, by: Caller<'_>) -> NamedCall {
        self.fingerprint = fingerprint(&[&self.fingerprint, by.about.as_bytes()]);
        let caller = by.id.to_owned();
        NamedCall { caller, call: self }
    }
}

/// A call, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct NamedCall {
    pub(crate) caller: String,
    call: Call,
}

impl NamedCall {
    pub(crate) fn key(&self) -> &str {
        self.call.key.as_str()
    }

    /// What is kept of an answer.
    pub(crate) fn kept(&self, answer: &impl Serialize) -> Result<Kept, Refusal> {
        Ok(Kept {
            fingerprint: self.call.fingerprint.to_vec(),
            answer: serde_json::to_string(answer).map_err(Refusal::internal)?,
        })
    }
}

/// Of each part its length and its bytes.
fn fingerprint(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Who calls, and about whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'a> {
    /// A partner's id, a user's, or nothing for set-up: keys of one are not another's.
    pub(crate) id: &'a str,
    pub(crate) about: &'a str,
}

impl<'a> Caller<'a> {
    /// Who sets the platform up.
    pub(crate) const SET_UP: Self = Self { id: "", about: "" };

    pub(crate) fn new(id: &'a str, about: &'a str) -> Self {
        Self { id, about }
    }
}

/// What a call answers.
#[derive(Debug)]
pub(crate) struct Done<T> {
    pub(crate) answer: T,
    /// Whether it was given before.
    pub(crate) is_replayed: bool,
}

/// A call's turn: the first, or one whose answer is known.
pub(crate) enum Begun<T> {
    First(Box<FirstTurn>),
    Again(Done<T>),
}

/// A change whose answer is kept with it.
pub(crate) struct FirstTurn {
    bell: Bell,
    change: Change,
    call: Option<NamedCall>,
    pub(crate) now: u64,
}

/// A change of which is not known yet whether its call was answered before. What else is asked of the store goes with that question, and
/// counts only if it was not.
pub(crate) struct Asking {
    app: App,
    change: Change,
    call: Option<NamedCall>,
    kept: Option<Asked<Kept>>,
    pub(crate) now: u64,
}

impl App {
    /// Begins a change, unless the call was answered before.
    pub(crate) async fn begin<T: DeserializeOwned>(
        &self,
        caller: Caller<'_>,
        call: Option<Call>,
    ) -> Result<Begun<T>, Refusal> {
        self.ask(caller, call).await?.begin().await
    }

    /// Asks whether the call was answered before.
    pub(crate) async fn ask(&self, caller: Caller<'_>, call: Option<Call>) -> Result<Asking, Refusal> {
        let now = self.platform_clock.now();
        let mut change = self.store.change().await?;
        let call = call.map(|call| call.named(caller));
        let mut kept = None;
        if let Some(call) = &call {
            let since = now.saturating_sub(LIFETIME);
            kept = Some(idempotency::ask(&mut change, &call.caller, call.key(), since).await?);
        }
        Ok(Asking {
            app: self.clone(),
            change,
            call,
            kept,
            now,
        })
    }
}

impl Asking {
    pub(crate) async fn begin<T: DeserializeOwned>(mut self) -> Result<Begun<T>, Refusal> {
        let kept = match self.kept {
            Some(kept) => kept.answer(&mut self.change).await?,
            None => None,
        };
        let (Some(kept), Some(NamedCall { call, .. })) = (kept, &self.call) else {
            return Ok(Begun::First(Box::new(FirstTurn {
                bell: self.app.bell.clone(),
                change: self.change,
                call: self.call,
                now: self.now,
            })));
        };
        drop(self.change);
        // What this rests on may not be on disk yet; a change that changes nothing waits for it.
        self.app.store.change().await?.commit().await?;
        if kept.fingerprint != call.fingerprint {
            return Err(Refusal::unprocessable(
                "this Idempotency-Key was used for another call; a new call needs a new key",
            ));
        }
        Ok(Begun::Again(Done {
            answer: serde_json::from_str(&kept.answer).map_err(Refusal::internal)?,
            is_replayed: true,
        }))
    }
}

impl Deref for Asking {
    type Target = Change;

    fn deref(&self) -> &Change {
        &self.change
    }
}

impl DerefMut for Asking {
    fn deref_mut(&mut self) -> &mut Change {
        &mut self.change
    }
}

impl FirstTurn {
    /// Stores the event of the change.
    pub(crate) async fn tell(&mut self, news: &News<'_>) -> sqlx::Result<()> {
        events::tell(&mut self.change, news, self.now).await
    }

    /// Keeps the answer until the verification's consent is taken back, and commits.
    pub(crate) async fn finish_verification<T: Serialize>(
        mut self,
        answer: T,
        verification_id: &str,
    ) -> Result<Done<T>, Refusal> {
        self.keep(&answer).await?;
        if let Some(call) = &self.call {
            idempotency::tie(&mut self.change, &call.caller, call.key(), verification_id).await?;
        }
        self.commit(answer).await
    }

    /// Keeps the answer and commits.
    pub(crate) async fn finish<T: Serialize>(mut self, answer: T) -> Result<Done<T>, Refusal> {
        self.keep(&answer).await?;
        self.commit(answer).await
    }

    async fn keep<T: Serialize>(&mut self, answer: &T) -> Result<(), Refusal> {
        if let Some(call) = &self.call {
            let kept = call.kept(answer)?;
            idempotency::keep(&mut self.change, &call.caller, call.key(), &kept, self.now).await?;
        }
        Ok(())
    }

    async fn commit<T>(self, answer: T) -> Result<Done<T>, Refusal> {
        self.bell.commit(self.change).await?;
        Ok(Done {
            answer,
            is_replayed: false,
        })
    }

    /// Commits a change that ends in a refusal.
    pub(crate) async fn refuse(self, refusal: Refusal) -> Refusal {
        match self.bell.commit(self.change).await {
            Ok(()) => refusal,
            Err(error) => error.into(),
        }
    }
}

impl Deref for FirstTurn {
    type Target = Change;

    fn deref(&self) -> &Change {
        &self.change
    }
}

impl DerefMut for FirstTurn {
    fn deref_mut(&mut self) -> &mut Change {
        &mut self.change
    }
}

/// Forgets answers that are older than a day. One that was given later than now, by a clock that went back since, counts as given now.
pub(crate) async fn forget_old(app: &App) -> sqlx::Result<()> {
    let now = app.platform_clock.now();
    let mut read = app.store.read().await?;
    let is_due = idempotency::any_until(&mut read, now.saturating_sub(LIFETIME)).await?
        || idempotency::any_after(&mut read, now).await?;
    drop(read);
    if !is_due {
        return Ok(());
    }
    let mut change = app.store.change().await?;
    let now = app.stored_time(&mut change).await?;
    idempotency::date_back(&mut change, now).await?;
    idempotency::forget_until(&mut change, now.saturating_sub(LIFETIME)).await?;
    change.commit().await
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use super::*;
    use crate::Clock;

    #[tokio::test]
    async fn an_answer_of_a_clock_that_went_back_is_forgotten_after_a_day() {
        let time = Arc::new(AtomicU64::new(1_000_000 + 30 * LIFETIME));
        let now = time.clone();
        let app = App::for_tests(Clock::new(move || now.load(Ordering::SeqCst))).await;
        let answer = async || {
            let call = Call::new("key".parse().unwrap(), &[b"call"]);
            match app.begin::<u8>(Caller::SET_UP, Some(call)).await.unwrap() {
                Begun::First(turn) => turn.finish(7_u8).await.unwrap(),
                Begun::Again(done) => done,
            }
        };
        answer().await;
        time.store(1_000_000, Ordering::SeqCst);
        forget_old(&app).await.unwrap();
        assert!(answer().await.is_replayed);
        time.fetch_add(LIFETIME, Ordering::SeqCst);
        forget_old(&app).await.unwrap();
        assert!(!answer().await.is_replayed);
    }

    #[tokio::test]
    async fn what_is_a_day_old_is_forgotten_and_nothing_else() {
        let time = Arc::new(AtomicU64::new(1_000_000));
        let now = time.clone();
        let app = App::for_tests(Clock::new(move || now.load(Ordering::SeqCst))).await;
        let answer = async |key: &str| {
            let call = Call::new(key.parse().unwrap(), &[b"call"]);
            match app.begin::<u8>(Caller::SET_UP, Some(call)).await.unwrap() {
                Begun::First(turn) => turn.finish(7_u8).await.unwrap(),
                Begun::Again(done) => done,
            }
        };
        let kept = async || {
            let mut read = app.store.read().await.unwrap();
            let keys =
                crate::store::sql::query_scalar::<String>("SELECT key FROM idempotency_keys ORDER BY key");
            keys.fetch_all(&mut read).await.unwrap()
        };
        answer("old").await;
        time.fetch_add(LIFETIME - 1, Ordering::SeqCst);
        answer("new").await;
        forget_old(&app).await.unwrap();
        assert_eq!(kept().await, ["new", "old"]);
        assert!(answer("old").await.is_replayed);
        time.fetch_add(1, Ordering::SeqCst);
        forget_old(&app).await.unwrap();
        assert_eq!(kept().await, ["new"]);
    }
}
