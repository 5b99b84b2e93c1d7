//! Client authentication by an attestation (draft-ietf-oauth-attestation-based-client-auth; HAIP
//! 1.0, section 4.4).

use air_jwt::{
    JwkSet,
    client_attestation::{Attestation, AttesterKeys, PopRules, Token, error_code},
    jws::Unverified,
};
use air_oid4vc::{UnixTime, oauth::AuthorizationRequest, vci::ErrorCode};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Answer, ClientPolicy, IssuerBackend, IssuerProfile, metadata, random};
use crate::{
    NonceKey, SingleUse,
    nonce::Purpose,
    rejection::{Rejection, no_store},
};

/// The header with the challenge for the client's next proof.
const CHALLENGE: HeaderName = HeaderName::from_static("oauth-client-attestation-challenge");

/// The maximum length of an attestation in bytes.
const LENGTH_LIMIT: usize = 16 * 1024;
/// The error code for an attestation that is refused.
const INVALID: &str = "invalid_client_attestation";
/// The specification and the section that require attestations of clients.
const HAIP: &str = "HAIP 1.0";
const SECTION: &str = "4.4";

/// A challenge for the proof of a client attestation. A proof without a challenge is accepted as well,
/// since it is accepted once and is recent.
pub(super) async fn challenge<B: IssuerBackend>(State(backend): State<B>, Path(id): Path<String>) -> Answer {
    let profile = metadata::find(&backend, &id).await?;
    if !profile.attests_clients() {
        return Err(Rejection::not_found());
    }
    let nonces = backend.nonce_key().await?;
    let challenge = new_challenge(&nonces, &profile, backend.now());
    Ok((no_store(), Json(json!({ "attestation_challenge": challenge }))).into_response())
}

/// Adds the challenge for the next proof, if clients authenticate by attestations.
pub(super) fn with_challenge(
    mut response: Response,
    nonces: &NonceKey,
    profile: &IssuerProfile,
    now: UnixTime,
) -> Response {
    if profile.attests_clients()
        && let Ok(challenge) = HeaderValue::from_str(&new_challenge(nonces, profile, now))
    {
        response.headers_mut().insert(CHALLENGE, challenge);
    }
    response
}

fn new_challenge(nonces: &NonceKey, profile: &IssuerProfile, now: UnixTime) -> String {
    nonces.make(Purpose::ClientAttestation, profile.issuer.as_str(), now, random())
}

/// Identifies the client of a form, by its attestation if the issuer requires one. Returns its `client_id`.
pub(super) async fn identify<B: IssuerBackend>(
    backend: &B,
    id: &str,
    profile: &IssuerProfile,
    nonces: &NonceKey,
    now: UnixTime,
    headers: &HeaderMap,
    form: &[u8],
) -> Result<String, Rejection> {
    let named = AuthorizationRequest::client_of(form);
    if profile.clients == ClientPolicy::Public {
        return named.map_err(|error| Rejection::authorization(&error));
    }
    let refused = |error: air_jwt::Error| refused_client(error_code(&error), &error.to_string());
    let attestations = values(headers, Token::Attestation);
    // `verify` refuses none and several.
    let key = if let [attestation] = attestations.as_slice() {
        let unverified = Unverified::parse(attestation, LENGTH_LIMIT).map_err(refused)?;
        let chain = unverified.header().get("x5c").cloned();
        let key = backend.attester_key(id, chain.unwrap_or_default()).await?;
        Some(key.ok_or_else(untrusted)?)
    } else {
        None
    };
    let nobody = JwkSet::default();
    let keys = key.as_ref().map_or(AttesterKeys::Set(&nobody), AttesterKeys::Key);
    let is_current = |challenge: &str| {
        nonces
            .expiry(
                Purpose::ClientAttestation,
                profile.issuer.as_str(),
                challenge,
                now,
            )
            .is_some()
    };
    let client = Attestation::verify(attestations, keys, now)
        .and_then(|attestation| {
            let rules = PopRules::new(profile.issuer.as_str()).accepting_challenge(&is_current);
            attestation.with_pop(values(headers, Token::Pop), &rules, now)
        })
        .map_err(refused)?;
    // The form may leave the client to the attestation, and must not name another.
    if named.is_ok_and(|named| named != client.client_id()) {
        return Err(Rejection::bad_request(&ErrorCode::InvalidClient)
            .describe("client_id must be the client of the attestation's `sub`")
            .cite(HAIP, SECTION));
    }
    if let Some(proof) = client.replay_key().map(SingleUse::attestation)
        && !backend.spend(proof).await?
    {
        return Err(refused_client(
            INVALID,
            "the proof of the client attestation was used before; make a new one for each request",
        ));
    }
    Ok(client.client_id().to_owned())
}

/// As [`identify`], for a form that an anonymous client may send. The backend checks that a token
/// of a client is not used without it.
pub(super) async fn identify_any<B: IssuerBackend>(
    backend: &B,
    id: &str,
    profile: &IssuerProfile,
    nonces: &NonceKey,
    now: UnixTime,
    headers: &HeaderMap,
    form: &[u8],
) -> Result<Option<String>, Rejection> {
    let is_anonymous = match profile.clients {
        ClientPolicy::Public => AuthorizationRequest::client_of(form).is_err(),
        ClientPolicy::Attested => values(headers, Token::Attestation).is_empty(),
    };
    if is_anonymous {
        return Ok(None);
    }
    identify(backend, id, profile, nonces, now, headers, form)
        .await
        .map(Some)
}

/// The values of a header. One that is not text is kept as an empty value, which is refused.
fn values(headers: &HeaderMap, token: Token) -> Vec<&str> {
    let values = headers.get_all(token.header()).iter();
    values.map(|value| value.to_str().unwrap_or_default()).collect()
}

fn untrusted() -> Rejection {
    refused_client(
        INVALID,
        "no wallet provider that this issuer trusts signed the client attestation; x5c must have the certificate of its key",
    )
}

fn refused_client(code: &str, reason: &str) -> Rejection {
    Rejection::new(StatusCode::BAD_REQUEST, code)
        .describe(reason)
        .cite(HAIP, SECTION)
}
