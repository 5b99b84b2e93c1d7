//! DPoP proofs at the endpoints of an issuer (RFC 9449).

use air_jwt::dpop;
use air_oid4vc::UnixTime;
use axum::http::{HeaderMap, StatusCode};

use super::{
    IssuerProfile,
    access::{dpop_headers, proof_refused},
};
use crate::{NonceKey, SingleUse, nonce::Purpose, rejection::Rejection};

/// The thumbprint of the proof's key, and the proof.
pub(super) type Proof = (String, SingleUse);

/// Verifies the DPoP proof at one of the issuer's endpoints. Returns the key's thumbprint and the proof.
pub(super) fn verify_proof(
    profile: &IssuerProfile,
    nonces: &NonceKey,
    now: UnixTime,
    endpoint: &str,
    headers: &HeaderMap,
) -> Result<Proof, Rejection> {
    let proofs = dpop_headers(headers);
    let refused = |error: air_jwt::Error| proof_refused(StatusCode::BAD_REQUEST, &error);
    let is_current = |nonce: &str| {
        nonces
            .expiry(Purpose::Dpop, profile.issuer.as_str(), nonce, now)
            .is_some()
    };
    let verified = dpop::ProofVerifier::new("POST", &profile.endpoint(endpoint))
        .map_err(refused)?
        .requiring_nonce(&is_current)
        .verify(proofs, now)
        .map_err(refused)?;
    let jkt = verified.thumbprint().to_string();
    Ok((jkt, SingleUse::dpop(verified.replay_key())))
}
