//! What was fetched, kept, and never fetched in a storm: many callers make one request, junk makes one in 30 s, many URLs take a bounded place.

mod slots;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tracing::Instrument;

use self::slots::{Slot, Slots};
use crate::{CachedFor, DocumentLoader, FetchError, Loader, redacted};

/// The longest that a value is kept, whatever its server says.
const MAXIMUM_AGE: Duration = Duration::from_mins(10);
/// [`Cache::refreshed`] fetches it earlier, but not oftener than this: a rotation shows soon, a flood of junk costs nothing. No value is
/// kept for less.
const REFRESH_INTERVAL: Duration = Duration::from_secs(30);
/// What could not be fetched is not tried again for this long.
const NEGATIVE_AGE: Duration = Duration::from_secs(2);
/// How many URLs are remembered, and how many are fetched at once.
const CAPACITY: usize = 256;

/// Values by URL: JWK sets, DID documents, status lists. Clones share them.
pub struct Cache<T, S = DocumentLoader<T>> {
    source: S,
    slots: Arc<Mutex<Slots<Entry<T>>>>,
}

/// What is known of a URL.
struct Entry<T> {
    /// The last value that was fetched, and until when it is kept. A fetch that failed does not take it away.
    value: Option<(Arc<T>, Instant)>,
    asked: Instant,
    /// How the last fetch failed, if it did.
    failure: Option<FetchError>,
}

type Outcome<T> = Result<Arc<T>, FetchError>;

impl<T: Send + Sync + 'static, S: Loader<T>> Cache<T, S> {
    /// For 256 URLs.
    pub fn new(source: S) -> Self {
        Self::with_capacity(source, CAPACITY)
    }

    /// For so many URLs, one at least. A new one beyond that takes the place of the one that was not asked for the longest.
    pub fn with_capacity(source: S, urls: usize) -> Self {
        Self {
            source,
            slots: Arc::new(Mutex::new(Slots::new(urls))),
        }
    }

    /// The value at `url`, at most ten minutes old.
    ///
    /// # Errors
    /// [`FetchError`]; the same one again for 2 s. [`FetchError::Busy`] when all that is remembered is being fetched.
    pub async fn get(&self, url: &str) -> Result<Arc<T>, FetchError> {
        self.entry(url, Entry::kept).await
    }

    /// The value at `url`, fetched again unless that was done within the last 30 s: for when the cached value lacks something, such as
    /// a `kid`. If that fails, [`Self::get`] still returns the cached value.
    ///
    /// # Errors
    /// As [`Self::get`], the same one again for 30 s.
    pub async fn refreshed(&self, url: &str) -> Result<Arc<T>, FetchError> {
        self.entry(url, Entry::newest).await
    }

    async fn entry(&self, url: &str, good_enough: fn(&Entry<T>) -> Option<Outcome<T>>) -> Outcome<T> {
        let slot = self.slot(url).ok_or(FetchError::Busy)?;
        // Each slot has its own lock, which is held while its value is fetched.
        let mut slot = slot.lock_owned().await;
        if let Some(outcome) = slot.as_ref().and_then(good_enough) {
            return outcome;
        }
        let (source, url) = (self.source.clone(), url.to_owned());
        // A separate task that holds the lock: if the caller's future is dropped, the request still completes.
        let request = async move {
            let fetched = source.fetch(url.clone()).await;
            if let Err(reason) = &fetched {
                tracing::warn!(url = redacted(&url), %reason, "a document could not be fetched");
            }
            let (entry, outcome) = Entry::after(slot.take(), fetched);
            *slot = Some(entry);
            outcome
        };
        tokio::spawn(request.in_current_span())
            .await
            .unwrap_or(Err(FetchError::BrokeOff))
    }
}

impl<T, S> Cache<T, S> {
    fn slot(&self, url: &str) -> Option<Slot<Entry<T>>> {
        // Nothing that holds this lock panics.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).of(url)
    }
}

impl<T> Entry<T> {
    fn after(before: Option<Self>, fetched: Result<CachedFor<T>, FetchError>) -> (Self, Outcome<T>) {
        let now = Instant::now();
        let (value, outcome) = match fetched {
            Ok(fresh) => {
                let lifetime = fresh.max_age.unwrap_or(MAXIMUM_AGE);
                let value = Arc::new(fresh.value);
                let until = now + lifetime.clamp(REFRESH_INTERVAL, MAXIMUM_AGE);
                (Some((Arc::clone(&value), until)), Ok(value))
            }
            Err(failure) => (before.and_then(|entry| entry.value), Err(failure)),
        };
        let entry = Self {
            value,
            asked: now,
            failure: outcome.as_ref().err().copied(),
        };
        (entry, outcome)
    }

    /// What is kept: a value to its end, a failure for a moment.
    fn kept(&self) -> Option<Outcome<T>> {
        match (&self.value, self.failure) {
            (Some((value, until)), _) if Instant::now() < *until => Some(Ok(Arc::clone(value))),
            (_, Some(failure)) if self.asked.elapsed() < NEGATIVE_AGE => Some(Err(failure)),
            _ => None,
        }
    }

    /// What the last fetch ended with, unless it is time for another.
    fn newest(&self) -> Option<Outcome<T>> {
        let is_new = self.asked.elapsed() < REFRESH_INTERVAL;
        match (&self.value, self.failure) {
            _ if !is_new => None,
            (_, Some(failure)) => Some(Err(failure)),
            (value, None) => value.as_ref().map(|(value, _)| Ok(Arc::clone(value))),
        }
    }
}

/// Whatever `T` is.
impl<T, S: Clone> Clone for Cache<T, S> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            slots: Arc::clone(&self.slots),
        }
    }
}

impl<T, S: fmt::Debug> fmt::Debug for Cache<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
