//! The client and how it is made.

use std::{sync::Arc, time::Duration};

use reqwest::header::HeaderValue;

use crate::{
    Environment, Error, Local,
    middleware::Middleware,
    proxy::Proxy,
    transport::{Breaker, Chain, Persistence, Transport, Wire},
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
    proxy: Proxy,
    product: Option<String>,
    middleware: Chain,
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
            proxy: Proxy::default(),
            product: None,
            middleware: Chain::default(),
        }
    }

    /// A client with the usual settings of the platform at a URL: of `air sandbox`, or of a test.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] when it is not http or https, or has a path.
    pub fn at(url: &str) -> Result<Self, Error> {
        Self::builder(Environment::at(url)?).build()
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

    /// Sends all calls through this proxy, an http or https URL, which may have a user and password: they go to the proxy and are
    /// shown nowhere. Unless said, the proxies of the environment count (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), and none
    /// on the way to this machine.
    ///
    /// # Errors
    /// [`Error::InvalidProxy`], which does not show the URL.
    pub fn proxy(mut self, url: &str) -> Result<Self, Error> {
        self.proxy = Proxy::parse(url)?;
        Ok(self)
    }

    /// Sends no call through a proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Proxy::None;
        self
    }

    /// What calls: `acme-issuer/2.1`. The `User-Agent` has it before the client's own name.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.product = Some(product.into());
        self
    }

    /// Has each attempt of each call seen by this too, after what was given before.
    pub fn middleware(mut self, middleware: impl Middleware + 'static) -> Self {
        self.middleware.add(Arc::new(middleware));
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// [`Error::Client`] when TLS can't be set up; [`Error::InvalidRequest`] for a user agent that can't stand in a header.
    pub fn build(self) -> Result<AirClient, Error> {
        let http = reqwest::Client::builder()
            .user_agent(self.agent()?)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(self.timeout);
        let http = self.proxy.apply(http, &self.environment)?;
        let http = http.build().map_err(Error::Client)?;
        Ok(self.over(Wire::Http(http)))
    }

    fn agent(&self) -> Result<HeaderValue, Error> {
        let own = concat!("air/", env!("CARGO_PKG_VERSION"));
        let agent = match &self.product {
            None => own.to_owned(),
            Some(product) => format!("{product} {own}"),
        };
        HeaderValue::try_from(agent).map_err(|_| Error::InvalidRequest { header: "user-agent" })
    }

    pub(crate) fn over(self, wire: Wire) -> AirClient {
        AirClient {
            transport: Transport {
                wire,
                keeps_keys: self.keeps_keys.unwrap_or_else(|| self.environment.is_loopback()),
                base: self.environment.base(),
                persistence: self.persistence,
                breaker: Arc::new(Breaker::default()),
                middleware: self.middleware,
            },
        }
    }
}
