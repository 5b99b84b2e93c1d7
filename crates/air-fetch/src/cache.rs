//! A cache of fetched documents that limits requests. Concurrent callers share one request, invalid tokens
//! cause at most one request in 30 s, and the number of URLs is bounded.

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

/// The maximum age of a value, even if its server allows more.
const MAXIMUM_AGE: Duration = Duration::from_mins(10);
/// The minimum interval between fetches by [`Cache::refreshed`]. A key rotation is noticed soon, and a flood
/// of invalid tokens causes no requests. It is also the minimum age of a value.
const REFRESH_INTERVAL: Duration = Duration::from_secs(30);
/// The time before a failed fetch is tried again.
const NEGATIVE_AGE: Duration = Duration::from_secs(2);
/// The maximum number of cached URLs, and of concurrent fetches.
const CAPACITY: usize = 256;

/// Caches values by URL: JWK sets, DID documents, status lists. Clones share the cache.
pub struct Cache<T, S = DocumentLoader<T>> {
    source: S,
    slots: Arc<Mutex<Slots<Entry<T>>>>,
}

/// The cached state of a URL.
struct Entry<T> {
    /// The last fetched value and its expiry time. A failed fetch does not remove it.
    value: Option<(Arc<T>, Instant)>,
    asked: Instant,
    /// The error of the last fetch, if it failed.
    failure: Option<FetchError>,
}

type Outcome<T> = Result<Arc<T>, FetchError>;

impl<T: Send + Sync + 'static, S: Loader<T>> Cache<T, S> {
    /// Creates a cache of 256 URLs.
    pub fn new(source: S) -> Self {
        Self::with_capacity(source, CAPACITY)
    }

    /// Creates a cache of `urls` URLs, at least one. A new URL beyond the limit replaces the least recently
    /// used one.
    pub fn with_capacity(source: S, urls: usize) -> Self {
        Self {
            source,
            slots: Arc::new(Mutex::new(Slots::new(urls))),
        }
    }

    /// Returns the value at `url`, at most ten minutes old.
    ///
    /// # Errors
    /// [`FetchError`], which is cached for 2 s. [`FetchError::Busy`] if all cached URLs are being fetched.
    pub async fn get(&self, url: &str) -> Result<Arc<T>, FetchError> {
        self.entry(url, Entry::kept).await
    }

    /// Returns the value at `url`, and fetches it again unless the last fetch began within 30 s. Use it if
    /// the cached value lacks something, such as a `kid`. If the fetch fails, [`Self::get`] still returns the
    /// cached value.
    ///
    /// # Errors
    /// As [`Self::get`], but the error is cached for 30 s.
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
        // A separate task holds the lock, so the request completes even if the caller's future is dropped.
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
        // No code panics while it holds this lock.
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

    /// Returns the value until it expires, or a failure for [`NEGATIVE_AGE`].
    fn kept(&self) -> Option<Outcome<T>> {
        match (&self.value, self.failure) {
            (Some((value, until)), _) if Instant::now() < *until => Some(Ok(Arc::clone(value))),
            (_, Some(failure)) if self.asked.elapsed() < NEGATIVE_AGE => Some(Err(failure)),
            _ => None,
        }
    }

    /// Returns the outcome of the last fetch, or `None` if [`REFRESH_INTERVAL`] has passed.
    fn newest(&self) -> Option<Outcome<T>> {
        let is_new = self.asked.elapsed() < REFRESH_INTERVAL;
        match (&self.value, self.failure) {
            _ if !is_new => None,
            (_, Some(failure)) => Some(Err(failure)),
            (value, None) => value.as_ref().map(|(value, _)| Ok(Arc::clone(value))),
        }
    }
}

/// A derived implementation would require `T: Clone`.
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
