//! The export of the service's traces.

use tracing::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};

use crate::Error;

/// The targets of the service's spans.
const TARGETS: [&str; 2] = ["air_issuer", "air_fetch"];

/// The exporter of spans. A separate thread sends them in batches. Spans that the collector does
/// not accept in time are dropped, and no request waits for the collector.
#[derive(Debug)]
#[must_use = "spans are sent when its layer is part of the subscriber"]
pub struct Traces(air_server::Traces);

impl Traces {
    /// Creates an exporter to the collector in `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`. Returns `None` if both are unset, if `OTEL_SDK_DISABLED` is
    /// `true` or if `OTEL_TRACES_EXPORTER` is `none`. Headers, timeout, sampler, batches, resource
    /// and service name have their usual variables.
    ///
    /// # Errors
    /// [`Error::Traces`] if a variable is invalid.
    pub fn from_environment() -> Result<Option<Self>, Error> {
        let traces = air_server::Traces::from_environment("air-issuer").map_err(Error::Traces)?;
        Ok(traces.map(Self))
    }

    /// Returns the subscriber's layer for the service's spans and the log events within them. The
    /// log's filter does not apply to it.
    #[must_use]
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        self.0.layer(&TARGETS)
    }

    /// Exports the remaining spans within 5 s. Returns whether the collector accepted them.
    pub async fn stop(self) -> bool {
        self.0.stop().await
    }
}
