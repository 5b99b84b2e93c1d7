//! The routes of issuers (OpenID4VCI 1.0).
//!
//! [`router`] serves, for each issuer that the [`IssuerBackend`] knows:
//!
//! | route | answer |
//! |---|---|
//! | `GET /.well-known/openid-credential-issuer/oid4vc/{id}` | the issuer's metadata, signed for `Accept: application/jwt` |
//! | `GET /.well-known/oauth-authorization-server/oid4vc/{id}` | the metadata of its authorization server |
//! | `GET /.well-known/jwt-vc-issuer/oid4vc/{id}` | the keys that verify its credentials |
//! | `GET /oid4vc/{id}/offers/{reference}` | a credential offer |
//! | `POST /oid4vc/{id}/par` | a request URI for a pushed authorization request |
//! | `GET /oid4vc/{id}/authorize` | the user's page for a request URI |
//! | `POST /oid4vc/{id}/token` | an access token for a code |
//! | `POST /oid4vc/{id}/nonce` | a `c_nonce` |
//! | `POST /oid4vc/{id}/challenge` | a challenge for the proof of a client attestation |
//! | `POST /oid4vc/{id}/credential` | credentials, one for each proof |
//! | `POST /oid4vc/{id}/deferred` | credentials that were deferred |
//! | `POST /oid4vc/{id}/notification` | 204 |
//! | `GET /oid4vc/{id}/statuslist/{number}` | a status list, signed by the issuer: a JWT, or a CWT by `Accept` |
//! | `GET /credential-types/{type}` | the metadata of a credential type |

mod access;
mod authorization;
mod backend;
mod client;
mod credential;
mod deferred;
mod encryption;
mod key_proofs;
mod metadata;
mod notification;
mod profile;
mod proof;
mod token;

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
    routing::{get, post},
};

pub use backend::{
    BeginError, CodeRedemption, CredentialOrder, Deferral, DeferredOrder, Grant, Issuance, IssueError,
    IssuedCredentials, IssuedToken, IssuerBackend, Notification, PushError, PushedAuthorization, RedeemError,
    Redemption, Refresh,
};
pub use profile::{ClientPolicy, DpopPolicy, IssuerProfile, MessageEncryption};

use crate::rejection::{Rejection, Scheme};

/// The path of the metadata of credential types: `/credential-types/{type}`.
pub const TYPES: &str = "/credential-types";

/// Returns the routes of the backend's issuers.
pub fn router<B: IssuerBackend, S: Clone + Send + Sync + 'static>(backend: B) -> Router<S> {
    Router::new()
        .route(
            "/.well-known/openid-credential-issuer/oid4vc/{id}",
            get(metadata::issuer::<B>),
        )
        .route(
            "/.well-known/oauth-authorization-server/oid4vc/{id}",
            get(metadata::authorization_server::<B>),
        )
        .route("/.well-known/jwt-vc-issuer/oid4vc/{id}", get(metadata::keys::<B>))
        .route("/oid4vc/{id}/offers/{reference}", get(metadata::offer::<B>))
        .route("/oid4vc/{id}/par", post(authorization::push::<B>))
        .route("/oid4vc/{id}/authorize", get(authorization::authorize::<B>))
        .route("/oid4vc/{id}/token", post(token::token::<B>))
        .route("/oid4vc/{id}/nonce", post(token::nonce::<B>))
        .route("/oid4vc/{id}/challenge", post(client::challenge::<B>))
        .route("/oid4vc/{id}/credential", post(credential::credential::<B>))
        .route("/oid4vc/{id}/deferred", post(deferred::deferred::<B>))
        .route("/oid4vc/{id}/notification", post(notification::notification::<B>))
        .route(
            "/oid4vc/{id}/statuslist/{number}",
            get(metadata::status_list::<B>),
        )
        .route("/credential-types/{type}", get(metadata::credential_type::<B>))
        .with_state(backend)
}

/// The answer of a handler.
type Answer = Result<Response, Rejection>;

/// Draws random bytes.
fn random() -> [u8; 16] {
    rand::random()
}

/// Joins the two outcomes of a handler that adds headers to both.
fn either(answer: Answer) -> Response {
    answer.unwrap_or_else(IntoResponse::into_response)
}

/// Checks that the URL has no access token (RFC 6750, 2.3; OAuth 2.1 forbids it).
fn check_query(request: &Request) -> Result<(), Rejection> {
    use air_oid4vc::vci::ErrorCode;

    let query = request.uri().query().unwrap_or_default();
    let has_token = query
        .split('&')
        .any(|pair| pair.split('=').next() == Some("access_token"));
    if has_token {
        return Err(Rejection::bad_request(&ErrorCode::InvalidRequest)
            .describe("an access token in the URL is refused; send it in the header Authorization (RFC 9700, section 4.3.2)")
            .challenge(Scheme::Dpop));
    }
    Ok(())
}
