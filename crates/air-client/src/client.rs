//! The client and its builder.

use std::{sync::Arc, time::Duration};

use air_ids::UnixTime;
use air_jwt::{PartnerId, SharedSigner, Signer, SigningKey};
use reqwest::header::HeaderValue;

use crate::{
    Environment, Error, SandboxClient,
    middleware::Middleware,
    proxy::Proxy,
    tokens::{Tokens, USUAL_LIFETIME},
    transport::{Breaker, Chain, Persistence, Transport, Wire},
};

/// The connection timeout, shorter than that of a call, so that an unreachable platform is noticed early.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A client of one platform. Cheap to clone; share it.
#[derive(Clone, Debug)]
pub struct AirClient {
    pub(crate) transport: Transport,
}

/// Settings of a client.
#[derive(Clone, Debug)]
#[must_use = "a builder builds"]
pub struct AirClientBuilder {
    environment: Environment,
    partner: Option<PartnerId>,
    signer: Option<SharedSigner>,
    token_lifetime: Duration,
    timeout: Duration,
    persistence: Persistence,
    keeps_keys: Option<bool>,
    proxy: Proxy,
    product: Option<String>,
    middleware: Chain,
}

impl AirClient {
    /// Creates a builder with the defaults: 30 s for an attempt, four attempts, 90 s for a call.
    pub fn builder(environment: Environment) -> AirClientBuilder {
        AirClientBuilder {
            environment,
            partner: None,
            signer: None,
            token_lifetime: USUAL_LIFETIME,
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

    /// Creates a client with default settings for the platform at a URL, such as a local platform or one of a
    /// test.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] if it is not http or https, or has a path.
    pub fn at(url: &str) -> Result<Self, Error> {
        Self::builder(Environment::at(url)?).build()
    }

    /// Returns the platform's time, if its responses have a `Date` header.
    ///
    /// # Errors
    /// [`Error::Unreachable`] or [`Error::TimedOut`].
    pub async fn clock(&self) -> Result<Option<UnixTime>, Error> {
        self.transport.date().await
    }

    /// Returns the calls that only the local platform has. For a hosted platform, each of them fails with
    /// [`Error::LocalOnly`], and nothing is sent.
    #[must_use]
    pub fn local(&self) -> SandboxClient<'_> {
        SandboxClient {
            transport: &self.transport,
            admin_token: None,
            partner: None,
        }
    }
}

impl AirClientBuilder {
    /// Sets the partner, whose tokens the client signs. Requires [`Self::signing_key`] or [`Self::signer`].
    pub fn partner(mut self, partner: PartnerId) -> Self {
        self.partner = Some(partner);
        self
    }

    /// Sets the key that signs the partner's tokens. Its public key must be in the partner's published set.
    ///
    /// Calls with [`Signed`](crate::Signed) or with a recipient's address then need no token of the
    /// caller's. The client signs one, uses it again for calls with the same scope and address, and
    /// signs the next one a minute before it expires. If the platform refuses a token that was used
    /// before, the client signs a new one and sends the call again, once.
    pub fn signing_key(self, key: SigningKey) -> Self {
        self.signer(key)
    }

    /// Sets a signer, as [`Self::signing_key`] does, whose key is elsewhere: a KMS, an HSM, another process.
    /// Calls that need the same new token wait for one signature.
    pub fn signer(mut self, signer: impl Signer + Send + 'static) -> Self {
        self.signer = Some(SharedSigner::new(signer));
        self
    }

    /// Sets the lifetime of the tokens that the client signs, from 10 s to 15 minutes. Defaults to 5 minutes.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Sets the timeout of one attempt, including connecting and reading the response.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the maximum number of attempts of a call that is safe to repeat; at least 1.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.persistence.attempts = attempts.max(1);
        self
    }

    /// Sets the timeout of a call with all its attempts and the waits between them.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.persistence.deadline = deadline;
        self
    }

    /// Sets whether the platform supports idempotency keys: a repeated call with the same key returns the
    /// first response and does nothing. Defaults to true for a platform on loopback, and to false for the
    /// hosted platforms, which ignore the header.
    ///
    /// # Security
    /// If this is set for a platform without support, a retry after a lost response can issue twice.
    pub fn keeps_idempotency_keys(mut self, keeps: bool) -> Self {
        self.keeps_keys = Some(keeps);
        self
    }

    /// Sends all calls through this proxy, an http or https URL. The URL may contain a user name and
    /// password, which are sent only to the proxy and never shown. Defaults to the proxies of the environment
    /// (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), and to no proxy for this machine.
    ///
    /// # Errors
    /// [`Error::InvalidProxy`], which does not show the URL.
    pub fn proxy(mut self, url: &str) -> Result<Self, Error> {
        self.proxy = Proxy::parse(url)?;
        Ok(self)
    }

    /// Uses no proxy, and ignores the environment.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Proxy::None;
        self
    }

    /// Sets the name of the calling program, such as `acme-issuer/2.1`. `User-Agent` contains it before the
    /// client's own name.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.product = Some(product.into());
        self
    }

    /// Adds middleware. Middleware is called in the order in which it is added.
    pub fn middleware(mut self, middleware: impl Middleware + 'static) -> Self {
        self.middleware.add(Arc::new(middleware));
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// [`Error::Client`] if TLS fails to initialise; [`Error::InvalidRequest`] for a user agent that is not
    /// allowed in a header; [`Error::NoPartner`] and [`Error::NoSigningKey`] for one without the other.
    pub fn build(self) -> Result<AirClient, Error> {
        match (&self.partner, &self.signer) {
            (None, Some(_)) => return Err(Error::NoPartner),
            (Some(_), None) => return Err(Error::NoSigningKey),
            _ => {}
        }
        let http = match self.http()?.build() {
            Ok(http) => http,
            // A machine without CA certificates, such as a minimal container, trusts no https
            // server. http works.
            Err(_) => self.http()?.tls_certs_only([]).build().map_err(Error::Client)?,
        };
        Ok(self.over(Wire::Http(http)))
    }

    fn http(&self) -> Result<reqwest::ClientBuilder, Error> {
        let http = reqwest::Client::builder()
            .user_agent(self.agent()?)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(self.timeout);
        self.proxy.apply(http, &self.environment)
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
        let lifetime = self.token_lifetime;
        let tokens = self
            .partner
            .zip(self.signer)
            .map(|(partner, signer)| Arc::new(Tokens::new(partner, signer, lifetime)));
        AirClient {
            transport: Transport {
                wire,
                is_hosted: self.environment.is_hosted(),
                tokens,
                keeps_keys: self.keeps_keys.unwrap_or_else(|| self.environment.is_loopback()),
                base: self.environment.base(),
                persistence: self.persistence,
                breaker: Arc::new(Breaker::default()),
                middleware: self.middleware,
            },
        }
    }
}
