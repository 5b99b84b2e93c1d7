//! Sends requests with limits on time and size, and checks each address before it connects.

use std::{error::Error, fmt, net::SocketAddr, sync::Arc, time::Duration};

use reqwest::{
    Client, ClientBuilder, Response, StatusCode, dns::Resolve, header, header::HeaderValue, redirect,
};
use tracing::Instrument;
use url::Url;

use crate::{
    Accept, Document, FetchError, NetworkPolicy, Proxy, Request, SetupError, exchange,
    own::OwnPorts,
    resolver::{Guarded, LeadsBack, NonePermitted, System},
    span,
};

/// The deadline for name resolution, connections, redirects and the body together.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);
/// Differs from the client's `air/…`, so that a server can distinguish its operator's calls from requests to
/// URLs that others named.
const USER_AGENT: &str = concat!("air-fetch/", env!("CARGO_PKG_VERSION"));

/// Fetches documents without cookies, credentials, compression or connection reuse.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    resolver: Arc<dyn Resolve>,
    own: Option<OwnPorts>,
    policy: NetworkPolicy,
    proxy: Option<Proxy>,
    redirects: u8,
    timeout: Duration,
    pub(crate) leaked_keys: LeakedKeys,
}

/// The policy for keys whose private half is published in their JWK set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeakedKeys {
    Skipped,
    UsedFromLoopback,
}

impl Fetcher {
    /// Creates a fetcher with this network policy, a timeout of 5 s, and no redirects.
    ///
    /// # Errors
    /// [`SetupError`] if the system's TLS fails to initialise.
    pub fn new(policy: NetworkPolicy) -> Result<Self, SetupError> {
        Self::with_resolver(policy, None, Arc::new(System))
    }

    /// Creates a fetcher whose https requests go through a proxy, with [`NetworkPolicy::Any`]: a proxy that resolves
    /// names itself hides the address of a host, so no other policy could be kept.
    ///
    /// # Errors
    /// [`SetupError`] if the system's TLS fails to initialise.
    pub fn through(proxy: &Proxy) -> Result<Self, SetupError> {
        Self::with_resolver(NetworkPolicy::Any, Some(proxy.clone()), Arc::new(System))
    }

    fn with_resolver(
        policy: NetworkPolicy,
        proxy: Option<Proxy>,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            client: client(Guarded::new(policy, resolver.clone()), proxy.as_ref())?,
            resolver,
            own: None,
            policy,
            proxy,
            redirects: 0,
            timeout: TIMEOUT,
            leaked_keys: LeakedKeys::Skipped,
        })
    }

    /// Blocks connections to the ports of these listeners at any address of this machine, with any policy.
    /// This prevents requests to this process itself.
    ///
    /// # Errors
    /// [`SetupError`] if the system's TLS fails to initialise.
    pub fn avoiding(mut self, listeners: &[SocketAddr]) -> Result<Self, SetupError> {
        let guarded = Guarded::new(self.policy, self.resolver.clone()).leaving_this_machine();
        self.own = Some(OwnPorts::new(listeners, client(guarded, self.proxy.as_ref())?));
        Ok(self)
    }

    /// Checks the text of a URL against the policy. The addresses of a host name are checked when the URL is
    /// fetched.
    ///
    /// # Errors
    /// [`FetchError`] with the reason.
    pub fn check(&self, url: &str) -> Result<(), FetchError> {
        let url = self.policy.parse(url)?;
        self.client_for(&url).map(drop)
    }

    /// Returns the client for a request, as [`Self::client_for`] does.
    fn client_to(&self, url: &Url) -> Result<&Client, FetchError> {
        if cfg!(not(feature = "https")) && url.scheme() == "https" {
            return Err(FetchError::NoTls);
        }
        self.client_for(url)
    }

    fn client_for(&self, url: &Url) -> Result<&Client, FetchError> {
        match &self.own {
            Some(own) => Ok(own.client_for(url)?.unwrap_or(&self.client)),
            None => Ok(&self.client),
        }
    }

    /// Follows at most this number of redirects. Each URL is checked like the first. A redirect to another
    /// host or from https to http is rejected.
    #[must_use]
    pub fn following(mut self, redirects: u8) -> Self {
        self.redirects = redirects;
        self
    }

    /// Accepts keys whose private half is published in their JWK set, if this machine serves the set. Only
    /// the public half is used. A warning is logged for each such set, and
    /// [`JwkSet::leaked`](air_jwt::JwkSet::leaked) names the keys.
    ///
    /// # Security
    /// Anyone who can fetch the set can sign with such a key. Use it only for a service that is reachable
    /// from this machine alone.
    #[must_use]
    pub fn using_leaked_keys_from_loopback(mut self) -> Self {
        self.leaked_keys = LeakedKeys::UsedFromLoopback;
        self
    }

    /// Fetches the document at `url`, of at most `limit` bytes.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn get(&self, url: &str, limit: usize, accept: Accept) -> Result<Document, FetchError> {
        let span = span::of("GET", url);
        let fetched = tokio::time::timeout(self.timeout, async {
            let response = self.answer(self.policy.parse(url)?, accept).await?;
            read(response, limit).await
        })
        .instrument(span.clone())
        .await
        .unwrap_or(Err(FetchError::TimedOut));
        let outcome = fetched.as_ref().map(|_| StatusCode::OK.as_u16());
        span::ended(&span, outcome.map_err(|error| *error));
        fetched
    }

    /// Posts JSON with additional headers to `url`, and returns the status. Does not read the body or follow
    /// redirects.
    ///
    /// # Errors
    /// [`FetchError`] if there is no response.
    pub async fn post_json(
        &self,
        url: &str,
        headers: &[(&'static str, &str)],
        json: Vec<u8>,
    ) -> Result<u16, FetchError> {
        let span = span::of("POST", url);
        let outcome = tokio::time::timeout(self.timeout, async {
            let url = self.policy.parse(url)?;
            let mut request = self
                .client_to(&url)?
                .post(url)
                .header(header::CONTENT_TYPE, "application/json")
                .body(json);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let response = request.send().await.map_err(|error| reason(&error))?;
            Ok(response.status().as_u16())
        })
        .instrument(span.clone())
        .await
        .unwrap_or(Err(FetchError::TimedOut));
        span::ended(&span, outcome);
        outcome
    }

    /// Sends a request, and returns the answer whatever its status is, with a body of at most `limit` bytes.
    /// Redirects are not followed: the answer is the redirect.
    ///
    /// # Errors
    /// [`FetchError`] if there is no complete answer within the limits.
    pub async fn exchange(
        &self,
        request: &Request<'_>,
        limit: usize,
    ) -> Result<exchange::Response, FetchError> {
        self.exchange_within(request, limit, self.timeout).await
    }

    /// As [`Self::exchange`], with another time limit. The text of [`FetchError::TimedOut`] names the default
    /// limit.
    ///
    /// # Errors
    /// [`FetchError`] if there is no complete answer within the limits.
    pub async fn exchange_within(
        &self,
        request: &Request<'_>,
        limit: usize,
        timeout: Duration,
    ) -> Result<exchange::Response, FetchError> {
        let method = if request.body.is_some() { "POST" } else { "GET" };
        let span = span::of(method, request.url);
        let answered = tokio::time::timeout(timeout, async {
            let response = self.send_request(request).await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let certificate = certificate(&response);
            Ok(exchange::Response::new(
                status,
                headers,
                certificate,
                body(response, limit).await?,
            ))
        })
        .instrument(span.clone())
        .await
        .unwrap_or(Err(FetchError::TimedOut));
        let outcome = answered.as_ref().map(|answer| answer.status);
        span::ended(&span, outcome.map_err(|error| *error));
        answered
    }

    async fn send_request(&self, request: &Request<'_>) -> Result<Response, FetchError> {
        let url = self.policy.parse(request.url)?;
        let client = self.client_to(&url)?;
        let mut builder = match &request.body {
            Some((media_type, body)) => client
                .post(url)
                .header(header::CONTENT_TYPE, *media_type)
                .body(body.clone()),
            None => client.get(url),
        };
        builder = builder.header(header::ACCEPT_ENCODING, "identity");
        for (name, value) in &request.headers {
            let mut value = HeaderValue::from_str(value).map_err(|_| FetchError::Header { name })?;
            value.set_sensitive(true);
            builder = builder.header(*name, value);
        }
        builder.send().await.map_err(|error| reason(&error))
    }

    /// Follows redirects, and returns the first other response if its status is 200.
    async fn answer(&self, mut url: Url, accept: Accept) -> Result<Response, FetchError> {
        let mut followed = 0;
        loop {
            let response = self.send(&url, accept).await?;
            let status = response.status().as_u16();
            match target(&response) {
                Some(_) if followed == self.redirects => {
                    return Err(FetchError::Redirect {
                        status,
                        limit: self.redirects,
                    });
                }
                Some(target) => url = self.hop(&url, target)?,
                None if response.status() == StatusCode::OK => return Ok(response),
                None => return Err(FetchError::Status { status }),
            }
            followed += 1;
        }
    }

    fn hop(&self, from: &Url, target: &str) -> Result<Url, FetchError> {
        let refused = FetchError::Url { policy: self.policy };
        let url = from.join(target).map_err(|_| refused)?;
        self.policy.check(&url)?;
        if url.host() != from.host() || (from.scheme() == "https" && url.scheme() == "http") {
            return Err(refused);
        }
        Ok(url)
    }

    async fn send(&self, url: &Url, accept: Accept) -> Result<Response, FetchError> {
        self.client_to(url)?
            .get(url.clone())
            .header(header::ACCEPT, accept.header())
            .header(header::ACCEPT_ENCODING, "identity")
            .send()
            .await
            .map_err(|error| reason(&error))
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher")
            .field("policy", &self.policy)
            .field("redirects", &self.redirects)
            .finish_non_exhaustive()
    }
}

fn client(resolver: Guarded, proxy: Option<&Proxy>) -> Result<Client, SetupError> {
    let resolver = Arc::new(resolver);
    let builder = || {
        let builder = Client::builder()
            .dns_resolver(Arc::clone(&resolver))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .pool_max_idle_per_host(0)
            .user_agent(USER_AGENT);
        match proxy {
            Some(proxy) => builder.proxy(proxy.for_client()),
            None => builder,
        }
    };
    build(builder).map_err(SetupError)
}

/// A machine without CA certificates, such as a minimal container, trusts no https server. http works.
#[cfg(feature = "https")]
fn build(builder: impl Fn() -> ClientBuilder) -> reqwest::Result<Client> {
    let with_certificate = || builder().tls_info(true);
    with_certificate()
        .build()
        .or_else(|_| with_certificate().tls_certs_only([]).build())
}

/// Returns the server's certificate.
#[cfg(feature = "https")]
fn certificate(response: &Response) -> Option<Vec<u8>> {
    let tls = response.extensions().get::<reqwest::tls::TlsInfo>()?;
    tls.peer_certificate().map(<[u8]>::to_vec)
}

#[cfg(not(feature = "https"))]
fn certificate(_: &Response) -> Option<Vec<u8>> {
    None
}

#[cfg(not(feature = "https"))]
fn build(builder: impl Fn() -> ClientBuilder) -> reqwest::Result<Client> {
    builder().build()
}

/// Returns the target of a redirect (RFC 9110, 15.4).
fn target(response: &Response) -> Option<&str> {
    match response.status().as_u16() {
        301 | 302 | 303 | 307 | 308 => response.headers().get(header::LOCATION)?.to_str().ok(),
        _ => None,
    }
}

async fn read(response: Response, limit: usize) -> Result<Document, FetchError> {
    let (url, headers) = (response.url().clone(), response.headers().clone());
    Ok(Document::new(url, &headers, body(response, limit).await?))
}

async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, FetchError> {
    let too_long = FetchError::TooLong { limit };
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |length| length > limit) {
        return Err(too_long);
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| FetchError::BrokeOff)? {
        if bytes.len() + chunk.len() > limit {
            return Err(too_long);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn reason(error: &reqwest::Error) -> FetchError {
    let causes = || std::iter::successors(error.source(), |&cause| cause.source());
    if causes().any(<dyn Error>::is::<NonePermitted>) {
        FetchError::PrivateAddress
    } else if causes().any(<dyn Error>::is::<LeadsBack>) {
        FetchError::OwnAddress
    } else if error.is_connect() {
        FetchError::Connect
    } else {
        FetchError::BrokeOff
    }
}

#[cfg(all(test, feature = "https"))]
mod tests;

#[cfg(all(test, not(feature = "https")))]
mod without_tls {
    use super::*;

    #[tokio::test]
    async fn an_https_url_is_valid_and_not_requested() {
        let fetcher = Fetcher::new(NetworkPolicy::Public).unwrap();
        let url = "https://issuer.example/jwks.json";
        assert_eq!(fetcher.check(url), Ok(()));
        let fetched = fetcher.get(url, 1000, Accept::JwkSet).await;
        assert_eq!(fetched.map(drop), Err(FetchError::NoTls));
        let posted = fetcher.post_json(url, &[], Vec::new()).await;
        assert_eq!(posted, Err(FetchError::NoTls));
    }
}
