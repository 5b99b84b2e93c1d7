//! The fence around set-up.

use std::sync::Arc;

use super::input::{bearer, partner_token};
use crate::domain::Refusal;
use crate::domain::{App, events::Viewer};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

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

    fn allows(&self, headers: &HeaderMap) -> bool {
        match &self.0 {
            Some(token) => bearer(headers) == Some(token),
            None => comes_from_here(headers),
        }
    }
}

pub(crate) async fn require_admin(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    if admin.allows(request.headers()) {
        next.run(request).await
    } else {
        Refusal::forbidden(
            "setting up is for this machine, or for the bearer of the admin token printed at start",
        )
        .into_response()
    }
}

/// Finds out who looks at what happened, for whom it is filtered: a partner, by its token, or who may set up.
pub(crate) async fn name_viewer(
    State((app, admin)): State<(App, Admin)>,
    mut request: Request,
    next: Next,
) -> Response {
    let viewer = match partner_token(request.headers()) {
        Some(token) => app
            .authenticate(Some(token), None)
            .await
            .map(|caller| Viewer::Partner(caller.partner.partner_id.clone())),
        None if admin.allows(request.headers()) => Ok(Viewer::Everything),
        None => Err(Refusal::forbidden(
            "what happened is for this machine, for the bearer of the admin token, and for a partner by its Partner JWT",
        )),
    };
    match viewer {
        Ok(viewer) => {
            request.extensions_mut().insert(viewer);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
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

pub(super) fn is_local_authority(authority: &str) -> bool {
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
