use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::time::{advance, sleep};

use super::*;

const URL: &str = "https://partner.example/jwks.json";

/// A loader that takes a second for each fetch, and counts fetches.
#[derive(Clone, Default)]
struct Counting {
    calls: Arc<AtomicUsize>,
    fails: Arc<AtomicBool>,
    max_age: Option<Duration>,
}

/// Returns the count as the value.
impl Loader<usize> for Counting {
    async fn fetch(&self, _: String) -> Result<CachedFor<usize>, FetchError> {
        let value = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        sleep(Duration::from_secs(1)).await;
        if self.fails.load(Ordering::SeqCst) {
            return Err(FetchError::Connect);
        }
        Ok(CachedFor {
            value,
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
        assert_eq!(*call.await.unwrap().unwrap(), 1);
    }
    assert_eq!(source.calls(), 1);
    assert_eq!(*cache.get("https://another.example/jwks.json").await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_value_is_kept_for_ten_minutes_at_most_and_as_its_server_says() {
    for (max_age, kept) in [(None, 600), (Some(3600), 600), (Some(60), 60), (Some(0), 30)] {
        let source = Counting {
            max_age: max_age.map(Duration::from_secs),
            ..Counting::default()
        };
        let cache = Cache::new(source.clone());
        cache.get(URL).await.unwrap();
        advance(Duration::from_secs(kept - 1)).await;
        assert_eq!(*cache.get(URL).await.unwrap(), 1, "{max_age:?}");
        advance(Duration::from_secs(1)).await;
        assert_eq!(*cache.get(URL).await.unwrap(), 2, "{max_age:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_questions_for_newer_values_makes_one_request_in_thirty_seconds() {
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
    assert_eq!(*cache.get(URL).await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_kept_for_a_moment() {
    let source = Counting {
        fails: Arc::new(true.into()),
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

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_leaves_what_is_kept() {
    let source = Counting::default();
    let cache = Cache::new(source.clone());
    cache.get(URL).await.unwrap();
    advance(REFRESH_INTERVAL).await;
    source.fails.store(true, Ordering::SeqCst);
    for _ in 0..100 {
        assert_eq!(cache.refreshed(URL).await, Err(FetchError::Connect));
        assert_eq!(*cache.get(URL).await.unwrap(), 1);
    }
    assert_eq!(source.calls(), 2, "one failure in 30 s");
    advance(MAXIMUM_AGE).await;
    assert_eq!(
        cache.get(URL).await,
        Err(FetchError::Connect),
        "and no longer than it may"
    );
    source.fails.store(false, Ordering::SeqCst);
    advance(NEGATIVE_AGE).await;
    assert_eq!(*cache.get(URL).await.unwrap(), 4);
}

/// Callers that disconnect cannot trigger repeated fetches.
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

#[tokio::test(start_paused = true)]
async fn the_url_that_was_not_asked_for_the_longest_is_forgotten() {
    let source = Counting::default();
    let cache = Cache::with_capacity(source.clone(), 3);
    for url in ["a", "b", "c", "a", "d"] {
        cache.get(url).await.unwrap();
    }
    assert_eq!(source.calls(), 4);
    for url in ["a", "c", "d"] {
        cache.get(url).await.unwrap();
    }
    assert_eq!(source.calls(), 4);
    cache.get("b").await.unwrap();
    assert_eq!(source.calls(), 5);
}

/// The limit applies to any number of URLs, and to callers that disconnect.
#[tokio::test(start_paused = true)]
async fn no_more_is_fetched_at_once_than_is_kept() {
    let source = Counting::default();
    let cache = Cache::with_capacity(source.clone(), 3);
    for number in 0..100 {
        let url = number.to_string();
        let call = tokio::time::timeout(Duration::from_millis(1), cache.get(&url)).await;
        let is_refused = matches!(call, Ok(Err(FetchError::Busy)));
        assert_eq!(is_refused, number >= 3, "{number}");
    }
    assert_eq!(source.calls(), 3);
    // Concurrent callers share the request.
    assert_eq!(*cache.get("0").await.unwrap(), 1);
    sleep(Duration::from_secs(1)).await;
    assert!(cache.get("99").await.is_ok());
    assert_eq!(source.calls(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_panics_leaves_the_place_free() {
    #[derive(Clone)]
    struct Panicking(Counting);
    impl Loader<usize> for Panicking {
        async fn fetch(&self, url: String) -> Result<CachedFor<usize>, FetchError> {
            let fresh = self.0.fetch(url).await?;
            assert!(fresh.value > 1, "the first one");
            Ok(fresh)
        }
    }
    let cache = Cache::new(Panicking(Counting::default()));
    assert_eq!(cache.get(URL).await, Err(FetchError::BrokeOff));
    assert_eq!(*cache.get(URL).await.unwrap(), 2);
}
