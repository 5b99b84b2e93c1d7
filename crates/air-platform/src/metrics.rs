//! The platform's metrics for Prometheus. Each label has a few fixed values. No label value comes from a caller.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, prometheus_text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// The histogram buckets in seconds: a response from memory takes a millisecond, an unresponsive JWKS server five seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// The metrics. Clones share them.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    started: Instant,
    requests: Family<Answered, Counter>,
    durations: Family<Called, Histogram>,
    callbacks: Family<Attempted, Counter>,
    store_errors: Family<Failed, Counter>,
    batched: Counter,
    credentials: Gauge<u64, AtomicU64>,
    anchored: Gauge<u64, AtomicU64>,
    pending: Gauge<u64, AtomicU64>,
    blocks: Gauge<u64, AtomicU64>,
    waiting: Gauge<u64, AtomicU64>,
    uptime: Gauge<f64, AtomicU64>,
}

/// A route template, and an HTTP method or `other`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Called {
    pub(crate) method: &'static str,
    pub(crate) route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
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
pub(crate) enum Work {
    Call,
    /// A batch. Its credentials are then issued individually.
    IssuanceBatch,
    Anchoring,
    Callbacks,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

/// The metrics that are read from the store for each scrape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored {
    pub(crate) credentials: u64,
    pub(crate) anchored: u64,
    pub(crate) pending: u64,
    pub(crate) blocks: u64,
    /// The number of transactions that wait for the writer.
    pub(crate) waiting: u64,
}

impl Metrics {
    /// The media type of `/metrics`: the text format, version 0.0.4.
    pub(crate) const MEDIA_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// Records a response and the duration of its request.
    pub(crate) fn answered(&self, called: Called, status: u16, duration: Duration) {
        let durations = self.0.durations.get_or_create(&called);
        durations.observe(duration.as_secs_f64());
        drop(durations);
        let Called { method, route } = called;
        self.0
            .requests
            .get_or_create(&Answered {
                method,
                route,
                status,
            })
            .inc();
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

    /// Records a failure of the store.
    pub(crate) fn store_failed(&self, work: Work) {
        let during = match work {
            Work::Call => "call",
            Work::IssuanceBatch => "issuance_batch",
            Work::Anchoring => "anchoring",
            Work::Callbacks => "callbacks",
        };
        self.0.store_errors.get_or_create(&Failed { during }).inc();
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

    /// Encodes all metrics in Prometheus's text format.
    pub(crate) fn encode(&self, stored: Stored) -> Result<String, fmt::Error> {
        let inner = &self.0;
        inner.credentials.set(stored.credentials);
        inner.anchored.set(stored.anchored);
        inner.pending.set(stored.pending);
        inner.blocks.set(stored.blocks);
        inner.waiting.set(stored.waiting);
        inner.uptime.set(inner.started.elapsed().as_secs_f64());
        let mut text = String::new();
        prometheus_text::encode(&mut text, &inner.registry)?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut inner = Inner {
            registry: Registry::with_prefix("air"),
            started: Instant::now(),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            callbacks: Family::default(),
            store_errors: Family::default(),
            batched: Counter::default(),
            credentials: Gauge::default(),
            anchored: Gauge::default(),
            pending: Gauge::default(),
            blocks: Gauge::default(),
            waiting: Gauge::default(),
            uptime: Gauge::default(),
        };
        let build = Family::<Build, Gauge>::default();
        let version = env!("CARGO_PKG_VERSION");
        build.get_or_create(&Build { version }).set(1);
        let registry = &mut inner.registry;
        registry.register("http_requests", "Requests answered", inner.requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time from a request's head to its answer's",
            inner.durations.clone(),
        );
        registry.register(
            "callback_attempts",
            "Attempts to tell an issuer of a released key",
            inner.callbacks.clone(),
        );
        registry.register(
            "store_errors",
            "What the store did not do",
            inner.store_errors.clone(),
        );
        registry.register(
            "credentials_batched",
            "Credentials that were issued in a batch, with one transaction for all of it",
            inner.batched.clone(),
        );
        registry.register(
            "credentials",
            "Credentials issued, revoked ones too",
            inner.credentials.clone(),
        );
        registry.register(
            "ledger_anchored_entries",
            "Entries in blocks",
            inner.anchored.clone(),
        );
        registry.register(
            "ledger_pending_entries",
            "Entries that wait for a block",
            inner.pending.clone(),
        );
        registry.register("ledger_blocks", "The newest block's number", inner.blocks.clone());
        registry.register(
            "store_changes_waiting",
            "Transactions that wait for the writer; each credential that waits for a batch counts as one",
            inner.waiting.clone(),
        );
        registry.register("uptime_seconds", "Time since the start", inner.uptime.clone());
        registry.register("build_info", "The version that runs", build);
        Self(Arc::new(inner))
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
