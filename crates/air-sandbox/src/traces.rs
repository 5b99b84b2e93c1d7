//! Traces to a collector, by OTLP over HTTP (protobuf): set up by OpenTelemetry's own environment variables, as its SDK reads them.

use std::{env, time::Duration};

use axum::http::HeaderMap;
use opentelemetry::{
    KeyValue, Value,
    propagation::TextMapPropagator,
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, SpanExporter};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    resource::{EnvResourceDetector, ResourceDetector, TelemetryResourceDetector},
    trace::SdkTracerProvider,
};
use tracing::{Level, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

use crate::Error;

/// What it is called unless the environment says otherwise; the tracer's name, too.
const SERVICE: &str = "air-sandbox";
/// How long [`Traces::stop`] waits for the collector.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Where spans go. They are sent in batches, by a thread of their own; what a collector does not take in time is dropped, and no request
/// waits for it.
#[derive(Debug)]
#[must_use = "spans are sent when its layer is part of the subscriber"]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// To the collector that `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT` names, or none where neither does,
    /// `OTEL_SDK_DISABLED` is `true` or `OTEL_TRACES_EXPORTER` is `none`. Headers, timeout, sampler, batches, resource and service name
    /// have their usual variables.
    ///
    /// # Errors
    /// [`Error::Traces`] when what they say can't be used.
    pub fn from_environment() -> Result<Option<Self>, Error> {
        let variables = [OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT];
        let is_off = variable("OTEL_SDK_DISABLED").is_some_and(|said| said.eq_ignore_ascii_case("true"))
            || variable("OTEL_TRACES_EXPORTER").is_some_and(|said| said == "none");
        if is_off || !variables.into_iter().any(|name| variable(name).is_some()) {
            return Ok(None);
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .build()
            .map_err(Error::Traces)?;
        let provider = SdkTracerProvider::builder()
            .with_resource(resource())
            .with_batch_exporter(exporter)
            .build();
        Ok(Some(Self(provider)))
    }

    /// Takes the platform's spans, and what is logged within them, into the subscriber. No filter of the log's applies to it.
    #[must_use]
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let ours = Targets::new()
            .with_target("air_sandbox", Level::INFO)
            .with_target("air_fetch", Level::INFO)
            .with_target("air_store", Level::INFO);
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(SERVICE))
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(ours)
    }

    /// Sends what was not sent yet, within 5 s, and says whether the collector took it.
    pub async fn stop(self) -> bool {
        let stopped = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(FLUSH_TIMEOUT));
        matches!(stopped.await, Ok(Ok(())))
    }
}

/// Makes a span part of the trace that a request names (W3C Trace Context), if it names one. It has not been entered yet.
pub(crate) fn join(span: &Span, headers: &HeaderMap) {
    let caller = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    if caller.span().span_context().is_valid() {
        // It fails where nobody takes traces.
        let _ = span.set_parent(caller);
    }
}

/// Who sends: this version of this service on this SDK, unless `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say otherwise.
fn resource() -> Resource {
    let ours = [
        KeyValue::new("service.name", SERVICE),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
    ];
    let detectors: [Box<dyn ResourceDetector>; 2] = [
        Box::new(TelemetryResourceDetector),
        Box::new(EnvResourceDetector::new()),
    ];
    let resource = Resource::builder_empty()
        .with_attributes(ours)
        .with_detectors(&detectors);
    match variable("OTEL_SERVICE_NAME") {
        Some(name) => resource.with_service_name(Value::from(name)).build(),
        None => resource.build(),
    }
}

/// A variable that is empty is as one that is not there (OpenTelemetry's specification, SDK environment variables).
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
