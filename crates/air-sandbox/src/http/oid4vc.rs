//! The routes for wallets: those of `air-oid4vc-http`, with this platform behind them.

mod issuer;
mod verifier;

use air_oid4vc_http::Failure;
use axum::Router;

use air_platform::{App, Refusal, RefusalKind};

/// The platform as a backend of the routes.
#[derive(Clone, Debug)]
struct Backend(App);

/// Returns the routes for wallets.
pub(super) fn router(app: App) -> Router<App> {
    let backend = Backend(app);
    air_oid4vc_http::issuer::router(backend.clone()).merge(air_oid4vc_http::verifier::router(backend))
}

/// Maps a refusal that is not the wallet's mistake.
fn failure(refusal: &Refusal) -> Failure {
    match refusal.kind() {
        RefusalKind::Unavailable | RefusalKind::InsufficientStorage => Failure::Unavailable {
            retry_after: refusal.seconds_to_wait(),
        },
        _ => Failure::Internal,
    }
}
