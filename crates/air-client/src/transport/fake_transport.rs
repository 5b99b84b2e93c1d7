//! A fake platform without sockets, so that tests can pause time.

use std::{pin::Pin, sync::Arc};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::wire::{Answer, NoResponse};

type FakeResponse = Pin<Box<dyn Future<Output = Result<Answer, NoResponse>> + Send>>;

/// A function that responds to each request.
#[derive(Clone)]
pub(crate) struct FakeTransport(Arc<dyn Fn(reqwest::Request) -> FakeResponse + Send + Sync>);

impl FakeTransport {
    pub(crate) fn new<F: Future<Output = Result<Answer, NoResponse>> + Send + 'static>(
        respond: impl Fn(reqwest::Request) -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move |request| Box::pin(respond(request))))
    }

    pub(super) async fn send(&self, request: reqwest::Request) -> Result<Answer, NoResponse> {
        (self.0)(request).await
    }
}

impl Answer {
    pub(crate) fn new(status: u16, headers: &[(&'static str, &str)], body: &str) -> Self {
        let header = |(name, value): &(&'static str, &str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        };
        Self {
            status,
            headers: headers.iter().map(header).collect::<HeaderMap>(),
            body: Ok(body.as_bytes().to_vec()),
        }
    }
}
