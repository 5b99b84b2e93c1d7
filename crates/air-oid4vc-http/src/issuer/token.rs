//! The token endpoint and the nonce endpoint (OpenID4VCI 1.0, sections 6 and 7).

use air_oid4vc::{
    UnixTime,
    oauth::{CodeRequest, RefreshRequest},
    vci::{ErrorCode, NonceResponse, TokenRequest, TokenResponse},
};
use axum::{
    Json,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    Answer, CodeRedemption, DpopPolicy, IssuedToken, IssuerBackend, IssuerProfile, RedeemError, Redemption,
    Refresh,
    access::{dpop_headers, proof_replayed, with_dpop_nonce},
    check_query, client, either, metadata,
    proof::{Proof, verify_proof},
    random,
};
use crate::{
    NonceKey, body,
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
    let answer = client::with_challenge(either(answer), &nonces, &profile, now);
    Ok(with_dpop_nonce(answer, &nonces, profile.issuer.as_str(), now))
}

async fn exchange<B: IssuerBackend>(
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
    let proof = match dpop_headers(&head.headers) {
        none if none.is_empty() && profile.dpop == DpopPolicy::Optional => None,
        _ => Some(verify_proof(profile, nonces, now, "token", &head.headers)?),
    };
    let body = body::read(&head.headers, body, BODY_LIMIT).await?;
    let token_type = if proof.is_some() { "DPoP" } else { "Bearer" };
    let token = if profile.authorization && CodeRequest::is_of_form(&body) {
        let client_id = client::identify(backend, id, profile, nonces, now, &head.headers, &body).await?;
        redeem_code(backend, id, &body, client_id, proof).await?
    } else if profile.refresh && RefreshRequest::is_of_form(&body) {
        let client_id = client::identify_any(backend, id, profile, nonces, now, &head.headers, &body).await?;
        refresh(backend, id, &body, client_id, proof).await?
    } else {
        let client_id = client::identify_any(backend, id, profile, nonces, now, &head.headers, &body).await?;
        redeem(backend, id, &body, client_id, proof).await?
    };
    let response = TokenResponse {
        access_token: token.access_token,
        token_type: token_type.into(),
        expires_in: Some(token.expires_in),
        refresh_token: token.refresh_token,
        authorization_details: token.authorization_details,
    };
    Ok(answered(&response))
}

async fn redeem<B: IssuerBackend>(
    backend: &B,
    id: &str,
    body: &[u8],
    client_id: Option<String>,
    proof: Option<Proof>,
) -> Result<IssuedToken, Rejection> {
    let request = TokenRequest::parse(body).map_err(|error| refused(&error))?;
    let (jkt, proof) = proof.unzip();
    let redemption = Redemption {
        code: request.code,
        transaction_code: request.transaction_code,
        client_id,
        jkt,
        proof,
    };
    let unredeemed = |error| {
        unredeemed(
            error,
            "the pre-authorized code is unknown, used or expired; scan a new offer (OpenID4VCI 1.0, section 6.3)",
        )
    };
    backend.redeem(id, redemption).await.map_err(unredeemed)
}

async fn redeem_code<B: IssuerBackend>(
    backend: &B,
    id: &str,
    body: &[u8],
    client_id: String,
    proof: Option<Proof>,
) -> Result<IssuedToken, Rejection> {
    let request = CodeRequest::parse(body).map_err(|error| Rejection::authorization(&error))?;
    let (jkt, proof) = proof.unzip();
    let redemption = CodeRedemption {
        request,
        client_id,
        jkt,
        proof,
    };
    let unredeemed = |error| {
        unredeemed(
            error,
            "the code is unknown, used or expired; ask the user again (RFC 6749, section 5.2)",
        )
    };
    backend.redeem_code(id, redemption).await.map_err(unredeemed)
}

async fn refresh<B: IssuerBackend>(
    backend: &B,
    id: &str,
    body: &[u8],
    client_id: Option<String>,
    proof: Option<Proof>,
) -> Result<IssuedToken, Rejection> {
    let request = RefreshRequest::parse(body).map_err(|error| Rejection::authorization(&error))?;
    let (jkt, proof) = proof.unzip();
    let refresh = Refresh {
        request,
        client_id,
        jkt,
        proof,
    };
    let unredeemed = |error| {
        unredeemed(
            error,
            "the refresh token is unknown, used or expired; get a new offer or ask the user again (RFC 6749, section 5.2)",
        )
    };
    backend.refresh(id, refresh).await.map_err(unredeemed)
}

fn answered(response: &TokenResponse) -> Response {
    (no_store(), Json(response.to_value())).into_response()
}

/// The codes of the token endpoint are OAuth's: a malformed request is `invalid_request`.
fn refused(error: &air_oid4vc::Error) -> Rejection {
    let rejection = Rejection::message(error, "6.1");
    match error {
        air_oid4vc::Error::Issuance { rule, .. } if rule.code() == ErrorCode::UnsupportedGrantType => {
            rejection
        }
        _ => rejection.with_code(&ErrorCode::InvalidRequest),
    }
}

fn unredeemed(error: RedeemError, unknown: &str) -> Rejection {
    let refuse = |code: ErrorCode, description: &str| Rejection::bad_request(&code).describe(description);
    match error {
        RedeemError::UnknownCode => refuse(ErrorCode::InvalidGrant, unknown),
        RedeemError::Broken(rule) => refuse(
            rule.code(),
            &format!("the code or refresh token is refused: {rule}"),
        )
        .cite_rule(rule),
        RedeemError::WrongTransactionCode => refuse(
            ErrorCode::InvalidGrant,
            "the transaction code is wrong; after five wrong ones the offer is void (OpenID4VCI 1.0, section 6.3)",
        ),
        RedeemError::TransactionCodePresence { is_required: true } => refuse(
            ErrorCode::InvalidRequest,
            "tx_code is missing: this offer requires a transaction code (OpenID4VCI 1.0, section 6.3)",
        ),
        RedeemError::TransactionCodePresence { is_required: false } => refuse(
            ErrorCode::InvalidRequest,
            "tx_code must be absent: this offer has no transaction code (OpenID4VCI 1.0, section 6.3)",
        ),
        RedeemError::ProofUsed => proof_replayed(StatusCode::BAD_REQUEST),
        RedeemError::Failure(failure) => failure.into(),
    }
}
