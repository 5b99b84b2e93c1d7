//! The claims of a wallet provider's attestations, and of the proof that a wallet holds the attested key.

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::{Jwk, NumericDate, jws::Unverified};
use serde_json::{Map, Value};

use super::{
    BrokenRule, Explanation, OPENID4VCI,
    signatures::{PROOF_AGE, SKEW},
};
use crate::vci::{KEY_ATTESTATION_TYPE, KeyAttestation};

/// The types of a key attestation: the one of the specification, and the one of its drafts.
const OF_KEYS: [&str; 2] = [KEY_ATTESTATION_TYPE, "keyattestation+jwt"];
const OF_CLIENT: &str = "oauth-client-attestation+jwt";
const PROOF: &str = "oauth-client-attestation-pop+jwt";

/// Whether a token is an attestation, or the proof for one.
pub(super) fn is_attestation(token: &Unverified<'_>) -> bool {
    let mut types = OF_KEYS.into_iter().chain([OF_CLIENT, PROOF]);
    types.any(|name| token.is_typed(name))
}

/// Checks the claims, as far as no issuer's policy is needed. Their times are checked already.
pub(super) fn check(
    explanation: &mut Explanation,
    text: &str,
    token: &Unverified<'_>,
    claims: &Map<String, Value>,
    now: UnixTime,
) {
    if token.is_typed(OF_CLIENT) {
        of_client(explanation, claims);
    } else if token.is_typed(PROOF) {
        proof(explanation, claims, now);
    } else {
        of_keys(explanation, text, claims);
    }
}

/// `OpenID4VCI` 1.0, appendix D.1.
fn of_keys(explanation: &mut Explanation, text: &str, claims: &Map<String, Value>) {
    require(explanation, claims, &["iat"], (OPENID4VCI, "D.1"));
    match KeyAttestation::parse(text).and_then(|attestation| attestation.keys()) {
        Ok(keys) => explanation.part("attested keys", keys.len().to_string()),
        Err(error) => explanation.refused(&error),
    }
    for (name, label) in [
        ("key_storage", "key storage"),
        ("user_authentication", "user authentication"),
    ] {
        let levels = claims.get(name).and_then(Value::as_array).into_iter().flatten();
        let levels: Vec<&str> = levels.filter_map(Value::as_str).collect();
        if !levels.is_empty() {
            explanation.part(label, levels.join(", "));
        }
    }
    explanation.part("nonce", presence(claims, "nonce"));
    explanation
        .unchecked
        .push("that the issuer accepts the wallet provider, the levels and the nonce");
}

/// `OpenID4VCI` 1.0, appendix E.
fn of_client(explanation: &mut Explanation, claims: &Map<String, Value>) {
    require(explanation, claims, &["sub", "exp"], (OPENID4VCI, "E"));
    match claims.get("cnf").and_then(|confirmation| confirmation.get("jwk")) {
        None => explanation.breaks(
            OPENID4VCI,
            "E",
            "`cnf` must have `jwk`, the public key of the wallet",
        ),
        Some(jwk) => match Jwk::from_slice(jwk.to_string().as_bytes()) {
            Ok(key) => explanation.part(
                "attested key",
                format!("the key with the thumbprint {}", key.thumbprint()),
            ),
            Err(error) => {
                explanation
                    .broken
                    .push(BrokenRule::of(OPENID4VCI, "E", format!("`cnf.jwk`: {error}")));
            }
        },
    }
    explanation
        .unchecked
        .push("that the server accepts the wallet provider, and that `sub` is the client of the request");
}

/// HAIP 1.0, section 4.4.
fn proof(explanation: &mut Explanation, claims: &Map<String, Value>, now: UnixTime) {
    const HAIP: (&str, &str) = ("HAIP 1.0", "4.4");
    require(explanation, claims, &["aud", "jti", "iat"], HAIP);
    explanation.part("challenge", presence(claims, "challenge"));
    let issued = claims.get("iat").and_then(NumericDate::from_json);
    let oldest = now.saturating_sub(Duration::from_secs(PROOF_AGE + SKEW));
    if issued.is_some_and(|issued| issued.floor() < oldest) {
        let message = "`iat` is not recent: a proof is for one request; sign a new one";
        explanation.breaks(HAIP.0, HAIP.1, message);
    }
    explanation
        .unchecked
        .push("that `aud` is the authorization server, and whether the proof was used before");
}

fn require(
    explanation: &mut Explanation,
    claims: &Map<String, Value>,
    names: &[&str],
    (specification, section): (&'static str, &'static str),
) {
    for name in names.iter().filter(|name| !claims.contains_key(**name)) {
        let message = format!("the claim `{name}` must be present");
        explanation.breaks(specification, section, &message);
    }
}

fn presence(claims: &Map<String, Value>, name: &str) -> &'static str {
    if claims.contains_key(name) {
        "present"
    } else {
        "absent"
    }
}
