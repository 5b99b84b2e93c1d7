//! The permitted callers of the two holder routes, beside their API key: clients by address, and pages by origin.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{limits::ClientAddress, refusal::Refusal};
use crate::{config::Config, state::State as Service};

/// The time for which a browser may cache a preflight response.
const MAX_AGE: Duration = Duration::from_mins(10);

/// Refuses clients outside of `allow-from`. A client whose address is unknown is outside.
pub(super) async fn allow(
    State(service): State<Arc<Service>>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(networks) = &service.config.http.allow_from {
        let is_allowed =
            address.is_some_and(|address| networks.iter().any(|network| network.contains(address)));
        if !is_allowed {
            return Refusal::not_allowed().into_response();
        }
    }
    next.run(request).await
}

/// CORS (Fetch, 3.2) for the configured origins, or `None` without any. No response allows credentials: a page
/// sends its API key in a header.
pub(super) fn cors(config: &Config) -> Option<CorsLayer> {
    let origins = config.http.cors_origins.clone();
    if origins.is_empty() {
        return None;
    }
    let is_allowed = move |origin: &HeaderValue, _: &Parts| {
        let origin = origin.to_str();
        origin.is_ok_and(|origin| origins.iter().any(|pattern| pattern.matches(origin)))
    };
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_allowed))
        .allow_methods([Method::POST])
        .allow_headers([header::CONTENT_TYPE, HeaderName::from_static("x-api-key")])
        .expose_headers([header::RETRY_AFTER, HeaderName::from_static("x-request-id")])
        .max_age(MAX_AGE);
    Some(layer)
}
