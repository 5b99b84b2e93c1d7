//! Access tokens at protected routes (RFC 6750; RFC 9449, section 7).

use air_jwt::dpop;
use air_oid4vc::{UnixTime, vci::ErrorCode};
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

use super::{DpopPolicy, Grant, IssuerBackend, IssuerProfile, random};
use crate::{
    NonceKey, SingleUse,
    nonce::Purpose,
    rejection::{DPOP_NONCE, Rejection, Scheme},
};

const DPOP: HeaderName = HeaderName::from_static("dpop");
/// The name of the credential endpoint.
pub(super) const CREDENTIAL: &str = "credential";
/// The maximum length of an access token.
const TOKEN_LIMIT: usize = 512;

/// A caller with a valid access token.
pub(super) struct Access {
    pub(super) grant: Grant,
    /// The scheme that the token is sent with.
    pub(super) scheme: Scheme,
    /// The DPoP proof, which must be accepted once.
    pub(super) proof: Option<SingleUse>,
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
    let (scheme, token) = access_token(profile, headers)?;
    let grant = if endpoint == CREDENTIAL {
        backend.grant_to_issue(id, token).await?
    } else {
        backend.grant(id, token).await?
    };
    let grant = grant.ok_or_else(|| invalid_token(scheme, "the access token is unknown or has ended"))?;
    let Some(jkt) = &grant.jkt else {
        if scheme == Scheme::Dpop {
            return Err(invalid_token(
                scheme,
                "the access token is not bound to a key; send it as a Bearer token",
            ));
        }
        return Ok(Access {
            grant,
            scheme,
            proof: None,
        });
    };
    if scheme == Scheme::Bearer {
        return Err(unauthorized(Scheme::Dpop, &ErrorCode::InvalidToken)
            .describe("the access token is bound to a key; send it with the scheme DPoP and a proof")
            .cite("RFC 9449", "7.2"));
    }
    let now = backend.now();
    let is_current = |nonce: &str| {
        nonces
            .expiry(Purpose::Dpop, profile.issuer.as_str(), nonce, now)
            .is_some()
    };
    let refused =
        |error: air_jwt::Error| proof_refused(StatusCode::UNAUTHORIZED, &error).challenge(Scheme::Dpop);
    let verified = dpop::ProofVerifier::new("POST", &profile.endpoint(endpoint))
        .map_err(refused)?
        .requiring_nonce(&is_current)
        .with_access_token(token, jkt)
        .verify(dpop_headers(headers), now)
        .map_err(refused)?;
    let proof = Some(SingleUse::dpop(verified.replay_key()));
    Ok(Access { grant, scheme, proof })
}

/// 401 for a DPoP proof that was used before.
pub(super) fn proof_used() -> Rejection {
    proof_replayed(StatusCode::UNAUTHORIZED).challenge(Scheme::Dpop)
}

/// The refusal of a DPoP proof that was used before.
pub(super) fn proof_replayed(status: StatusCode) -> Rejection {
    Rejection::new(status, ErrorCode::InvalidDpopProof.as_str())
        .describe("the DPoP proof was used before; make a new one for each request")
        .cite("RFC 9449", "11.1")
}

/// The refusal of a DPoP proof that breaks a rule.
pub(super) fn proof_refused(status: StatusCode, error: &air_jwt::Error) -> Rejection {
    let code = dpop::error_code(error);
    let section = if code == ErrorCode::UseDpopNonce.as_str() {
        "8"
    } else {
        "4.3"
    };
    Rejection::new(status, code)
        .describe(&error.to_string())
        .cite("RFC 9449", section)
}

/// 401 for a token that ended during the request.
pub(super) fn token_ended(scheme: Scheme) -> Rejection {
    invalid_token(scheme, "the access token has ended")
}

/// Reads the token of the only `Authorization` header.
fn access_token<'h>(profile: &IssuerProfile, headers: &'h HeaderMap) -> Result<(Scheme, &'h str), Rejection> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, others) = (values.next(), values.next());
    if others.is_some() {
        return Err(Rejection::bad_request(&ErrorCode::InvalidRequest)
            .describe("the header Authorization must occur once")
            .cite("RFC 6750", "3.1")
            .challenge(Scheme::Dpop));
    }
    let credentials = value.and_then(|value| value.to_str().ok()?.split_once(' '));
    // Credentials of another scheme count as none (RFC 6750, section 3.1).
    let (scheme, token) = credentials
        .and_then(|(scheme, token)| Some((scheme_of(scheme)?, token)))
        .ok_or_else(|| Rejection::unauthenticated(schemes(profile)))?;
    if token.is_empty() || token.len() > TOKEN_LIMIT {
        return Err(invalid_token(scheme, "the access token is unknown"));
    }
    Ok((scheme, token))
}

/// The scheme with this name, in which case does not matter (RFC 9110, section 11.1).
fn scheme_of(name: &str) -> Option<Scheme> {
    if name.eq_ignore_ascii_case("DPoP") {
        Some(Scheme::Dpop)
    } else if name.eq_ignore_ascii_case("Bearer") {
        Some(Scheme::Bearer)
    } else {
        None
    }
}

/// The schemes that the issuer accepts.
fn schemes(profile: &IssuerProfile) -> &'static [Scheme] {
    match profile.dpop {
        DpopPolicy::Required => &[Scheme::Dpop],
        DpopPolicy::Optional => &[Scheme::Dpop, Scheme::Bearer],
    }
}

fn invalid_token(scheme: Scheme, reason: &str) -> Rejection {
    unauthorized(scheme, &ErrorCode::InvalidToken)
        .describe(reason)
        .cite("RFC 6750", "3.1")
}

fn unauthorized(scheme: Scheme, code: &ErrorCode) -> Rejection {
    Rejection::new(StatusCode::UNAUTHORIZED, code.as_str()).challenge(scheme)
}

/// The values of the headers `DPoP`. One that is not text is kept as an empty value, which is refused.
pub(super) fn dpop_headers(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(DPOP).iter();
    values.map(|value| value.to_str().unwrap_or_default()).collect()
}

/// Adds the nonce for the next proof.
pub(super) fn with_dpop_nonce(
    mut response: Response,
    nonces: &NonceKey,
    issuer: &str,
    now: UnixTime,
) -> Response {
    let nonce = nonces.make(Purpose::Dpop, issuer, now, random());
    if let Ok(nonce) = HeaderValue::from_str(&nonce) {
        response.headers_mut().insert(DPOP_NONCE, nonce);
    }
    response
}
