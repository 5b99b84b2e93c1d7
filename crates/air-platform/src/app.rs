//! The platform's operations, without HTTP: each call checks its input and then changes the store in one transaction.

#[cfg(feature = "airkit")]
pub(crate) mod airkit;
pub(crate) mod anchoring;
pub(crate) mod cache;
pub(crate) mod caks;
pub(crate) mod callbacks;
pub(crate) mod catalogue;
pub(crate) mod clock;
pub(crate) mod conditions;
#[cfg(feature = "dashboard")]
pub(crate) mod dashboard;
pub(crate) mod documents;
pub(crate) mod events;
pub(crate) mod expiration;
pub(crate) mod faults;
pub(crate) mod holder_keys;
pub(crate) mod idempotency;
pub(crate) mod issuance;
pub(crate) mod jobs;
pub(crate) mod logos;
mod names;
pub(crate) mod origins;
pub(crate) mod packages;
pub(crate) mod partner_auth;
mod quotas;
pub(crate) mod records;
pub(crate) mod refusal;
pub(crate) mod registered_keys;
pub(crate) mod revocation;
pub(crate) mod sealed_credentials;
pub(crate) mod seeding;
pub(crate) mod setup;
pub(crate) mod signed_urls;
pub(crate) mod snapshots;
pub(crate) mod status_lists;
mod stored;
pub(crate) mod users;
pub(crate) mod verification;

pub(crate) use refusal::{Reason, Refusal, RefusalKind};

use std::{ops::Deref, sync::Arc, time::Duration};

use air_fetch::Fetcher;

use crate::{
    Clock, Quotas, clock::VirtualClock, faults::CurrentFaults, metrics::Metrics, request_log::Requests,
    trust::Trust,
};
use air_store::{self as store, ReadTx, Store};

/// The state that every call needs. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) trust: Trust,
    /// The HTTP client for callbacks.
    pub(crate) fetcher: Fetcher,
    /// Whether only this machine can reach the platform.
    pub(crate) is_local: bool,
    /// The platform's time, which may be ahead. It applies to credentials, programs, callbacks and idempotency keys.
    pub(crate) platform_clock: VirtualClock,
    /// The machine's time. It applies to values that are compared with other clocks (tokens, sessions, signatures).
    pub(crate) machine_clock: Clock,
    pub(crate) notifier: events::Notifier,
    pub(crate) chain_id: u64,
    pub(crate) quotas: Quotas,
    /// The interval between attempts to make a block.
    pub(crate) block_time: Duration,
    /// The public base URL, such as `http://127.0.0.1:8300`.
    pub(crate) public_url: Arc<str>,
    pub(crate) cache: cache::DomainCache,
    pub(crate) batcher: issuance::IssuanceBatcher,
    pub(crate) faults: CurrentFaults,
    pub(crate) requests: Requests,
    pub(crate) metrics: Metrics,
}

impl From<Parts> for App {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Returns the time by the stored offset of the clock. The offset in this process may be outdated if another process moved the clock.
    async fn stored_time(&self, tx: &mut ReadTx) -> sqlx::Result<u64> {
        let offset = store::clock::offset(tx).await?;
        Ok(self.machine_clock.now().saturating_add(offset))
    }
}

#[cfg(test)]
impl App {
    /// Creates an app in memory with this clock.
    pub(crate) async fn for_tests(clock: Clock) -> Self {
        let parts = Parts {
            store: Store::open(&crate::Data::Memory).await.unwrap(),
            trust: Trust::new(true).unwrap(),
            fetcher: Fetcher::new(callbacks::reach(true)).unwrap(),
            is_local: true,
            platform_clock: VirtualClock::new(clock.clone(), 0),
            machine_clock: clock,
            notifier: events::Notifier::new(tokio::sync::watch::channel(false).1),
            chain_id: 1,
            quotas: Quotas::default(),
            block_time: Duration::from_millis(500),
            public_url: "http://127.0.0.1".into(),
            cache: cache::DomainCache::default(),
            batcher: issuance::IssuanceBatcher::default(),
            faults: CurrentFaults::default(),
            requests: Requests::default(),
            metrics: Metrics::default(),
        };
        parts.into()
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// The HTTP layer depends on the domain, not the other way round.
    #[test]
    fn knows_no_http() {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = fs::read_to_string(&path).unwrap();
                for name in ["axum", "hyper", "http::", "StatusCode", "HeaderMap"] {
                    assert!(!text.contains(name), "{} has {name}", path.display());
                }
                files += 1;
            }
        }
        assert!(files > 30, "{files}");
    }
}
