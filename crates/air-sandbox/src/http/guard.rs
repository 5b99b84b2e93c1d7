//! What stands before every call: a name for each request, and a fence around set-up.

use std::sync::Arc;

use air_api::REQUEST_ID_HEADER;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;

use super::input::bearer;
use crate::{domain::Refusal, ids};

/// Names the request in its answer and in the log.
pub(crate) async fn name_request(request: Request, next: Next) -> Response {
    let id = ids::uuid();
    let span = tracing::info_span!("request", %id, method = %request.method(), path = request.uri().path());
    async move {
        let mut response = next.run(request).await;
        tracing::info!(status = response.status().as_u16(), "answered");
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID_HEADER, id);
        }
        response
    }
    .instrument(span)
    .await
}

/// Who may set up partners and programs: on loopback everyone, beyond it the bearer of the token printed at start.
#[derive(Clone)]
pub(crate) struct Admin(Option<Arc<str>>);

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").finish_non_exhaustive()
    }
}

impl Admin {
    pub(crate) fn new(token: Option<String>) -> Self {
        Self(token.map(Into::into))
    }
}

pub(crate) async fn require_admin(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    let allowed = match &admin.0 {
        Some(token) => bearer(request.headers()) == Some(token),
        None => comes_from_here(request.headers()),
    };
    if allowed {
        next.run(request).await
    } else {
        Refusal::forbidden(
            "setting up is for this machine, or for the bearer of the admin token printed at start",
        )
        .into_response()
    }
}

/// A web page elsewhere can make a browser call localhost, by name (rebinding) or across origins: neither may set up.
fn comes_from_here(headers: &HeaderMap) -> bool {
    let local = |value: &HeaderValue| value.to_str().is_ok_and(is_local_authority);
    let host = headers.get(header::HOST).is_some_and(local);
    let origin = headers.get(header::ORIGIN).is_none_or(|origin| {
        origin.to_str().is_ok_and(|origin| {
            origin
                .split_once("://")
                .is_some_and(|(_, host)| is_local_authority(host))
        })
    });
    host && origin
}

fn is_local_authority(authority: &str) -> bool {
    let without_port = authority
        .rsplit_once(':')
        .filter(|(_, port)| port.parse::<u16>().is_ok());
    let host = without_port.map_or(authority, |(host, _)| host);
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_set_up() {
        let headers = |host: &'static str, origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            headers
        };
        for host in ["localhost:8300", "127.0.0.1:1", "[::1]:8300", "localhost"] {
            assert!(comes_from_here(&headers(host, None)), "{host}");
            assert!(
                comes_from_here(&headers(host, Some("http://localhost:3000"))),
                "{host}"
            );
        }
        assert!(!comes_from_here(&headers("rebound.example:8300", None)));
        assert!(!comes_from_here(&headers(
            "localhost:8300",
            Some("https://evil.example")
        )));
        assert!(!comes_from_here(&headers("localhost:8300", Some("null"))));
        assert!(!comes_from_here(&HeaderMap::new()));
    }
}
