//! CORS (Fetch, 3.2): the web pages that may call the API. Origins that a partner has registered
//! may call it. Pages of this machine may call a platform on loopback. Any page may read public
//! resources, and be a wallet. No response allows credentials: only the dashboard uses cookies, and
//! its pages make no cross-origin calls.

use std::time::Duration;

use air_api::{
    IDEMPOTENCY_KEY_HEADER, IDEMPOTENT_REPLAYED_HEADER, PARTNER_AUTH_HEADER, REQUEST_ID_HEADER,
    sandbox::FAULT_HEADER,
};
use axum::http::{HeaderName, HeaderValue, Method, header, request::Parts};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{is_for_wallets, is_public};
use air_platform::{App, origins};

/// The time for which a browser may cache a preflight response. Changes of a partner's origins take effect
/// within this time.
const MAX_AGE: Duration = Duration::from_mins(1);

/// Returns the layer that responds to preflights, and sets the permitted origin of each response.
pub(crate) fn layer(app: App, is_on_loopback: bool) -> CorsLayer {
    let may_call = move |origin: HeaderValue, request: &Parts| {
        let path = request.uri.path();
        let is_public = is_public(path) || is_for_wallets(path);
        async move {
            let Ok(origin) = origin.to_str() else { return false };
            is_public
                || (is_on_loopback && origins::is_loopback(origin))
                || origins::is_registered(&app, origin).await
        }
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::async_predicate(may_call))
        .allow_methods([Method::GET, Method::POST, Method::PUT])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static(PARTNER_AUTH_HEADER),
            HeaderName::from_static(IDEMPOTENCY_KEY_HEADER),
            HeaderName::from_static(FAULT_HEADER),
            HeaderName::from_static("dpop"),
            HeaderName::from_static("oauth-client-attestation"),
            HeaderName::from_static("oauth-client-attestation-pop"),
        ])
        .expose_headers([
            HeaderName::from_static(REQUEST_ID_HEADER),
            HeaderName::from_static(IDEMPOTENT_REPLAYED_HEADER),
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
            HeaderName::from_static("dpop-nonce"),
            HeaderName::from_static("oauth-client-attestation-challenge"),
        ])
        .max_age(MAX_AGE)
}
