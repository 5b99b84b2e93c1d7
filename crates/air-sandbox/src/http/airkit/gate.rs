//! Restricts access. The pages are served only under their own host names, which prevents DNS rebinding. Only
//! the pages themselves can use the calls.

use axum::{
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    airkit_hosts::{HOSTS, KEY_HOSTS, PRODUCTION},
    http::error::ErrorResponse,
};
use air_ids::is_loopback_host;
use air_platform::Refusal;

/// The environment of a page, in the SDK's sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Environment {
    /// The environment of real users: consent is never assumed.
    Production,
    Trial,
    /// The host that serves the keys of access tokens.
    Keys,
}

/// The only path of a host for keys.
pub(super) const KEYS_PATH: &str = "/.well-known/jwks.json";

pub(super) async fn own_host(mut request: Request, next: Next) -> Response {
    match environment(request.headers()) {
        Some(Environment::Keys) if request.uri().path() != KEYS_PATH => {
            refused("this host serves only the keys of access tokens: /.well-known/jwks.json")
        }
        Some(environment) => {
            request.extensions_mut().insert(environment);
            next.run(request).await
        }
        None => refused("these pages are served as localhost and under the AIR Kit SDK's hosts only"),
    }
}

fn environment(headers: &HeaderMap) -> Option<Environment> {
    let authority = headers.get(header::HOST)?.to_str().ok()?.to_ascii_lowercase();
    let without_port = authority
        .rsplit_once(':')
        .filter(|(_, port)| port.parse::<u16>().is_ok());
    let host = without_port.map_or(authority.as_str(), |(host, _)| host);
    if PRODUCTION.contains(&host) {
        Some(Environment::Production)
    } else if KEY_HOSTS.contains(&host) {
        Some(Environment::Keys)
    } else if HOSTS.contains(&host) || is_loopback_host(host) {
        Some(Environment::Trial)
    } else {
        None
    }
}

/// Rejects calls from other origins. Browsers always send `Sec-Fetch-Site` over https. A request without it
/// does not come from a browser, and therefore not from a page.
pub(super) async fn same_origin(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    if site.is_some_and(|site| site == "same-origin") {
        next.run(request).await
    } else {
        refused("these calls are for the platform's own pages; use the API instead")
    }
}

fn refused(message: &str) -> Response {
    ErrorResponse(Refusal::forbidden(message)).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_hosts_of_the_sdk_and_this_machine_are_ours() {
        let at = |host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            environment(&headers)
        };
        for host in [
            "localhost:8200",
            "127.0.0.1:1",
            "[::1]:8200",
            "account.sandbox-testnet.air3.com",
            "ACCOUNT.uat.air3.com:443",
        ] {
            assert_eq!(at(host), Some(Environment::Trial), "{host}");
        }
        for host in ["account.air3.com", "account-mainnet.air3.com:443"] {
            assert_eq!(at(host), Some(Environment::Production), "{host}");
        }
        for host in ["static.air3.com", "static.development.air3.com:443"] {
            assert_eq!(at(host), Some(Environment::Keys), "{host}");
        }
        for host in [
            "",
            "air3.com",
            "static.evil.air3.com",
            "evil.account.air3.com",
            "localhost.evil.example",
            "account.air3.com:",
        ] {
            assert_eq!(at(host), None, "{host}");
        }
        assert_eq!(environment(&HeaderMap::new()), None);
    }
}
