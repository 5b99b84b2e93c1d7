//! Sets that were fetched, kept, and never fetched in a storm: many callers make one request, junk ids make one in 30 s.

use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use air_jwt::JwkSet;
use tokio::{sync::Mutex, time::Instant};

use super::{FetchError, Fetched, Fetcher};

/// The longest that a set is kept, whatever its server says.
const MAXIMUM_AGE: Duration = Duration::from_mins(10);
/// An unknown `kid` fetches it earlier, but not oftener than this: a rotation shows soon, a flood of junk costs nothing. No set is
/// kept for less.
const REFRESH_INTERVAL: Duration = Duration::from_secs(30);
/// A set that could not be fetched is not tried again for this long.
const NEGATIVE_AGE: Duration = Duration::from_secs(2);

/// Where sets come from.
pub(crate) trait Source: Clone + Send + 'static {
    fn fetch(&self, url: String) -> impl Future<Output = Result<Fetched, FetchError>> + Send;
}

impl Source for Fetcher {
    async fn fetch(&self, url: String) -> Result<Fetched, FetchError> {
        Fetcher::fetch(self, &url).await
    }
}

/// Sets by URL. Each has its own lock, which is held while it is fetched.
#[derive(Clone, Debug)]
pub(crate) struct Cache<S = Fetcher> {
    source: S,
    slots: Arc<Mutex<HashMap<String, Slot>>>,
}

type Slot = Arc<Mutex<Option<Entry>>>;

#[derive(Clone, Debug)]
struct Entry {
    fetched: Instant,
    lifetime: Duration,
    outcome: Result<Arc<JwkSet>, FetchError>,
}

impl<S: Source> Cache<S> {
    pub(crate) fn new(source: S) -> Self {
        Self {
            source,
            slots: Arc::default(),
        }
    }

    /// The set at `url`, at most ten minutes old.
    pub(crate) async fn get(&self, url: &str) -> Result<Arc<JwkSet>, FetchError> {
        self.entry(url, |entry| entry.fetched.elapsed() < entry.lifetime)
            .await
    }

    /// The set at `url`, fetched anew when that has not been done for 30 s: for a `kid` that is not in it.
    pub(crate) async fn refreshed(&self, url: &str) -> Result<Arc<JwkSet>, FetchError> {
        self.entry(url, |entry| entry.fetched.elapsed() < REFRESH_INTERVAL)
            .await
    }

    async fn entry(&self, url: &str, good_enough: fn(&Entry) -> bool) -> Result<Arc<JwkSet>, FetchError> {
        let slot = self.slots.lock().await.entry(url.to_owned()).or_default().clone();
        let mut slot = slot.lock_owned().await;
        if let Some(entry) = slot.as_ref().filter(|entry| good_enough(entry)) {
            return entry.outcome.clone();
        }
        let (source, url) = (self.source.clone(), url.to_owned());
        // A task of its own, which holds the lock: whoever asked may go away, and the request still counts.
        let task = tokio::spawn(async move {
            let entry = Entry::of(source.fetch(url.clone()).await);
            if let Err(reason) = &entry.outcome {
                tracing::warn!(url, %reason, "a JWK set could not be fetched");
            }
            let outcome = entry.outcome.clone();
            *slot = Some(entry);
            outcome
        });
        task.await.unwrap_or(Err(FetchError::BrokeOff))
    }
}

impl Entry {
    fn of(fetched: Result<Fetched, FetchError>) -> Self {
        let lifetime = match &fetched {
            Ok(fetched) => fetched
                .max_age
                .unwrap_or(MAXIMUM_AGE)
                .clamp(REFRESH_INTERVAL, MAXIMUM_AGE),
            Err(_) => NEGATIVE_AGE,
        };
        Self {
            fetched: Instant::now(),
            lifetime,
            outcome: fetched.map(|fetched| Arc::new(fetched.set)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::{advance, sleep};

    use super::*;

    const URL: &str = "https://partner.example/jwks.json";

    /// Takes a second for each answer, and counts them.
    #[derive(Clone, Default)]
    struct Counting {
        calls: Arc<AtomicUsize>,
        fails: bool,
        max_age: Option<Duration>,
    }

    impl Source for Counting {
        async fn fetch(&self, _: String) -> Result<Fetched, FetchError> {
            self.calls.fetch_add(1, Ordering::SeqCst);
            sleep(Duration::from_secs(1)).await;
            if self.fails {
                return Err(FetchError::Connect);
            }
            Ok(Fetched {
                set: JwkSet::default(),
                skipped: Vec::new(),
                date: None,
                max_age: self.max_age,
            })
        }
    }

    impl Counting {
        fn calls(&self) -> usize {
            self.calls.load(Ordering::SeqCst)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_callers_make_one_request() {
        let source = Counting::default();
        let cache = Cache::new(source.clone());
        let calls: Vec<_> = (0..100)
            .map(|_| {
                let cache = cache.clone();
                tokio::spawn(async move { cache.get(URL).await })
            })
            .collect();
        for call in calls {
            assert!(call.await.unwrap().is_ok());
        }
        assert_eq!(source.calls(), 1);
        cache.get("https://another.example/jwks.json").await.unwrap();
        assert_eq!(source.calls(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_set_is_kept_for_ten_minutes_at_most_and_as_its_server_says() {
        for (max_age, kept) in [(None, 600), (Some(3600), 600), (Some(60), 60), (Some(0), 30)] {
            let source = Counting {
                max_age: max_age.map(Duration::from_secs),
                ..Counting::default()
            };
            let cache = Cache::new(source.clone());
            cache.get(URL).await.unwrap();
            advance(Duration::from_secs(kept - 1)).await;
            cache.get(URL).await.unwrap();
            assert_eq!(source.calls(), 1, "{max_age:?}");
            advance(Duration::from_secs(1)).await;
            cache.get(URL).await.unwrap();
            assert_eq!(source.calls(), 2, "{max_age:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_unknown_ids_makes_one_request_in_thirty_seconds() {
        let source = Counting::default();
        let cache = Cache::new(source.clone());
        cache.get(URL).await.unwrap();
        for _ in 0..1000 {
            cache.refreshed(URL).await.unwrap();
        }
        assert_eq!(source.calls(), 1);
        advance(REFRESH_INTERVAL).await;
        for _ in 0..1000 {
            cache.refreshed(URL).await.unwrap();
        }
        assert_eq!(source.calls(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_kept_for_a_moment() {
        let source = Counting {
            fails: true,
            ..Counting::default()
        };
        let cache = Cache::new(source.clone());
        for _ in 0..100 {
            assert_eq!(cache.get(URL).await, Err(FetchError::Connect));
        }
        assert_eq!(source.calls(), 1);
        advance(NEGATIVE_AGE).await;
        assert_eq!(cache.get(URL).await, Err(FetchError::Connect));
        assert_eq!(source.calls(), 2);
    }

    /// Callers who ask and hang up can't make it fetch again and again.
    #[tokio::test(start_paused = true)]
    async fn a_caller_who_goes_away_does_not_undo_the_request() {
        let source = Counting::default();
        let cache = Cache::new(source.clone());
        for _ in 0..50 {
            let call = tokio::time::timeout(Duration::from_millis(10), cache.get(URL));
            assert!(call.await.is_err());
        }
        assert!(cache.get(URL).await.is_ok());
        assert_eq!(source.calls(), 1);
    }
}
