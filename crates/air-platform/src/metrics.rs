//! Counters of the platform's work, and figures of its store, for Prometheus. No label value comes from a caller.

use std::sync::Arc;

use air_store::{credentials, ledger};
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue},
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::{App, Refusal};

/// The counters. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    callbacks: Family<Attempted, Counter>,
    store_errors: Family<Failed, Counter>,
    batched: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Attempted {
    outcome: Outcome,
}

/// The outcome of a delivery attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "labels are written in lower case")]
enum Outcome {
    delivered,
    refused,
    unreachable,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failed {
    during: &'static str,
}

/// The operation during which the store failed.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// A call of the API.
    Call,
    /// A batch. Its credentials are then issued individually.
    IssuanceBatch,
    /// The tasks of each block.
    Anchoring,
    /// The delivery of callbacks.
    Callbacks,
}

/// The figures that are read from the store for each scrape.
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    /// The number of issued credentials, with the revoked ones.
    pub credentials: u64,
    /// The number of ledger entries in blocks.
    pub anchored: u64,
    /// The number of ledger entries that wait for a block.
    pub pending: u64,
    /// The number of the newest block.
    pub blocks: u64,
    /// The number of transactions that wait for the writer.
    pub waiting: u64,
}

/// Reads the figures of the store.
pub async fn stored(app: &App) -> Result<Stored, Refusal> {
    let mut read = app.store.read().await?;
    let head = ledger::head(&mut read).await?;
    Ok(Stored {
        credentials: credentials::count(&mut read).await?,
        anchored: head.as_ref().map_or(0, |head| head.tree_size),
        pending: ledger::count_pending(&mut read).await?,
        blocks: head.map_or(0, |head| head.number),
        waiting: app.store.waiting() + app.batcher.queued() as u64,
    })
}

impl Metrics {
    /// Adds the counters to the registry of a scrape.
    pub fn register(&self, registry: &mut Registry) {
        let counters = &self.0;
        registry.register(
            "callback_attempts",
            "Attempts to tell an issuer of a released key",
            counters.callbacks.clone(),
        );
        registry.register(
            "store_errors",
            "What the store did not do",
            counters.store_errors.clone(),
        );
        registry.register(
            "credentials_batched",
            "Credentials that were issued in a batch, with one transaction for all of it",
            counters.batched.clone(),
        );
    }

    /// Records a failure of the store.
    pub fn store_failed(&self, work: Work) {
        let during = match work {
            Work::Call => "call",
            Work::IssuanceBatch => "issuance_batch",
            Work::Anchoring => "anchoring",
            Work::Callbacks => "callbacks",
        };
        self.0.store_errors.get_or_create(&Failed { during }).inc();
    }

    /// Records an attempt to deliver a callback. The status is `None` if the issuer's server did not respond.
    pub(crate) fn callback_attempted(&self, status: Option<u16>) {
        let outcome = match status {
            Some(200..300) => Outcome::delivered,
            Some(_) => Outcome::refused,
            None => Outcome::unreachable,
        };
        self.0.callbacks.get_or_create(&Attempted { outcome }).inc();
    }

    /// Counts credentials that were committed in one batch.
    pub(crate) fn batched(&self, credentials: usize) {
        self.0.batched.inc_by(credentials as u64);
    }

    /// Returns the number of credentials that were committed in batches.
    #[cfg(test)]
    pub(crate) fn batched_credentials(&self) -> u64 {
        self.0.batched.get()
    }
}
