//! The metrics of `/metrics`: requests, and what the platform counts. Each label has a few fixed
//! values. No label value comes from a caller.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use air_platform::metrics::{Metrics, Stored};
use prometheus_client::{
    encoding::{EncodeLabelSet, prometheus_text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// The histogram buckets in seconds: a response from memory takes a millisecond, an unresponsive
/// JWKS server five seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// The metrics. Clones share them.
#[derive(Clone)]
pub(crate) struct HttpMetrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    started: Instant,
    requests: Family<Answered, Counter>,
    durations: Family<Called, Histogram>,
    credentials: Gauge<u64, AtomicU64>,
    anchored: Gauge<u64, AtomicU64>,
    pending: Gauge<u64, AtomicU64>,
    blocks: Gauge<u64, AtomicU64>,
    waiting: Gauge<u64, AtomicU64>,
    callbacks: Gauge<u64, AtomicU64>,
    uptime: Gauge<f64, AtomicU64>,
    chain: ChainGauges,
}

/// The figures of the chain.
#[derive(Default)]
struct ChainGauges {
    final_size: Gauge<u64, AtomicU64>,
    lag_entries: Gauge<u64, AtomicU64>,
    lag_seconds: Gauge<u64, AtomicU64>,
}

/// A route template, and an HTTP method or `other`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Called {
    pub(super) method: &'static str,
    pub(super) route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

impl HttpMetrics {
    /// The media type of `/metrics`: the text format, version 0.0.4.
    pub(super) const MEDIA_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// Creates the registry, with the platform's counters.
    pub(crate) fn new(platform: &Metrics, has_chain: bool) -> Self {
        let mut inner = Inner {
            registry: Registry::with_prefix("air"),
            started: Instant::now(),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            credentials: Gauge::default(),
            anchored: Gauge::default(),
            pending: Gauge::default(),
            blocks: Gauge::default(),
            waiting: Gauge::default(),
            callbacks: Gauge::default(),
            uptime: Gauge::default(),
            chain: ChainGauges::default(),
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
        platform.register(registry);
        if has_chain {
            platform.register_chain(registry);
            inner.chain.register(registry);
        }
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
        registry.register(
            "callbacks_waiting",
            "Callbacks that wait for their first or next attempt",
            inner.callbacks.clone(),
        );
        registry.register("uptime_seconds", "Time since the start", inner.uptime.clone());
        registry.register("build_info", "The version that runs", build);
        Self(Arc::new(inner))
    }

    /// Records a response and the duration of its request.
    pub(super) fn answered(&self, called: Called, status: u16, duration: Duration) {
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

    /// Encodes all metrics in Prometheus's text format.
    pub(super) fn encode(&self, stored: Stored) -> Result<String, fmt::Error> {
        let inner = &self.0;
        inner.credentials.set(stored.credentials);
        inner.anchored.set(stored.anchored);
        inner.pending.set(stored.pending);
        inner.blocks.set(stored.blocks);
        inner.waiting.set(stored.waiting);
        inner.callbacks.set(stored.callbacks);
        if let Some(chain) = stored.chain {
            inner.chain.final_size.set(chain.final_size);
            inner.chain.lag_entries.set(chain.lag_entries);
            inner.chain.lag_seconds.set(chain.lag_seconds);
        }
        inner.uptime.set(inner.started.elapsed().as_secs_f64());
        let mut text = String::new();
        prometheus_text::encode(&mut text, &inner.registry)?;
        Ok(text)
    }
}

impl ChainGauges {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "chain_final_entries",
            "Entries at the newest final checkpoint on the chain",
            self.final_size.clone(),
        );
        registry.register(
            "chain_lag_entries",
            "Entries in blocks that no final checkpoint has",
            self.lag_entries.clone(),
        );
        registry.register(
            "chain_lag_seconds",
            "Age of the oldest entry that no final checkpoint has",
            self.lag_seconds.clone(),
        );
    }
}

impl fmt::Debug for HttpMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpMetrics").finish_non_exhaustive()
    }
}
