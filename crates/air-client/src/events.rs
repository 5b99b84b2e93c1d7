//! The local platform's events and requests, in pages or as streams.

use air_api::sandbox::{Event, EventId, EventPage, EventQuery, LogQuery, LoggedRequest, RequestLog};
use serde::de::DeserializeOwned;

use crate::{
    Auth, Error, SandboxClient,
    tokens::TokenPurpose,
    transport::{Messages, wait},
};

impl<'c> SandboxClient<'c> {
    /// Reads as this partner, which sees only its own events. The token has any scope. Without a token, the
    /// client reads as the operator, which sees everything.
    #[must_use]
    pub fn with_partner_token(mut self, auth: impl Into<Auth<'c>>) -> Self {
        self.partner = Some(auth.into());
        self
    }

    /// Fetches a page of events, oldest first.
    ///
    /// # Errors
    /// [`Error::NotAuthorised`] without a token, if the platform requires one.
    pub async fn events(&self, query: &EventQuery) -> Result<EventPage, Error> {
        let mut call = self.watching("events/log");
        if let Some(after) = query.after {
            call = call.query("after", after.to_string());
        }
        if let Some(limit) = query.limit {
            call = call.query("limit", limit.to_string());
        }
        if let Some(kind) = &query.kind {
            call = call.query("type", kind);
        }
        call.receive().await
    }

    /// Fetches one event.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown id.
    pub async fn event(&self, id: &EventId) -> Result<Event, Error> {
        self.watching(&format!("events/{id}")).receive().await
    }

    /// Streams the events after a position, each once and in order. The stream survives broken connections
    /// and restarts of the platform. If a platform with an in-memory store restarts, the stream begins again.
    /// `kind` is a prefix of the event type.
    #[must_use]
    pub fn follow_events(&self, after: u64, kind: Option<&'c str>) -> EventStream<'c> {
        EventStream {
            local: *self,
            kind,
            position: after,
            opened: Opening::default(),
        }
    }

    /// Fetches the most recent requests, oldest first.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub async fn requests(&self, query: &LogQuery) -> Result<RequestLog, Error> {
        let mut call = self.watching("logs").query("failed", query.failed.to_string());
        if let Some(after) = query.after {
            call = call.query("after", after.to_string());
        }
        call.receive().await
    }

    /// Streams requests when the platform responds to them, starting with those in its memory. If the
    /// platform restarts, the stream begins again.
    #[must_use]
    pub fn follow_requests(&self, query: LogQuery) -> RequestStream<'c> {
        RequestStream {
            local: *self,
            query,
            opened: Opening::default(),
        }
    }

    fn watching(&self, what: &str) -> crate::transport::Call<'c> {
        let call = self.transport.get(format!("sandbox/v1/{what}"));
        match self.partner {
            Some(auth) => call.partner(auth.proof(TokenPurpose::Issue)),
            None => call.bearer(self.admin_token),
        }
    }
}

/// A stream of events. See [`SandboxClient::follow_events`].
#[derive(Debug)]
pub struct EventStream<'c> {
    local: SandboxClient<'c>,
    kind: Option<&'c str>,
    position: u64,
    opened: Opening,
}

impl EventStream<'_> {
    /// Waits for the next event. Dropping the call loses no event.
    ///
    /// # Errors
    /// Errors that a retry would not fix, such as [`Error::NotAuthorised`]. Other errors are
    /// retried, after up to 10 s.
    pub async fn next(&mut self) -> Result<Event, Error> {
        let (local, kind, position) = (self.local, self.kind, self.position);
        let call = || {
            let call = local.watching("events").query("after", position.to_string());
            match kind {
                Some(kind) => call.query("type", kind),
                None => call,
            }
        };
        let event: Event = self.opened.next(call).await?;
        self.position = event.id.sequence();
        Ok(event)
    }
}

/// A stream of requests. See [`SandboxClient::follow_requests`].
#[derive(Debug)]
pub struct RequestStream<'c> {
    local: SandboxClient<'c>,
    query: LogQuery,
    opened: Opening,
}

impl RequestStream<'_> {
    /// Waits for the next request.
    ///
    /// # Errors
    /// As [`EventStream::next`].
    pub async fn next(&mut self) -> Result<LoggedRequest, Error> {
        let (local, query) = (self.local, self.query);
        let call = || {
            local
                .watching("logs/follow")
                .query("failed", query.failed.to_string())
                .query("after", query.after.unwrap_or(0).to_string())
        };
        let request: LoggedRequest = self.opened.next(call).await?;
        self.query.after = Some(request.number);
        Ok(request)
    }
}

/// A stream that is reopened when it ends.
#[derive(Debug, Default)]
struct Opening {
    messages: Option<Messages>,
    failures: u32,
}

impl Opening {
    async fn next<'a, T: DeserializeOwned>(
        &mut self,
        call: impl Fn() -> crate::transport::Call<'a>,
    ) -> Result<T, Error> {
        loop {
            match self.try_next(&call).await {
                Ok(Some(text)) => {
                    self.failures = 0;
                    return serde_json::from_str(&text).map_err(|_| Error::UnexpectedAnswer {
                        reason: "one of its messages has another form",
                        request_id: None,
                    });
                }
                Ok(None) => self.messages = None,
                Err(error) if error.is_retryable() => self.messages = None,
                Err(error) => return Err(error),
            }
            self.failures = self.failures.saturating_add(1);
            tokio::time::sleep(wait(self.failures, None)).await;
        }
    }

    async fn try_next<'a>(
        &mut self,
        call: &impl Fn() -> crate::transport::Call<'a>,
    ) -> Result<Option<String>, Error> {
        if self.messages.is_none() {
            self.messages = Some(call().listen().await?);
        }
        match &mut self.messages {
            Some(messages) => messages.next().await,
            None => Ok(None),
        }
    }
}
