//! The id and the trace of the request that the current task handles.
//!
//! They are in a task-local, as a span of `tracing` is, because sources of claims and signers have no argument for
//! them. They only label logs, refusals and calls: no rule depends on them.

use std::future::Future;

use air_fetch::Request;
use axum::http::HeaderMap;
use tokio::task::JoinHandle;
use tracing::Instrument;

const TRACEPARENT: &str = "traceparent";

tokio::task_local! {
    static CONTEXT: RequestContext;
}

/// A request's id, which the log and the response have, and its trace.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    id: String,
    trace: Option<TraceParent>,
}

/// A position in a trace (W3C Trace Context, 3.2): version 00, a trace id, a span id and flags.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TraceParent(String);

impl RequestContext {
    /// A context with a new id, and with the trace of the caller.
    pub(crate) fn new(headers: &HeaderMap) -> Self {
        Self {
            id: new_id(),
            trace: TraceParent::read(headers),
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The id of the caller's trace.
    pub(crate) fn trace_id(&self) -> Option<&str> {
        self.trace.as_ref().and_then(|trace| trace.0.get(3..35))
    }

    fn trace_parent(&self) -> Option<String> {
        self.trace.as_ref().map(|trace| trace.0.clone())
    }

    /// Runs a future in this context.
    pub(crate) async fn scope<F: Future>(self, future: F) -> F::Output {
        CONTEXT.scope(self, future).await
    }
}

/// The id of the current request. Outside of requests, such as in the worker, it is a new one.
pub(crate) fn current_id() -> String {
    CONTEXT
        .try_with(|context| context.id.clone())
        .unwrap_or_else(|_| new_id())
}

/// Runs a future in a task of its own, in the context and the span of the current request.
pub(crate) fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let future = future.in_current_span();
    match CONTEXT.try_with(RequestContext::clone) {
        Ok(context) => tokio::spawn(context.scope(future)),
        Err(_) => tokio::spawn(future),
    }
}

/// Adds a `traceparent` to a call within a request, so that the call belongs to the same trace: that of the current
/// span if it is exported, else the caller's own.
pub(crate) fn traced(request: Request<'_>) -> Request<'_> {
    match exported().or_else(|| CONTEXT.try_with(RequestContext::trace_parent).ok().flatten()) {
        Some(text) => request.with_header(TRACEPARENT, text),
        None => request,
    }
}

/// The position of the current span, if it is exported.
#[cfg(feature = "otel")]
fn exported() -> Option<String> {
    air_server::traceparent(&tracing::Span::current())
}

#[cfg(not(feature = "otel"))]
fn exported() -> Option<String> {
    None
}

fn new_id() -> String {
    uuid::Builder::from_random_bytes(rand::random())
        .into_uuid()
        .to_string()
}

impl TraceParent {
    fn read(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return None;
        };
        Self::parse(value.to_str().ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let version = parts.next()?;
        let is_valid = version == "00"
            && [32, 16, 2].into_iter().all(|length| {
                parts.next().is_some_and(|part| {
                    let is_hex = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                    // Ids of zeros are invalid; flags of zeros are not.
                    part.len() == length && is_hex && (length == 2 || part.bytes().any(|byte| byte != b'0'))
                })
            });
        (is_valid && parts.next().is_none()).then(|| Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_complete_traceparent_is_passed_on() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(TraceParent::parse(good).is_some());
        for bad in [
            "",
            "00",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
        ] {
            assert!(TraceParent::parse(bad).is_none(), "{bad}");
        }
        let headers = [(
            TRACEPARENT.parse::<axum::http::HeaderName>().unwrap(),
            good.parse::<axum::http::HeaderValue>().unwrap(),
        )];
        let context = RequestContext::new(&HeaderMap::from_iter(headers));
        assert_eq!(context.trace_id(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
    }
}
