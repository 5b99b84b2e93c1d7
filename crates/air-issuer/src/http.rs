//! The routes of the vendor's service, the operator's calls that it does not have, the routes for wallets, the health
//! checks, and the metrics of a second listener.

mod admin_issue;
mod api_key;
mod audit;
mod available;
mod body;
mod callers;
#[cfg(feature = "openid4vc")]
mod credential_offers;
mod fields;
mod health;
mod history;
mod idempotency;
mod issuance;
mod issue;
mod limits;
mod metrics;
mod observe;
mod outbox;
mod publish;
mod query;
mod refusal;
mod revocation_status;
mod revoke;
mod status_list;
mod subjects;
mod well_known;

use std::sync::Arc;

use axum::{
    Router,
    http::{Method, Uri},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};

use self::refusal::Refusal;
#[cfg(feature = "openid4vc")]
use crate::openid4vc;
use crate::state::State;

pub(crate) fn router(service: Arc<State>) -> Router {
    let state = &service;
    let router = Router::new()
        .merge(holder_routes(state))
        .route("/admin/issue-vc", post(admin_issue::issue_vc))
        .route("/admin/issuance-history", get(history::issuance_history))
        .route("/admin/issuances/{external_id}", get(issuance::issuance))
        .route("/admin/outbox", get(outbox::outbox))
        .route("/admin/audit", get(audit::audit_log))
        .route("/admin/revoke", post(revoke::revoke))
        .route("/admin/publish-token-status-list", post(publish::publish))
        .route(
            "/revocation-status/{nonce}",
            get(revocation_status::revocation_status),
        )
        .route("/statuslist/{partition}", get(status_list::status_list))
        .route("/.well-known/did.json", get(well_known::did_document))
        .route("/.well-known/jwt-vc-issuer", get(well_known::issuer_metadata))
        .route("/.well-known/air-partner-info", get(well_known::partner_info))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .fallback(not_found)
        .method_not_allowed_fallback(not_found);
    #[cfg(feature = "openid4vc")]
    let router = with_wallets(router, state);
    router
        .layer(from_fn_with_state(state.clone(), limits::in_time))
        .layer(from_fn_with_state(state.clone(), limits::by_address))
        .layer(from_fn_with_state(state.clone(), observe::observe))
        .with_state(service)
}

/// Adds the routes of offers to wallets, if they are on.
#[cfg(feature = "openid4vc")]
fn with_wallets(router: Router<Arc<State>>, service: &Arc<State>) -> Router<Arc<State>> {
    let Some(config) = &service.config.openid4vc else {
        return router;
    };
    router
        .route("/admin/credential-offers", post(credential_offers::create))
        .route(
            "/admin/credential-offers/{id}",
            get(credential_offers::show).delete(credential_offers::withdraw),
        )
        .merge(openid4vc::router(service, config))
}

/// The two routes that AIR calls for a holder, with limits on their callers.
fn holder_routes(service: &Arc<State>) -> Router<Arc<State>> {
    let routes = Router::new()
        .route("/available-vc", post(available::available_vc))
        .route("/issue-vc", post(issue::issue_vc))
        // Before the layers, so that they apply to a preflight too.
        .method_not_allowed_fallback(not_found)
        .layer(from_fn_with_state(service.clone(), callers::allow));
    match callers::cors(&service.config) {
        Some(cors) => routes.layer(cors),
        None => routes,
    }
}

/// Checks whether a path belongs to a probe. Probes are exempt from the limits on requests and connections.
pub(crate) fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

/// Checks whether a path is public: caches may keep its responses.
fn is_public(path: &str) -> bool {
    path.starts_with("/.well-known/") || path.starts_with("/statuslist/")
}

/// The response to a connection beyond the limit.
pub(crate) fn crowded() -> Response {
    let reason = "too many connections; close some, or try again";
    Refusal::unavailable("overloaded", reason, 1).into_response()
}

/// The routes of the second listener.
pub(crate) fn metrics_router(service: Arc<State>) -> Router {
    Router::new()
        .route("/metrics", get(metrics::metrics))
        .fallback(not_found)
        .method_not_allowed_fallback(not_found)
        .with_state(service)
}

/// The response to an unknown path or method, with the vendor's text.
async fn not_found(method: Method, uri: Uri) -> Refusal {
    Refusal::not_found(format!("Cannot {method} {}", uri.path()))
}
