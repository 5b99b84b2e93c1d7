//! The endpoint for pushed authorization requests (RFC 9126), and the authorization endpoint
//! (OpenID4VCI 1.0, section 5).

use std::time::Duration;

use air_oid4vc::{
    UnixTime,
    oauth::{AuthorizationRequest, Client, PushedRequest},
    vci::ErrorCode,
};
use axum::{
    Json,
    extract::{Path, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::json;

use super::{
    Answer, BeginError, IssuerBackend, IssuerProfile, PushError, PushedAuthorization,
    access::{dpop_headers, proof_replayed, with_dpop_nonce},
    check_query, client, either, metadata,
    proof::verify_proof,
};
use crate::{NonceKey, body, html, rejection::Rejection};

/// The maximum length of a pushed request in bytes.
const BODY_LIMIT: usize = 16 * 1024;

/// Finds an issuer whose users can authorize wallets.
async fn find<B: IssuerBackend>(backend: &B, id: &str) -> Result<IssuerProfile, Rejection> {
    let profile = metadata::find(backend, id).await?;
    if profile.authorization {
        return Ok(profile);
    }
    Err(Rejection::not_found())
}

/// Accepts a pushed request.
pub(super) async fn push<B: IssuerBackend>(
    State(backend): State<B>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let profile = find(&backend, &id).await?;
    let nonces = backend.nonce_key().await?;
    let now = backend.now();
    let answer = pushed(&backend, &id, &profile, &nonces, now, request).await;
    let answer = client::with_challenge(either(answer), &nonces, &profile, now);
    Ok(with_dpop_nonce(answer, &nonces, profile.issuer.as_str(), now))
}

async fn pushed<B: IssuerBackend>(
    backend: &B,
    id: &str,
    profile: &IssuerProfile,
    nonces: &NonceKey,
    now: UnixTime,
    request: Request,
) -> Answer {
    check_query(&request)?;
    let (head, body) = request.into_parts();
    body::check_form(&head.headers)?;
    // A proof is the client's choice here (RFC 9449, 10.1): the code is bound to its key, or to `dpop_jkt`.
    let proof = match dpop_headers(&head.headers) {
        none if none.is_empty() => None,
        _ => Some(verify_proof(profile, nonces, now, "par", &head.headers)?),
    };
    let (key, proof) = proof.unzip();
    let body = body::read(&head.headers, body, BODY_LIMIT).await?;
    let client_id = client::identify(backend, id, profile, nonces, now, &head.headers, &body).await?;
    let client = Client {
        id: &client_id,
        dpop_key: key.as_deref(),
    };
    let expires_in = backend.request_uri_lifetime();
    let request = PushedRequest::accept(
        &body,
        &client,
        now.saturating_add(Duration::from_secs(expires_in)),
    )
    .map_err(|error| Rejection::authorization(&error))?;
    let pushed = PushedAuthorization { request, proof };
    let request_uri = backend.push(id, pushed).await.map_err(unaccepted)?;
    let answer = Json(json!({ "request_uri": request_uri, "expires_in": expires_in }));
    // RFC 9126, section 2.2.
    let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    Ok((StatusCode::CREATED, no_store, answer).into_response())
}

fn unaccepted(error: PushError) -> Rejection {
    match error {
        PushError::UnknownCredential { rule, reason } => Rejection::bad_request(&rule.code())
            .describe(reason)
            .cite_rule(rule),
        PushError::UnknownOffer => Rejection::bad_request(&ErrorCode::InvalidRequest)
            .describe("issuer_state belongs to no offer that can still be redeemed; scan a new offer")
            .cite("OpenID4VCI 1.0", "5.1.3"),
        PushError::ProofUsed => proof_replayed(StatusCode::BAD_REQUEST),
        PushError::Failure(failure) => failure.into(),
    }
}

/// Sends the user's browser to the page where the user decides. Nothing is redirected to the wallet
/// here, so a refused request can't make this server redirect anywhere.
pub(super) async fn authorize<B: IssuerBackend>(
    State(backend): State<B>,
    Path(id): Path<String>,
    uri: Uri,
) -> Response {
    match arrive(&backend, &id, uri.query()).await {
        Ok(page) => continued(&page),
        Err(refused) => refused.into_response(),
    }
}

async fn arrive<B: IssuerBackend>(backend: &B, id: &str, query: Option<&str>) -> Result<String, ErrorPage> {
    find(backend, id).await?;
    let query = query.unwrap_or_default().as_bytes();
    // Other parameters are ignored: those of the pushed request count (RFC 9126, section 4; RFC
    // 9101, section 6.3).
    let (client_id, request_uri) =
        AuthorizationRequest::arrival_of(query).map_err(|error| Rejection::authorization(&error))?;
    match backend.begin(id, &client_id, &request_uri).await {
        Ok(page) => Ok(page),
        Err(BeginError::Broken(rule)) => Err(ErrorPage::from(
            Rejection::bad_request(&rule.code())
                .describe(&format!("request_uri {rule}"))
                .cite_rule(rule),
        )),
        Err(BeginError::Failure(failure)) => Err(Rejection::from(failure).into()),
    }
}

/// Pages for people without style and script.
const POLICY: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Continues at the user's page. The wallet's site may have led the browser here, and a browser
/// sends no `SameSite=Strict` cookie after a redirect that began at another site. This page is a
/// new beginning.
fn continued(page: &str) -> Response {
    let link = html::escaped(page);
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Sign in</title>\n\
         <h1>Sign in</h1>\n<p><a href=\"{link}\">Continue to sign in</a></p>\n</html>\n"
    );
    let mut response = (POLICY, Html(body)).into_response();
    if let Ok(refresh) = HeaderValue::from_str(&format!("0;url={page}")) {
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    response
}

/// A refusal that the user's browser shows.
struct ErrorPage(Rejection);

impl From<Rejection> for ErrorPage {
    fn from(rejection: Rejection) -> Self {
        Self(rejection)
    }
}

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        let Self(rejection) = self;
        let (code, description) = rejection.texts();
        let body = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Request refused</title>\n\
             <h1>Request refused</h1>\n<p>The wallet sent a request that this issuer refuses: <code>{}</code>.</p>\n\
             <p>{}</p>\n<p>Go back to the wallet and try again.</p>\n</html>\n",
            html::escaped(code),
            html::escaped(description),
        );
        (rejection.status(), POLICY, Html(body)).into_response()
    }
}
