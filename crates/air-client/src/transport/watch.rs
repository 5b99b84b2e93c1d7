//! Calls all middleware for one attempt.

use std::sync::Arc;

use reqwest::{Method, header::HeaderMap};
use tokio::time::Instant;

use super::NoResponse;
use crate::{
    Error,
    middleware::{Attempt, AttemptOutcome, ExtraHeaders, Middleware},
};

/// All middleware of a client, in the order in which it was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chain(Vec<Arc<dyn Middleware>>);

/// An attempt in progress. Dropping it without an outcome reports it as abandoned.
pub(crate) struct Watch<'a> {
    chain: &'a Chain,
    attempt: Attempt<'a>,
    begun: Instant,
    is_over: bool,
}

impl Chain {
    pub(crate) fn add(&mut self, middleware: Arc<dyn Middleware>) {
        self.0.push(middleware);
    }

    /// Starts an attempt, and returns the headers to add.
    pub(crate) fn begin<'a>(
        &'a self,
        method: &'a Method,
        path: &'a str,
        number: u32,
    ) -> Result<(HeaderMap, Watch<'a>), Error> {
        let attempt = Attempt::new(method.as_str(), path, number);
        let mut headers = ExtraHeaders::default();
        for middleware in &self.0 {
            middleware.before(&attempt, &mut headers)?;
        }
        let watch = Watch {
            chain: self,
            attempt,
            begun: Instant::now(),
            is_over: false,
        };
        Ok((headers.into_map(), watch))
    }
}

impl Watch<'_> {
    pub(crate) fn answered(mut self, status: u16, request_id: Option<&str>) {
        self.end(&AttemptOutcome::Answered { status, request_id });
    }

    pub(crate) fn lost(mut self, loss: NoResponse) {
        self.end(&match loss {
            NoResponse::NotConnected | NoResponse::UntrustedCertificate => AttemptOutcome::NotConnected,
            NoResponse::TimedOut => AttemptOutcome::TimedOut,
            NoResponse::Broken => AttemptOutcome::Broken,
        });
    }

    fn end(&mut self, outcome: &AttemptOutcome<'_>) {
        self.is_over = true;
        for middleware in self.chain.0.iter().rev() {
            middleware.after(&self.attempt, outcome, self.begun.elapsed());
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.end(&AttemptOutcome::Abandoned);
        }
    }
}
