//! The client and how it is made.

use std::time::Duration;

use crate::{Environment, Error, Local, transport::Transport};

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
}

impl AirClient {
    /// Settings to begin with: 30 s for a call.
    pub fn builder(environment: Environment) -> Builder {
        Builder {
            environment,
            timeout: Duration::from_secs(30),
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
        }
    }
}

impl Builder {
    /// How long a call may take, connection and answer together.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// [`Error::Client`] when TLS can't be set up.
    pub fn build(self) -> Result<AirClient, Error> {
        let base = self.environment.base();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("air/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(self.timeout);
        let loopback = base
            .host_str()
            .is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
        if loopback {
            http = http.no_proxy();
        }
        let http = http.build().map_err(Error::Client)?;
        Ok(AirClient {
            transport: Transport { http, base },
        })
    }
}
