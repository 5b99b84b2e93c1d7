//! The pages that the AIR Kit SDK embeds in frames, served at a separate address. Partners' pages embed them,
//! so any page may frame them. They reject a partner that they do not serve with a message to the SDK. Their
//! calls to the platform are below `/airkit/v1`, which pages of other origins cannot call (see `gate`).

mod assets;
mod calls;
mod consents;
mod gate;
mod held;
mod names;
mod pages;
mod predicates;
mod proof_files;
mod proofs;
mod session;
mod shapes;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef},
    middleware,
    routing::{get, post},
};

use super::{HttpMetrics, JSON_LIMIT, deadline, error, input, logs, observe, rate};
use crate::{Limits, ProofModule};
use air_platform::{App, airkit::PageTokens, sign_in_codes::SignInCodes};
use air_server::Addresses;

/// The state that the handlers share.
#[derive(Clone)]
struct AirkitState {
    app: App,
    url: Arc<str>,
    ca_certificate: Arc<str>,
    page_tokens: PageTokens,
    /// Whether only this machine can connect. Then people may state their e-mail address without a check.
    is_on_loopback: bool,
    /// The codes that prove addresses beyond loopback. `None` if nothing can send them.
    codes: Option<Arc<SignInCodes>>,
    /// The addresses that the limit on codes applies to.
    addresses: Addresses,
    /// The module for predicate proofs, if it is installed.
    proof_module: Option<Arc<ProofModule>>,
}

impl FromRef<AirkitState> for App {
    fn from_ref(state: &AirkitState) -> Self {
        state.app.clone()
    }
}

/// Returns the router of the pages and their calls. `url` is the address of the pages, and `ca_certificate`
/// (PEM) is the root of their certificate.
#[expect(
    clippy::disallowed_methods,
    reason = "pages for people, and the calls of these pages alone, are not in the document"
)]
pub(crate) fn router(
    app: App,
    limits: Limits,
    metrics: HttpMetrics,
    url: &str,
    ca_certificate: &str,
    addresses: Addresses,
    proof_module: Option<Arc<ProofModule>>,
) -> Router {
    let state = AirkitState {
        page_tokens: PageTokens::generate(),
        app: app.clone(),
        url: url.into(),
        ca_certificate: ca_certificate.into(),
        is_on_loopback: app.is_local,
        codes: app.has_channel().then(Arc::default),
        addresses,
        proof_module,
    };
    let calls = Router::new()
        .route("/airkit/v1/open", post(calls::open))
        .route("/airkit/v1/login", post(calls::login))
        .route("/airkit/v1/logout", post(calls::logout))
        .route("/airkit/v1/prove/ask", post(proofs::ask))
        .route("/airkit/v1/prove", post(proofs::prove))
        .route("/airkit/v1/user", post(calls::user))
        .route("/airkit/v1/wallet", post(calls::wallet))
        .route("/airkit/v1/wallet/keep", post(calls::keep_wallet))
        .route("/airkit/v1/credentials", post(held::list))
        .route("/airkit/v1/credentials/claims", post(held::claims))
        .route("/airkit/v1/consents", post(consents::list))
        .route("/airkit/v1/consents/accept", post(consents::accept))
        .route("/airkit/v1/consents/refuse", post(consents::refuse))
        .route("/airkit/v1/issue/preview", post(calls::preview))
        .route("/airkit/v1/issue", post(calls::issue))
        .route("/airkit/v1/issue/anchored", post(calls::is_anchored))
        .route("/airkit/v1/verify/start", post(calls::start_verification))
        .route("/airkit/v1/verify/decide", post(calls::decide))
        .route("/airkit/v1/verify/request", post(predicates::request))
        .route("/airkit/v1/verify/prove", post(predicates::answer))
        .route("/airkit/v1/provable", post(predicates::held))
        .route("/airkit/v1/provable/challenge", post(predicates::challenge))
        .route("/airkit/v1/provable/sign", post(predicates::sign))
        .route("/airkit/v1/provable/token", post(predicates::token))
        .layer(middleware::from_fn(gate::same_origin))
        // The request log contains the calls, but not the pages.
        .layer(middleware::from_fn_with_state(app.clone(), logs::record));
    let pages = Router::new()
        .route("/", get(pages::about))
        .route("/ca.pem", get(pages::ca_certificate))
        .route("/auth/", get(async || pages::shell("auth", "Log in")))
        .route("/wallet/", get(async || pages::shell("wallet", "Wallet")))
        .route(
            "/credential/",
            get(async || pages::shell("credential", "Credential")),
        )
        .route("/recovery/", get(async || pages::shell("recovery", "Recovery")))
        .route(gate::KEYS_PATH, get(calls::public_keys))
        .route("/airkit/logos/{partner}", get(pages::logo))
        .route(proof_files::PATH, get(proof_files::file))
        .route("/airkit/assets/{*file}", get(assets::file));
    calls
        .merge(pages)
        .layer(DefaultBodyLimit::max(JSON_LIMIT))
        .fallback(error::no_such_route)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(middleware::from_fn_with_state(limits, deadline::keep))
        .layer(middleware::from_fn_with_state(
            rate::Rate::new(limits.rate),
            rate::limit,
        ))
        .layer(middleware::from_fn(input::refuse_nul))
        .layer(middleware::from_fn(gate::own_host))
        .layer(middleware::from_fn(pages::secure))
        .layer(middleware::from_fn_with_state((app, metrics), observe::observe))
        .with_state(state)
}
