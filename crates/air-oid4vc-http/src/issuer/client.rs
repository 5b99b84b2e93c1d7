//! Client authentication by an attestation (draft-ietf-oauth-attestation-based-client-auth; HAIP
//! 1.0, section 4.4).

use air_jwt::{
    JwkSet,
    client_attestation::{Attestation, AttesterKeys, PopRules, Token, error_code},
    jws::Unverified,
};
use air_oid4vc::{UnixTime, oauth::AuthorizationRequest, vci::ErrorCode};
use axum::http::{HeaderMap, StatusCode};

use super::{ClientPolicy, IssuerBackend, IssuerProfile};
use crate::{SingleUse, rejection::Rejection};

/// The maximum length of an attestation in bytes.
const LENGTH_LIMIT: usize = 16 * 1024;
/// The error code for an attestation that is refused.
const INVALID: &str = "invalid_client_attestation";
/// The specification and the section that require attestations of clients.
const HAIP: &str = "HAIP 1.0";
const SECTION: &str = "4.4";

/// Identifies the client of a form, by its attestation if the issuer requires one. Returns its `client_id`.
pub(super) async fn identify<B: IssuerBackend>(
    backend: &B,
    id: &str,
    profile: &IssuerProfile,
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
    let client = Attestation::verify(attestations, keys, now)
        .and_then(|attestation| {
            let rules = PopRules::new(profile.issuer.as_str());
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
    identify(backend, id, profile, now, headers, form).await.map(Some)
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
