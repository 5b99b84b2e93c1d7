//! Restricts set-up calls to the operator.

use std::sync::Arc;

use super::{
    error::ErrorResponse,
    tokens::{bearer, partner_token, request_context},
};
use air_http::relay;
use air_ids::is_loopback_authority;
use air_platform::{App, Refusal, events::Viewer};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use subtle::ConstantTimeEq;

/// Recognises the operator by the operator token. If the token is not required, a direct request from a
/// client on this machine is sufficient. Clones share the value.
#[derive(Clone)]
pub(crate) struct Admin {
    token: Arc<str>,
    is_token_required: bool,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").finish_non_exhaustive()
    }
}

impl Admin {
    /// Creates the check.
    pub(crate) fn new(token: Arc<str>, is_token_required: bool) -> Self {
        Self {
            token,
            is_token_required,
        }
    }

    /// Returns the token if requests must contain it.
    pub(crate) fn required_token(&self) -> Option<&Arc<str>> {
        self.is_token_required.then_some(&self.token)
    }

    /// Checks whether the operator sent this request. Callbacks and fetches of an air process never count as
    /// the operator's requests.
    pub(crate) fn allows(&self, request: &Request) -> bool {
        let headers = request.headers();
        if relay::is_outgoing(headers) {
            return false;
        }
        let has_token = bearer(headers).is_some_and(|given| self.is_token(given));
        has_token || !self.is_token_required && comes_from_here(request.version(), headers)
    }

    /// Returns the refusal of a request that is not the operator's. `missing` is the message for
    /// one without a token.
    fn refusal(&self, headers: &HeaderMap, missing: &'static str) -> Refusal {
        if bearer(headers).is_some_and(|given| !self.is_token(given)) {
            Refusal::forbidden(
                "the operator token is wrong: each start of the platform generates another one; it is `adminToken` in the line that is \
                 printed at start",
            )
        } else {
            Refusal::forbidden(missing)
        }
    }

    fn is_token(&self, given: &str) -> bool {
        self.token.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

pub(crate) async fn require_admin(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    if admin.allows(&request) {
        next.run(request).await
    } else {
        let missing = "only the operator may set up the platform: send the operator token as bearer token. Without it, the operator is \
                       a direct client on this machine, unless the platform requires the token";
        ErrorResponse(admin.refusal(request.headers(), missing)).into_response()
    }
}

/// Determines the viewer of recorded data: a partner by its token, or the operator. The data is filtered for
/// the viewer.
pub(crate) async fn name_viewer(
    State((app, admin)): State<(App, Admin)>,
    mut request: Request,
    next: Next,
) -> Response {
    let viewer = match partner_token(request.headers()) {
        Some(token) => app
            .authenticate(Some(token), None, &request_context(request.extensions()))
            .await
            .map(|caller| Viewer::Partner(caller.partner.partner_id.clone().into())),
        None if admin.allows(&request) => Ok(Viewer::Everything),
        None => Err(admin.refusal(
            request.headers(),
            "only the operator and partners may read this: send the operator token as bearer token, or a Partner JWT. Without them, \
             the operator is a direct client on this machine, unless the platform requires the token",
        )),
    };
    match viewer {
        Ok(viewer) => {
            request.extensions_mut().insert(viewer);
            next.run(request).await
        }
        Err(refusal) => ErrorResponse(refusal).into_response(),
    }
}

/// Checks whether a request comes directly from this machine. Rejects requests from web pages of other
/// origins, which can make a browser call localhost by name (DNS rebinding) or across origins, and requests
/// through a proxy.
pub(super) fn comes_from_here(version: Version, headers: &HeaderMap) -> bool {
    if relay::is_proxied(version, headers) {
        return false;
    }
    let local = |value: &HeaderValue| value.to_str().is_ok_and(is_loopback_authority);
    let host = headers.get(header::HOST).is_some_and(local);
    let origin = headers.get(header::ORIGIN).is_none_or(|origin| {
        origin.to_str().is_ok_and(|origin| {
            origin
                .split_once("://")
                .is_some_and(|(_, host)| is_loopback_authority(host))
        })
    });
    host && origin
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
            assert!(comes_from_here(Version::HTTP_11, &headers(host, None)), "{host}");
            assert!(
                comes_from_here(Version::HTTP_11, &headers(host, Some("http://localhost:3000"))),
                "{host}"
            );
        }
        assert!(!comes_from_here(
            Version::HTTP_11,
            &headers("rebound.example:8300", None)
        ));
        assert!(!comes_from_here(
            Version::HTTP_11,
            &headers("localhost:8300", Some("https://evil.example"))
        ));
        assert!(!comes_from_here(
            Version::HTTP_11,
            &headers("localhost:8300", Some("null"))
        ));
        assert!(!comes_from_here(Version::HTTP_11, &HeaderMap::new()));
        assert!(!comes_from_here(
            Version::HTTP_10,
            &headers("localhost:8300", None)
        ));
    }
}
