//! The figures of `/metrics`, for Prometheus. Label values are outcomes, routes, statuses and the ids of configured
//! schemas, none of them from a caller.

use std::{
    fmt,
    sync::atomic::AtomicU64,
    time::{Duration, Instant},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, prometheus_text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use crate::{
    Clock,
    platform::Uploaded,
    store::{Store, outbox, status_lists},
};

/// The histogram buckets in seconds. An upload ends after ten seconds at most, if the configuration has no other limit.
const BUCKETS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The outcomes of calls that issue: those for AIR's wallet, then those for other wallets.
const ISSUED: [&str; 9] = [
    "stored",
    "later",
    "refused",
    "abandoned",
    "weak_key",
    "unsigned",
    "failed",
    "received",
    "denied",
];
/// The outcomes of requests for claims.
const CLAIMS: [&str; 4] = ["found", "not_eligible", "unavailable", "unusable"];
/// The outcomes of uploads.
const UPLOADED: [&str; 3] = ["stored", "unknown", "refused"];

/// A call that issues.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Issued {
    schema: String,
    outcome: &'static str,
}

/// A request for claims.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Requested {
    schema: String,
    outcome: &'static str,
}

/// A try of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Tried {
    outcome: &'static str,
}

/// A route template, and an HTTP method or `_OTHER`.
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

/// The metrics of a service.
pub(crate) struct Metrics {
    registry: Registry,
    started: Instant,
    requests: Family<Answered, Counter>,
    durations: Family<Called, Histogram>,
    issuances: Family<Issued, Counter>,
    claims: Family<Requested, Counter>,
    uploads: Family<Tried, Histogram>,
    outbox_entries: Gauge<u64, AtomicU64>,
    outbox_age: Gauge<u64, AtomicU64>,
    lists_to_sign: Gauge<u64, AtomicU64>,
    list_age: Gauge<u64, AtomicU64>,
    uptime: Gauge<f64, AtomicU64>,
}

impl Metrics {
    /// The media type of `/metrics`: the text format, version 0.0.4.
    pub(crate) const MEDIA_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// Creates the registry. The series of issuances, claims and uploads exist from the start, because
    /// Prometheus sees no increase when a series appears with its first event.
    pub(crate) fn new<'a>(schemas: impl Iterator<Item = &'a str>) -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("air_issuer"),
            started: Instant::now(),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            issuances: Family::default(),
            claims: Family::default(),
            uploads: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            outbox_entries: Gauge::default(),
            outbox_age: Gauge::default(),
            lists_to_sign: Gauge::default(),
            list_age: Gauge::default(),
            uptime: Gauge::default(),
        };
        for schema in schemas {
            for outcome in ISSUED {
                let schema = schema.to_owned();
                drop(metrics.issuances.get_or_create(&Issued { schema, outcome }));
            }
            for outcome in CLAIMS {
                let schema = schema.to_owned();
                drop(metrics.claims.get_or_create(&Requested { schema, outcome }));
            }
        }
        for outcome in UPLOADED {
            drop(metrics.uploads.get_or_create(&Tried { outcome }));
        }
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "http_requests",
            "Requests of the public listener",
            self.requests.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "Time from a request's head to its response's",
            self.durations.clone(),
        );
        registry.register(
            "issuances",
            "Calls that issue, by schema and outcome",
            self.issuances.clone(),
        );
        registry.register(
            "claims",
            "Requests to the sources of claims, by schema and outcome",
            self.claims.clone(),
        );
        registry.register(
            "dstorage_upload_seconds",
            "Time until dStorage responded to an upload, or until its time limit",
            self.uploads.clone(),
        );
        registry.register(
            "outbox_entries",
            "Credentials that dStorage has not confirmed",
            self.outbox_entries.clone(),
        );
        registry.register(
            "outbox_age_seconds",
            "Age of the oldest credential that dStorage has not confirmed",
            self.outbox_age.clone(),
        );
        registry.register(
            "status_lists_to_sign",
            "Status lists that are signed at their next request",
            self.lists_to_sign.clone(),
        );
        registry.register(
            "status_list_age_seconds",
            "Age of the oldest signature of a status list",
            self.list_age.clone(),
        );
        registry.register("uptime_seconds", "Time since the start", self.uptime.clone());
    }

    /// Records a response and the duration of its request.
    pub(crate) fn answered(&self, called: Called, status: u16, duration: Duration) {
        let durations = self.durations.get_or_create(&called);
        durations.observe(duration.as_secs_f64());
        drop(durations);
        let Called { method, route } = called;
        self.requests
            .get_or_create(&Answered {
                method,
                route,
                status,
            })
            .inc();
    }

    /// Counts a call that issues.
    pub(crate) fn issued(&self, schema: &str, outcome: &'static str) {
        debug_assert!(ISSUED.contains(&outcome), "{outcome} is not listed");
        let schema = schema.to_owned();
        self.issuances.get_or_create(&Issued { schema, outcome }).inc();
    }

    /// Counts a request for claims.
    pub(crate) fn requested_claims(&self, schema: &str, outcome: &'static str) {
        debug_assert!(CLAIMS.contains(&outcome), "{outcome} is not listed");
        let schema = schema.to_owned();
        self.claims.get_or_create(&Requested { schema, outcome }).inc();
    }

    /// Records a try of an upload. One that was not sent has no duration.
    pub(crate) fn uploaded(&self, outcome: &Uploaded, duration: Duration) {
        let outcome = match outcome {
            Uploaded::Stored => "stored",
            Uploaded::Unknown(_) => "unknown",
            Uploaded::Refused(_) => "refused",
            Uploaded::Paused(_) => return,
        };
        let seconds = duration.as_secs_f64();
        self.uploads.get_or_create(&Tried { outcome }).observe(seconds);
    }

    /// Reads the figures of the database.
    pub(crate) async fn refresh(&self, store: &Store, clock: &Clock) -> sqlx::Result<()> {
        let (entries, oldest_entry) = outbox::backlog(store).await?;
        let (to_sign, oldest_signature) = status_lists::signatures(store).await?;
        let now = clock.now();
        let age = |time: Option<air_ids::UnixTime>| {
            time.map_or(0, |time| now.saturating_duration_since(time).as_secs())
        };
        self.outbox_entries.set(entries);
        self.outbox_age.set(age(oldest_entry));
        self.lists_to_sign.set(to_sign);
        self.list_age.set(age(oldest_signature));
        Ok(())
    }

    /// Encodes all figures in Prometheus's text format.
    pub(crate) fn encode(&self) -> Result<String, fmt::Error> {
        self.uptime.set(self.started.elapsed().as_secs_f64());
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
