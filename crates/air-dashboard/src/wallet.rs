//! The user's own pages, at `/wallet`: credentials, disclosures to verifiers, issuers, notices, and the consent to other wallets. On
//! loopback, and without the operator token, they believe a typed address. Elsewhere a code proves it, and without a way to send codes they do not exist.

mod authorize;
mod claims;
mod copies;
mod credentials;
mod envelopes;
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
    gate::{self, Gate},
    layout::WalletFailed,
};
use air_platform::{App, Refusal};

pub(super) const HOME: &str = "/wallet";

/// Returns the pages below `/wallet`.
pub(super) fn router(access: &Access) -> Router<App> {
    // An operator who requires the token does not trust everyone who can connect to loopback.
    let believes = access.is_local && access.token.is_none();
    let signed_in = SignedIn::new(access, !believes);
    let gate = Gate::of_wallet(access.clone(), !believes);
    let is_open = believes || access.sends_codes;
    Router::new()
        .route("/wallet", get(credentials::list))
        .route("/wallet/", get(async || Redirect::permanent(HOME)))
        .route("/wallet/sign-in", get(session::show).post(session::sign_in))
        .route(
            "/wallet/sign-in/code",
            get(session::show_code).post(session::prove),
        )
        .route("/wallet/sign-out", post(session::sign_out))
        .route(authorize::PATH, get(authorize::show).post(authorize::decide))
        .route(authorize::SIGN_IN, post(authorize::sign_in))
        .route("/wallet/credentials/{hash}", get(credentials::show))
        .route("/wallet/credentials/{hash}/export", get(credentials::export))
        .route("/wallet/credentials/{hash}/offer", post(copies::offer))
        .route("/wallet/credentials/{hash}/delete", post(credentials::delete))
        .route("/wallet/envelopes", get(envelopes::list))
        .route("/wallet/envelopes/{envelope}", get(envelopes::show))
        .route("/wallet/envelopes/{envelope}/delete", post(envelopes::delete))
        .route("/wallet/shared", get(shared::list))
        .route("/wallet/shared/{run}", get(shared::show))
        .route("/wallet/shared/{run}/withdraw", post(shared::withdraw))
        .route(
            "/wallet/presentations/{presentation}",
            get(shared::show_presentation),
        )
        .route("/wallet/issuers", get(issuers::list))
        .route("/wallet/issuers/{partner}", post(issuers::decide))
        .route("/wallet/notices", get(notices::list))
        .route("/wallet/{*other}", get(no_such_page))
        .layer(axum::Extension(signed_in))
        .layer(middleware::from_fn_with_state(gate, gate::guard))
        .layer(middleware::from_fn_with_state(is_open, only_if_open))
}

/// Refuses all pages where nothing proves an address.
async fn only_if_open(State(is_open): State<bool>, request: Request, next: Next) -> Response {
    if is_open {
        return next.run(request).await;
    }
    WalletFailed::from(Refusal::forbidden(
        "beyond loopback, and with --require-token, the wallet's pages need a mail server that sends codes (--smtp-url)",
    ))
    .into_response()
}

async fn no_such_page() -> WalletFailed {
    Refusal::not_found("page not found; the wallet is at /wallet").into()
}
