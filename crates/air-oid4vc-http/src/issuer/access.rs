//! Access tokens at protected routes (RFC 6750; RFC 9449, section 7).

use air_jwt::dpop;
use air_oid4vc::vci::ErrorCode;
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

use super::{Grant, IssuerBackend, IssuerProfile, random};
use crate::{
    NonceKey, SingleUse,
    nonce::Purpose,
    rejection::{DPOP_NONCE, Rejection},
};

const DPOP: HeaderName = HeaderName::from_static("dpop");
/// The maximum length of an access token.
const TOKEN_LIMIT: usize = 512;

/// A caller with a valid access token.
pub(super) struct Access {
    pub(super) grant: Grant,
    /// The DPoP proof, which must be accepted once.
    pub(super) proof: Option<SingleUse>,
}

#[derive(Clone, Copy, PartialEq)]
enum Scheme {
    Bearer,
    Dpop,
}

/// Identifies the caller by the head of the request alone.
pub(super) async fn identify<B: IssuerBackend>(
    backend: &B,
    id: &str,
    profile: &IssuerProfile,
    nonces: &NonceKey,
    endpoint: &str,
    headers: &HeaderMap,
) -> Result<Access, Rejection> {
    let (scheme, token) = access_token(headers)?;
    let grant = backend.grant(id, token).await?.ok_or_else(|| {
        unauthorized(scheme, &ErrorCode::InvalidToken).describe("the access token is unknown or has ended")
    })?;
    let Some(jkt) = &grant.jkt else {
        if scheme == Scheme::Dpop {
            return Err(unauthorized(scheme, &ErrorCode::InvalidToken)
                .describe("the access token is not bound to a key; send it as a Bearer token"));
        }
        return Ok(Access { grant, proof: None });
    };
    if scheme == Scheme::Bearer {
        return Err(unauthorized(Scheme::Dpop, &ErrorCode::InvalidToken)
            .describe("the access token is bound to a key; send it with the scheme DPoP and a proof"));
    }
    let now = backend.now();
    let is_current = |nonce: &str| {
        nonces
            .expiry(Purpose::Dpop, profile.issuer.as_str(), nonce, now)
            .is_some()
    };
    let refused = |error: air_jwt::Error| {
        Rejection::new(StatusCode::UNAUTHORIZED, dpop::error_code(&error))
            .challenge("DPoP")
            .describe(&error.to_string())
    };
    let verified = dpop::ProofVerifier::new("POST", &profile.endpoint(endpoint))
        .map_err(refused)?
        .requiring_nonce(&is_current)
        .with_access_token(token, jkt)
        .verify(dpop_headers(headers), now)
        .map_err(refused)?;
    let proof = Some(SingleUse::dpop(verified.replay_key()));
    Ok(Access { grant, proof })
}

/// 401 for a DPoP proof that was used before.
pub(super) fn proof_used() -> Rejection {
    Rejection::new(StatusCode::UNAUTHORIZED, "invalid_dpop_proof")
        .challenge("DPoP")
        .describe("the DPoP proof was used before; make a new one for each request")
}

/// 401 for a token that ended during the request.
pub(super) fn token_ended() -> Rejection {
    unauthorized(Scheme::Bearer, &ErrorCode::InvalidToken).describe("the access token has ended")
}

/// Reads the token of the only `Authorization` header.
fn access_token(headers: &HeaderMap) -> Result<(Scheme, &str), Rejection> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Err(unauthorized(Scheme::Dpop, &ErrorCode::InvalidToken)
            .describe("the access token is missing; send it in the header Authorization"));
    };
    let malformed = || {
        Rejection::bad_request(&ErrorCode::InvalidRequest)
            .describe("the header Authorization must occur once and have the scheme DPoP or Bearer")
    };
    if values.next().is_some() {
        return Err(malformed());
    }
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .ok_or_else(malformed)?;
    let scheme = if scheme.eq_ignore_ascii_case("DPoP") {
        Scheme::Dpop
    } else if scheme.eq_ignore_ascii_case("Bearer") {
        Scheme::Bearer
    } else {
        return Err(malformed());
    };
    if token.is_empty() || token.len() > TOKEN_LIMIT {
        return Err(unauthorized(scheme, &ErrorCode::InvalidToken).describe("the access token is unknown"));
    }
    Ok((scheme, token))
}

fn unauthorized(scheme: Scheme, code: &ErrorCode) -> Rejection {
    Rejection::new(StatusCode::UNAUTHORIZED, code.as_str()).challenge(match scheme {
        Scheme::Bearer => "Bearer",
        Scheme::Dpop => "DPoP",
    })
}

/// The values of the headers `DPoP`. One that is not text is kept as an empty value, which is refused.
pub(super) fn dpop_headers(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(DPOP).iter();
    values.map(|value| value.to_str().unwrap_or_default()).collect()
}

/// Adds the nonce for the next proof.
pub(super) fn with_dpop_nonce(mut response: Response, nonces: &NonceKey, issuer: &str, now: u64) -> Response {
    let nonce = nonces.make(Purpose::Dpop, issuer, now, random());
    if let Ok(nonce) = HeaderValue::from_str(&nonce) {
        response.headers_mut().insert(DPOP_NONCE, nonce);
    }
    response
}
