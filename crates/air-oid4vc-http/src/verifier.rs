//! The routes of verifiers (OpenID4VP 1.0).
//!
//! [`router`] serves, for each verifier that the [`VerifierBackend`] knows:
//!
//! | route | answer |
//! |---|---|
//! | `GET /oid4vc/{id}/requests/{request}` | the signed request object |
//! | `POST /oid4vc/{id}/requests/{request}` | the same with the wallet's `wallet_nonce` |
//! | `POST /oid4vc/{id}/responses/{request}` | 200 for a response that satisfies the request |
//! | `GET /oid4vc/{id}/requests/{request}/dc-api` | the argument `digital` of `navigator.credentials.get` |
//! | `POST /oid4vc/{id}/responses/{request}/dc-api` | 200 for `protocol` and `data` of the browser's credential |
//!
//! A request object may be fetched more than once. The first valid response ends the request; an invalid
//! one does not.

mod backend;
mod dc_api;
mod object;
mod response;

use axum::{
    Router,
    response::Response,
    routing::{get, post},
};

pub use backend::{
    Channel, DcApiRequest, FinishError, OpenRequest, Outcome, Presented, VerifiedContent,
    VerifiedPresentation, VerifierBackend, VerifyError,
};

use crate::{PREFIX, rejection::Rejection, segment::are_ids};

/// Returns the routes of the backend's verifiers.
pub fn router<B: VerifierBackend, S: Clone + Send + Sync + 'static>(backend: B) -> Router<S> {
    Router::new()
        .route(
            "/oid4vc/{id}/requests/{request}",
            get(object::get::<B>).post(object::post::<B>),
        )
        .route("/oid4vc/{id}/responses/{request}", post(response::post::<B>))
        .route(
            "/oid4vc/{id}/requests/{request}/dc-api",
            get(dc_api::request::<B>),
        )
        .route(
            "/oid4vc/{id}/responses/{request}/dc-api",
            post(dc_api::response::<B>),
        )
        .with_state(backend)
}

/// Returns the URL of a request object, for the base URL of the service.
#[must_use]
pub fn request_uri(base_url: &str, verifier: &str, request: &str) -> String {
    format!(
        "{}{PREFIX}/{verifier}/requests/{request}",
        base_url.trim_end_matches('/')
    )
}

/// Returns the URL that wallets post the response to.
#[must_use]
pub fn response_uri(base_url: &str, verifier: &str, request: &str) -> String {
    format!(
        "{}{PREFIX}/{verifier}/responses/{request}",
        base_url.trim_end_matches('/')
    )
}

const SPECIFICATION: &str = "OpenID4VP 1.0";

/// The answer of a handler.
type Answer = Result<Response, Rejection>;

/// Finds a request that has no response yet.
async fn find<B: VerifierBackend>(backend: &B, id: &str, request: &str) -> Result<OpenRequest, Rejection> {
    if !are_ids(&[id, request]) {
        return Err(Rejection::not_found());
    }
    let found = backend.request(id, request).await?;
    found.ok_or_else(Rejection::not_found)
}

/// 400 for a message that breaks a rule. The section is the one of OpenID4VP 1.0 that defines the message.
fn refused(error: &air_oid4vc::Error, section: &str) -> Rejection {
    Rejection::new(axum::http::StatusCode::BAD_REQUEST, error.code().as_str())
        .describe(&error.to_string())
        .cite_if_general(error, SPECIFICATION, section)
}
