//! HTTP: routes, limits and the platform's error bodies. `domain` implements the calls.

#[cfg(feature = "airkit")]
mod airkit;
mod answer;
mod api;
mod budget;
mod caller;
mod conditional;
mod cors;
mod deadline;
mod error;
mod faults;
mod guard;
mod headers;
#[cfg(feature = "dashboard")]
mod home;
mod input;
mod logs;
mod method;
mod metrics;
mod observe;
#[cfg_attr(not(feature = "openid4vc"), path = "http/no_oid4vc.rs")]
mod oid4vc;
mod rate;
#[cfg(feature = "openapi")]
mod reader;
mod routes;
mod span;
mod tokens;

use axum::{Extension, Router, extract::DefaultBodyLimit, middleware};

#[cfg(feature = "airkit")]
pub(crate) use self::airkit::router as airkit_router;
#[cfg(feature = "dashboard")]
pub(crate) use self::home::routes as home_routes;
use self::{api::Api, budget::BodyBudget};
pub(crate) use self::{error::ErrorResponse, guard::Admin, metrics::HttpMetrics, oid4vc::WalletAuthorities};
use crate::Limits;
use air_platform::App;

/// The maximum size of a JSON body in bytes.
const JSON_LIMIT: usize = 256 * 1024;
/// The maximum size of a sealed document in bytes.
const OBJECT_LIMIT: usize = 32 * 1024 * 1024;

/// Checks whether a path is public: its resources require no token and contain no personal data.
fn is_public(path: &str) -> bool {
    [
        "/v1/catalog/",
        "/sandbox/v1/issuers/",
        "/sandbox/v1/ledger/",
        "/.well-known/",
        "/credential-types/",
    ]
    .iter()
    .any(|public| path.starts_with(public))
}

/// Checks whether a path belongs to the routes for wallets. Any page may be a wallet: these routes
/// use no cookies.
fn is_for_wallets(path: &str) -> bool {
    path.starts_with("/oid4vc/")
}

/// The path prefix of all pages for people. `/` redirects to it.
const PAGES: &str = "/dashboard";

/// The path prefix of the user's own pages.
const WALLET: &str = "/wallet";

/// Checks whether a path belongs to a page.
fn is_page(path: &str) -> bool {
    path.starts_with(PAGES) || path.starts_with(WALLET)
}

/// Checks whether a path belongs to a probe. Probes are exempt from the limits on requests and connections.
pub(crate) fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

/// Returns the routes that have a description: all but the pages and the routes for wallets.
fn described_routes(app: &App, admin: &Admin, budget: BodyBudget) -> Api {
    let mut api = Api::new(app.clone(), admin.clone(), budget);
    routes::add_all(&mut api);
    #[cfg(feature = "chain")]
    if app.has_chain {
        routes::anchor_proofs::routes(&mut api);
        routes::chain::routes(&mut api);
    }
    api
}

/// Returns the router of all routes, the OpenAPI document, and `pages` for people. Faults and CORS apply only
/// to the API.
pub(crate) fn router(
    app: App,
    admin: &Admin,
    limits: Limits,
    metrics: &HttpMetrics,
    pages: Router<App>,
    wallet_authorities: WalletAuthorities,
) -> Router {
    let cors = cors::layer(app.clone(), app.is_local);
    let budget = BodyBudget::new(limits.large_bodies);
    let api = described_routes(&app, admin, budget);
    let keep_deadlines = middleware::from_fn_with_state(limits, deadline::keep);
    let rate = rate::Rate::new(limits.rate);
    let limit_rate = middleware::from_fn_with_state(rate.clone(), rate::limit);
    api.finish()
        .merge(oid4vc::router(app.clone(), wallet_authorities))
        .layer(DefaultBodyLimit::max(JSON_LIMIT))
        .fallback(error::no_such_route)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(keep_deadlines.clone())
        .layer(middleware::from_fn_with_state(
            (app.clone(), admin.clone()),
            faults::inject,
        ))
        .layer(limit_rate.clone())
        .layer(cors)
        .layer(middleware::from_fn_with_state(rate, rate::limit_preflights))
        .merge(pages.layer(keep_deadlines).layer(limit_rate))
        .layer(middleware::from_fn(input::refuse_nul))
        .layer(middleware::from_fn(headers::secure))
        .layer(middleware::from_fn_with_state(app.clone(), logs::record))
        .layer(Extension(metrics.clone()))
        .layer(middleware::from_fn_with_state(
            (app.clone(), metrics.clone()),
            observe::observe,
        ))
        .with_state(app)
}
