//! The token endpoint and the nonce endpoint (OpenID4VCI 1.0, sections 6 and 7).

use air_jwt::dpop;
use air_oid4vc::vci::{ErrorCode, NonceResponse, TokenRequest, TokenResponse};
use axum::{
    Json,
    extract::{Path, Request, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::{
    Answer, DpopPolicy, IssuerBackend, IssuerProfile, RedeemError, Redemption,
    access::{dpop_headers, with_dpop_nonce},
    check_query, either, metadata, random,
};
use crate::{
    NonceKey, SingleUse, body,
    nonce::Purpose,
    rejection::{Rejection, no_store},
};

/// The maximum length of a token request in bytes.
const BODY_LIMIT: usize = 16 * 1024;

pub(super) async fn nonce<B: IssuerBackend>(State(backend): State<B>, Path(id): Path<String>) -> Answer {
    let profile = metadata::find(&backend, &id).await?;
    let nonces = backend.nonce_key().await?;
    let (issuer, now) = (profile.issuer.as_str(), backend.now());
    let c_nonce = nonces.make(Purpose::Credential, issuer, now, random());
    let answer = (no_store(), Json(NonceResponse { c_nonce }.to_value())).into_response();
    Ok(with_dpop_nonce(answer, &nonces, issuer, now))
}

pub(super) async fn token<B: IssuerBackend>(
    State(backend): State<B>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let profile = metadata::find(&backend, &id).await?;
    let nonces = backend.nonce_key().await?;
    let now = backend.now();
    let answer = exchange(&backend, &id, &profile, &nonces, now, request).await;
    Ok(with_dpop_nonce(
        either(answer),
        &nonces,
        profile.issuer.as_str(),
        now,
    ))
}

async fn exchange<B: IssuerBackend>(
    backend: &B,
    id: &str,
    profile: &IssuerProfile,
    nonces: &NonceKey,
    now: u64,
    request: Request,
) -> Answer {
    check_query(&request)?;
    let (head, body) = request.into_parts();
    if !body::is_typed(&head.headers, "application/x-www-form-urlencoded") {
        return Err(Rejection::bad_request(&ErrorCode::InvalidRequest)
            .describe("the body must be application/x-www-form-urlencoded"));
    }
    let proof = proof(profile, nonces, now, &head.headers)?;
    let body = body::read(&head.headers, body, BODY_LIMIT).await?;
    let request = TokenRequest::parse(&body).map_err(|error| refused(&error))?;
    let is_bound = proof.is_some();
    let (jkt, proof) = proof.unzip();
    let redemption = Redemption {
        code: request.code,
        transaction_code: request.transaction_code,
        jkt,
        proof,
    };
    let token = backend.redeem(id, redemption).await.map_err(unredeemed)?;
    let response = TokenResponse {
        access_token: token.access_token,
        token_type: if is_bound { "DPoP" } else { "Bearer" }.into(),
        expires_in: Some(token.expires_in),
        authorization_details: Vec::new(),
    };
    Ok(answered(&response))
}

fn answered(response: &TokenResponse) -> Response {
    (no_store(), Json(response.to_value())).into_response()
}

/// Verifies the DPoP proof, if there is one. Returns the key's thumbprint and the proof.
fn proof(
    profile: &IssuerProfile,
    nonces: &NonceKey,
    now: u64,
    headers: &HeaderMap,
) -> Result<Option<(String, SingleUse)>, Rejection> {
    let proofs = dpop_headers(headers);
    if proofs.is_empty() && profile.dpop == DpopPolicy::Optional {
        return Ok(None);
    }
    let refused = |error: air_jwt::Error| {
        Rejection::new(axum::http::StatusCode::BAD_REQUEST, dpop::error_code(&error))
            .describe(&error.to_string())
    };
    let is_current = |nonce: &str| {
        nonces
            .expiry(Purpose::Dpop, profile.issuer.as_str(), nonce, now)
            .is_some()
    };
    let verified = dpop::ProofVerifier::new("POST", &profile.endpoint("token"))
        .map_err(refused)?
        .requiring_nonce(&is_current)
        .verify(proofs, now)
        .map_err(refused)?;
    let jkt = verified.thumbprint().to_string();
    Ok(Some((jkt, SingleUse::dpop(verified.replay_key()))))
}

/// The codes of the token endpoint are OAuth's: a malformed request is `invalid_request`.
fn refused(error: &air_oid4vc::Error) -> Rejection {
    let rejection = Rejection::message(error);
    match error {
        air_oid4vc::Error::Issuance { rule, .. } if rule.code() == ErrorCode::UnsupportedGrantType => {
            rejection
        }
        _ => rejection.with_code(&ErrorCode::InvalidRequest),
    }
}

fn unredeemed(error: RedeemError) -> Rejection {
    let refuse = |code: ErrorCode, description: &str| Rejection::bad_request(&code).describe(description);
    match error {
        RedeemError::UnknownCode => refuse(
            ErrorCode::InvalidGrant,
            "the pre-authorized code is unknown, used or expired; scan a new offer",
        ),
        RedeemError::WrongTransactionCode => refuse(
            ErrorCode::InvalidGrant,
            "the transaction code is wrong; after five wrong ones the offer is void",
        ),
        RedeemError::TransactionCodePresence { is_required: true } => refuse(
            ErrorCode::InvalidRequest,
            "tx_code is missing: this offer requires a transaction code",
        ),
        RedeemError::TransactionCodePresence { is_required: false } => refuse(
            ErrorCode::InvalidRequest,
            "tx_code must be absent: this offer has no transaction code",
        ),
        RedeemError::ProofUsed => Rejection::new(axum::http::StatusCode::BAD_REQUEST, "invalid_dpop_proof")
            .describe("the DPoP proof was used before; make a new one for each request"),
        RedeemError::Failure(failure) => failure.into(),
    }
}
