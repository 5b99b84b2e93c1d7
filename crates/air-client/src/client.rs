//! The client and how it is made.

use std::{sync::Arc, time::Duration};

use crate::{
    Environment, Error, Local,
    transport::{Breaker, Persistence, Transport, Wire},
};

/// How long it may take to connect; a platform that is not there is noticed before a call's own time is over.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A client of one platform. Cheap to clone; share it.
#[derive(Clone, Debug)]
pub struct AirClient {
    pub(crate) transport: Transport,
}

/// Settings of a client.
#[derive(Clone, Debug)]
#[must_use = "a builder builds"]
pub struct Builder {
    environment: Environment,
    timeout: Duration,
    persistence: Persistence,
    keeps_keys: Option<bool>,
}

impl AirClient {
    /// Settings to begin with: 30 s for an attempt, four attempts, 90 s for all of them.
    pub fn builder(environment: Environment) -> Builder {
        Builder {
            environment,
            timeout: Duration::from_secs(30),
            persistence: Persistence {
                attempts: 4,
                deadline: Duration::from_secs(90),
            },
            keeps_keys: None,
        }
    }

    /// The platform's clock in seconds since 1970, where its answers tell (`Date`).
    ///
    /// # Errors
    /// [`Error::Unreachable`] or [`Error::TimedOut`].
    pub async fn clock(&self) -> Result<Option<u64>, Error> {
        self.transport.date().await
    }

    /// What only the local platform has.
    #[must_use]
    pub fn local(&self) -> Local<'_> {
        Local {
            transport: &self.transport,
            admin_token: None,
            partner_token: None,
        }
    }
}

impl Builder {
    /// How long one attempt of a call may take, connection and answer together.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a call is sent at most, where sending it again is safe; from 1.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.persistence.attempts = attempts.max(1);
        self
    }

    /// How long a call may take with all its attempts and the waits between them.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.persistence.deadline = deadline;
        self
    }

    /// Whether the platform keeps idempotency keys: the same key with the same call gets the first answer again, and nothing is
    /// done twice. Unless said, a platform on loopback does and the hosted ones do not, which ignore the header.
    ///
    /// # Security
    /// Said of a platform that does not, a lost answer can issue twice.
    pub fn keeps_idempotency_keys(mut self, keeps: bool) -> Self {
        self.keeps_keys = Some(keeps);
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// [`Error::Client`] when TLS can't be set up.
    pub fn build(self) -> Result<AirClient, Error> {
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("air/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(self.timeout);
        if self.environment.is_loopback() {
            http = http.no_proxy();
        }
        let http = http.build().map_err(Error::Client)?;
        Ok(self.over(Wire::Http(http)))
    }

    pub(crate) fn over(self, wire: Wire) -> AirClient {
        AirClient {
            transport: Transport {
                wire,
                keeps_keys: self.keeps_keys.unwrap_or_else(|| self.environment.is_loopback()),
                base: self.environment.base(),
                persistence: self.persistence,
                breaker: Arc::new(Breaker::default()),
            },
        }
    }
}
