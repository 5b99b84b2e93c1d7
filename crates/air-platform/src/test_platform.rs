//! A platform with a partner, its programs and a clock, for tests.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use air_api::sandbox::Seeded;
use air_ids::UnixTime;
use serde_json::{Value, json};

use crate::{App, Clock, seeding, status_lists};
use air_store::{partners::Partner, sql};

/// The time at which each platform starts.
pub(crate) const NOW: u64 = 1_800_000_000;

/// A platform with a partner that issues on behalf of users, and its programs.
pub(crate) struct TestPlatform {
    pub(crate) app: App,
    time: Arc<AtomicU64>,
    pub(crate) partner: Arc<Partner>,
    seeded: Seeded,
}

impl TestPlatform {
    /// Creates a platform with these programs of the schema `adult`.
    pub(crate) async fn with_programs(programs: Value) -> Self {
        let time = Arc::new(AtomicU64::new(NOW));
        let clock = time.clone();
        let app = App::for_tests(Clock::new(move || {
            UnixTime::from_secs(clock.load(Ordering::SeqCst))
        }))
        .await;
        let seed = json!({
            "partner": { "name": "Zenith", "jwksUrl": "http://127.0.0.1/jwks", "issueOnBehalf": true },
            "schemas": [{ "key": "adult", "title": "Adult", "attributes": [
                { "name": "isOver18", "type": "boolean", "required": true },
            ]}],
            "programs": programs,
        });
        let seed = serde_json::from_value(seed).unwrap();
        let seeded = seeding::seed(&app, seed, None).await.unwrap().into_body();
        let partner = app.cache.partner(&app.store, seeded.partner_id.as_str());
        Self {
            partner: partner.await.unwrap().unwrap(),
            app,
            time,
            seeded,
        }
    }

    /// Returns the ID of the program with this key.
    pub(crate) fn program(&self, key: &str) -> String {
        self.seeded.programs[key].to_string()
    }

    /// Moves the clock.
    pub(crate) fn pass(&self, seconds: u64) {
        self.time.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Returns the number of credentials that were issued in batches.
    pub(crate) fn batched(&self) -> u64 {
        self.app.metrics.batched_credentials()
    }

    /// Executes a statement in a transaction of its own.
    pub(crate) async fn run(&self, statement: &'static str) {
        let mut tx = self.app.store.write().await.unwrap();
        sql::query(statement).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn number(&self, statement: &'static str) -> i64 {
        let mut read = self.app.store.read().await.unwrap();
        sql::query_scalar(statement).fetch_one(&mut read).await.unwrap()
    }

    pub(crate) async fn texts(&self, statement: &'static str) -> Vec<String> {
        let mut read = self.app.store.read().await.unwrap();
        sql::query_scalar(statement).fetch_all(&mut read).await.unwrap()
    }
}

/// Waits until a condition is met.
pub(crate) async fn until(is_met: impl Fn() -> bool) {
    let met = async {
        while !is_met() {
            tokio::task::yield_now().await;
        }
    };
    let met = tokio::time::timeout(Duration::from_mins(1), met).await;
    met.expect("the requests wait");
}

/// Draws an entry of a status list again while it is one of `drawn`, and adds it. Returns whether the entry changed.
pub(crate) fn make_distinct(entry: &mut u64, drawn: &mut HashSet<u64>) -> bool {
    let first = *entry;
    while !drawn.insert(*entry) {
        *entry = status_lists::draw();
    }
    *entry != first
}
