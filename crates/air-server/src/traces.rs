//! Exports traces by OTLP over HTTP (protobuf). The standard environment variables of OpenTelemetry
//! configure the export.

use std::{collections::HashMap, env, time::Duration};

use axum::http::HeaderMap;
use opentelemetry::{
    KeyValue, Value,
    propagation::TextMapPropagator,
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{
    ExporterBuildError, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, SpanExporter,
};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    resource::{EnvResourceDetector, ResourceDetector, TelemetryResourceDetector},
    trace::SdkTracerProvider,
};
use tracing::{Level, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

/// The time that [`Traces::stop`] waits for the collector.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// The environment variables of OpenTelemetry are invalid.
#[derive(Debug, thiserror::Error)]
#[error("failed to set up the export of traces; check the OTEL_EXPORTER_OTLP variables")]
pub struct TracesError(#[source] ExporterBuildError);

/// The exporter of spans. A separate thread sends them in batches. Spans that the collector does
/// not accept in time are dropped, and no request waits for the collector.
#[derive(Debug)]
#[must_use = "spans are sent when its layer is part of the subscriber"]
pub struct Traces {
    provider: SdkTracerProvider,
    service: &'static str,
    targets: &'static [&'static str],
}

impl Traces {
    /// Creates an exporter to the collector in `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`. Returns `None` if both are unset, if `OTEL_SDK_DISABLED` is
    /// `true` or if `OTEL_TRACES_EXPORTER` is `none`. Headers, timeout, sampler, batches and resource
    /// have their usual variables. So has the service's name, which defaults to `service`. Spans of
    /// other `targets` are not exported.
    ///
    /// # Errors
    /// [`TracesError`] if a variable is invalid.
    pub fn from_environment(
        service: &'static str,
        targets: &'static [&'static str],
    ) -> Result<Option<Self>, TracesError> {
        let variables = [OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT];
        let is_off = variable("OTEL_SDK_DISABLED").is_some_and(|said| said.eq_ignore_ascii_case("true"))
            || variable("OTEL_TRACES_EXPORTER").is_some_and(|said| said == "none");
        if is_off || !variables.into_iter().any(|name| variable(name).is_some()) {
            return Ok(None);
        }
        let exporter = SpanExporter::builder().with_http().build().map_err(TracesError)?;
        let provider = SdkTracerProvider::builder()
            .with_resource(resource(service))
            .with_batch_exporter(exporter)
            .build();
        Ok(Some(Self {
            provider,
            service,
            targets,
        }))
    }

    /// Returns the subscriber's layer for the spans of the targets, and for the log events within
    /// them. The log's filter does not apply to it.
    #[must_use]
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let ours = self.targets.iter().fold(Targets::new(), |ours, target| {
            ours.with_target(*target, Level::INFO)
        });
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer(self.service))
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(ours)
    }

    /// Exports the remaining spans within 5 s. Returns whether the collector accepted them.
    pub async fn stop(self) -> bool {
        let stopped = tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(FLUSH_TIMEOUT));
        matches!(stopped.await, Ok(Ok(())))
    }
}

/// Makes a span part of the trace in a request's headers (W3C Trace Context), if there is one. The
/// span must not have been entered yet.
pub fn join_trace(span: &Span, headers: &HeaderMap) {
    let caller = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    if caller.span().span_context().is_valid() {
        // This fails if no layer exports traces.
        let _ = span.set_parent(caller);
    }
}

/// Returns the `traceparent` of a call within this span, or `None` if no layer exports it.
#[must_use]
pub fn traceparent(span: &Span) -> Option<String> {
    let context = span.context();
    if !context.span().span_context().is_valid() {
        return None;
    }
    let mut headers = HashMap::<String, String>::new();
    TraceContextPropagator::new().inject_context(&context, &mut headers);
    headers.remove("traceparent")
}

/// Returns the resource: this version of the service and SDK, unless `OTEL_RESOURCE_ATTRIBUTES` or
/// `OTEL_SERVICE_NAME` override it.
fn resource(service: &'static str) -> Resource {
    let ours = [
        KeyValue::new("service.name", service),
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

/// Reads a variable. An empty variable counts as unset (OpenTelemetry's specification, SDK
/// environment variables).
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn a_call_continues_the_trace_of_its_caller() {
        const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let traces = Traces {
            provider: SdkTracerProvider::builder().build(),
            service: "test",
            targets: &["air_server"],
        };
        let subscriber = tracing_subscriber::registry().with(traces.layer());
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request");
            let caller = (
                HeaderName::from_static("traceparent"),
                HeaderValue::from_static(CALLER),
            );
            join_trace(&span, &HeaderMap::from_iter([caller]));
            let sent = traceparent(&span).expect("the span is exported");
            let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-";
            assert!(sent.starts_with(trace) && sent.ends_with("-01"), "{sent}");
            assert_ne!(sent, CALLER, "its parent is this span");
        });
        assert_eq!(traceparent(&Span::none()), None);
    }
}
