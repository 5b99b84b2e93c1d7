//! Request objects (OpenID4VP 1.0, section 5.10).

use air_oid4vc::vp::{AuthorizationRequest, Nonce, REQUEST_OBJECT_TYPE, RequestUriPost};
use axum::{
    extract::{Path, Request, State},
    http::header,
    response::IntoResponse,
};

use super::{Answer, VerifierBackend, find, refused};
use crate::{body, rejection::no_store};

/// The maximum length of a wallet's request for a request object in bytes.
const BODY_LIMIT: usize = 64 * 1024;

pub(super) async fn get<B: VerifierBackend>(
    State(backend): State<B>,
    Path((id, request)): Path<(String, String)>,
) -> Answer {
    let open = find(&backend, &id, &request).await?;
    signed(&backend, &id, &open.request).await
}

pub(super) async fn post<B: VerifierBackend>(
    State(backend): State<B>,
    Path((id, request)): Path<(String, String)>,
    http: Request,
) -> Answer {
    let open = find(&backend, &id, &request).await?;
    let (head, body) = http.into_parts();
    body::check_form(&head.headers)?;
    let body = body::read(&head.headers, body, BODY_LIMIT).await?;
    let wallet = RequestUriPost::parse(&body).map_err(|error| refused(&error, "5.10"))?;
    let request = match wallet.wallet_nonce {
        Some(nonce) => with_wallet_nonce(&open.request, nonce).map_err(|error| refused(&error, "5.10"))?,
        None => open.request,
    };
    signed(&backend, &id, &request).await
}

async fn signed<B: VerifierBackend>(backend: &B, id: &str, request: &AuthorizationRequest) -> Answer {
    let object = backend.sign(id, request).await?;
    let media_type = format!("application/{REQUEST_OBJECT_TYPE}");
    Ok((no_store(), [(header::CONTENT_TYPE, media_type)], object).into_response())
}

/// Returns the same request with the wallet's nonce.
fn with_wallet_nonce(
    request: &AuthorizationRequest,
    nonce: Nonce,
) -> Result<AuthorizationRequest, air_oid4vc::Error> {
    let (Some(client_id), Some(response_uri)) = (request.client_id(), request.response_uri()) else {
        return Ok(request.clone());
    };
    let mut options = request.options().clone();
    options.wallet_nonce = Some(nonce);
    AuthorizationRequest::direct_post(
        client_id.clone(),
        response_uri,
        request.nonce().clone(),
        request.query().clone(),
        options,
    )
}
