//! A proxy for https requests to URLs of the operator.

use std::fmt;

use reqwest::NoProxy;
use url::Url;

/// The hosts that are always called directly: this machine. http is allowed for it alone.
const DIRECT: &str = "localhost,127.0.0.0/8,::1";

/// A proxy: HTTP with CONNECT (`http://`, `https://`), or SOCKS 5 that resolves names itself (`socks5h://`) or
/// gets addresses (`socks5://`). Its URL may have a user and a password, which `Debug` does not show.
#[derive(Clone)]
pub struct Proxy(reqwest::Proxy);

/// The error for a URL that is not a proxy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a proxy's URL must be like http://proxy.example:3128 or socks5h://proxy.example:1080")]
pub struct InvalidProxy;

impl Proxy {
    /// Parses the URL of a proxy. `exceptions` are hosts that are called directly, in the form of `NO_PROXY`:
    /// host names with their subdomains, addresses and networks, separated by commas.
    ///
    /// # Errors
    /// [`InvalidProxy`].
    pub fn parse(url: &str, exceptions: &str) -> Result<Self, InvalidProxy> {
        let parsed = Url::parse(url).map_err(|_| InvalidProxy)?;
        let is_known = matches!(parsed.scheme(), "http" | "https" | "socks5" | "socks5h");
        if !is_known || parsed.host_str().is_none_or(str::is_empty) {
            return Err(InvalidProxy);
        }
        let direct = format!("{DIRECT},{exceptions}");
        let proxy = reqwest::Proxy::https(url).map_err(|_| InvalidProxy)?;
        Ok(Self(proxy.no_proxy(NoProxy::from_string(&direct))))
    }

    pub(crate) fn for_client(&self) -> reqwest::Proxy {
        self.0.clone()
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "https"))]
mod tests {
    use std::time::Duration;

    use axum::{Router, routing::get};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        task::JoinHandle,
    };

    use super::*;
    use crate::{Fetcher, Request};

    const TIMEOUT: Duration = Duration::from_secs(30);

    /// A proxy that refuses its first connection, and the first bytes that it gets.
    async fn proxy() -> (String, JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let received = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 1024];
            let length = stream.read(&mut bytes).await.unwrap();
            let _ = stream
                .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
                .await;
            bytes.truncate(length);
            bytes
        });
        (address, received)
    }

    async fn call(proxy: &Proxy, url: &str) -> bool {
        let fetcher = Fetcher::through(proxy).unwrap();
        let request = Request::get(url);
        fetcher.exchange_within(&request, 1_000, TIMEOUT).await.is_ok()
    }

    #[tokio::test]
    async fn https_requests_go_through_an_http_proxy() {
        let (address, received) = proxy().await;
        let proxy = Proxy::parse(&format!("http://user:hunter2@{address}"), "").unwrap();
        assert!(!call(&proxy, "https://claims.example/hook?token=secret").await);
        let text = String::from_utf8(received.await.unwrap()).unwrap();
        assert!(
            text.starts_with("CONNECT claims.example:443 HTTP/1.1\r\n"),
            "{text}"
        );
        assert!(!text.contains("secret"), "the proxy sees the host only: {text}");
        assert!(
            text.to_ascii_lowercase().contains("proxy-authorization: basic "),
            "{text}"
        );
        assert!(!format!("{proxy:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn https_requests_go_through_a_socks_proxy() {
        let (address, received) = proxy().await;
        let proxy = Proxy::parse(&format!("socks5h://{address}"), "").unwrap();
        assert!(!call(&proxy, "https://claims.example/hook").await);
        assert_eq!(received.await.unwrap()[0], 5, "the version of SOCKS");
    }

    #[tokio::test]
    async fn this_machine_and_exceptions_are_called_directly() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let router = Router::new().route("/", get(|| async { "direct" }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let (address, received) = proxy().await;
        let proxy = Proxy::parse(&format!("http://{address}"), "localhost.example,192.0.2.0/24").unwrap();
        assert!(call(&proxy, &url).await);
        assert!(!call(&proxy, "https://127.0.0.1:1/").await);
        assert!(!call(&proxy, "https://localhost:1/").await);
        assert!(!received.is_finished(), "the proxy got no connection");
        received.abort();
    }

    #[test]
    fn other_urls_are_refused() {
        for url in [
            "",
            "proxy.example:3128",
            "ftp://proxy.example",
            "socks4://proxy.example",
            "http://",
        ] {
            assert_eq!(Proxy::parse(url, "").unwrap_err(), InvalidProxy, "{url}");
        }
    }
}
