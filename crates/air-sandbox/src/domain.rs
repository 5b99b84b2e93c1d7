//! What the platform does, without HTTP: each call checks, then changes the store in one transaction.

pub(crate) mod anchoring;
pub(crate) mod callbacks;
pub(crate) mod catalogue;
pub(crate) mod conditions;
pub(crate) mod documents;
pub(crate) mod issuance;
pub(crate) mod once;
pub(crate) mod origins;
pub(crate) mod partner_auth;
pub(crate) mod prepared;
pub(crate) mod refusal;
pub(crate) mod setup;
pub(crate) mod status_lists;
pub(crate) mod users;
pub(crate) mod verification;

pub(crate) use refusal::Refusal;

use std::sync::Arc;

use air_fetch::Fetcher;

use crate::{Clock, faults::CurrentFaults, metrics::Metrics, store::Store, trust::Trust};

/// What every call needs.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) trust: Trust,
    /// For callbacks.
    pub(crate) fetcher: Fetcher,
    pub(crate) clock: Clock,
    pub(crate) chain_id: u64,
    /// `http://127.0.0.1:8300`: where others find what the platform serves.
    pub(crate) public_url: Arc<str>,
    pub(crate) prepared: prepared::Prepared,
    pub(crate) faults: CurrentFaults,
    pub(crate) metrics: Metrics,
}

#[cfg(test)]
impl App {
    /// In memory, at this time.
    pub(crate) async fn for_tests(clock: Clock) -> Self {
        Self {
            store: Store::open(&crate::Data::Memory).await.unwrap(),
            trust: Trust::new().unwrap(),
            fetcher: Fetcher::new(callbacks::REACH).unwrap(),
            clock,
            chain_id: 1,
            public_url: "http://127.0.0.1".into(),
            prepared: prepared::Prepared::default(),
            faults: CurrentFaults::default(),
            metrics: Metrics::default(),
        }
    }
}
