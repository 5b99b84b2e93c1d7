//! The user's own pages, at `/wallet`: credentials, what was shown to whom, issuers, notices, and the consent to other wallets. They exist on
//! loopback only, because nothing proves that an address belongs to the user, and not if the operator token is required.

mod authorize;
mod credentials;
mod issuers;
mod notices;
mod session;
mod shared;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use self::session::SignedIn;
use super::{
    Access,
    gate::{self, Gate, Sessions},
    layout::WalletFailed,
};
use air_platform::{App, Refusal};

pub(super) const HOME: &str = "/wallet";

/// Returns the pages below `/wallet`.
pub(super) fn router(access: &Access) -> Router<App> {
    let signed_in = SignedIn::new(access.clock.clone(), Sessions::default());
    let gate = Gate::of_wallet(access.clone());
    // An operator who requires the token does not trust everyone who can connect to loopback.
    let is_open = access.is_local && access.token.is_none();
    Router::new()
        .route("/wallet", get(credentials::list))
        .route("/wallet/", get(async || Redirect::permanent(HOME)))
        .route("/wallet/sign-in", get(session::show).post(session::sign_in))
        .route("/wallet/sign-out", post(session::sign_out))
        .route(authorize::PATH, get(authorize::show).post(authorize::decide))
        .route(authorize::SIGN_IN, post(authorize::sign_in))
        .route("/wallet/credentials/{hash}", get(credentials::show))
        .route("/wallet/credentials/{hash}/export", get(credentials::export))
        .route("/wallet/credentials/{hash}/delete", post(credentials::delete))
        .route("/wallet/shared", get(shared::list))
        .route("/wallet/shared/{run}", get(shared::show))
        .route("/wallet/shared/{run}/withdraw", post(shared::withdraw))
        .route("/wallet/issuers", get(issuers::list))
        .route("/wallet/issuers/{partner}", post(issuers::decide))
        .route("/wallet/notices", get(notices::list))
        .route("/wallet/{*other}", get(no_such_page))
        .layer(axum::Extension(signed_in))
        .layer(middleware::from_fn_with_state(gate, gate::keep))
        .layer(middleware::from_fn_with_state(is_open, only_if_open))
}

/// Refuses all pages beyond loopback, and if the operator token is required.
async fn only_if_open(State(is_open): State<bool>, request: Request, next: Next) -> Response {
    if is_open {
        return next.run(request).await;
    }
    WalletFailed::from(Refusal::forbidden(
        "the wallet's pages are available on loopback only, and without --require-token, because this platform does not verify e-mail \
         addresses",
    ))
    .into_response()
}

async fn no_such_page() -> WalletFailed {
    Refusal::not_found("page not found; the wallet is at /wallet").into()
}
