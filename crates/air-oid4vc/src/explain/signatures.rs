//! The header, the times and the signature of any token.

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::{NumericDate, jws::Unverified};
use serde_json::{Map, Value};

use super::{BrokenRule, CertificateKey, Context, Explanation};

/// The accepted difference between clocks in seconds.
pub(super) const SKEW: u64 = 60;
/// The usual maximum age of a proof in seconds.
pub(super) const PROOF_AGE: u64 = 300;

/// Explains the members of the header that describe the key.
pub(super) fn signed_with(explanation: &mut Explanation, token: &Unverified<'_>) {
    let header = token.header();
    explanation.text("type", header.get("typ"));
    explanation.text("algorithm", header.get("alg"));
    explanation.text("key id", header.get("kid"));
    if header.contains_key("jwk") {
        explanation.part("key", "a public key in the header");
    }
    if let Some(chain) = header.get("x5c").and_then(Value::as_array) {
        explanation.part(
            "key",
            match chain.len() {
                1 => "one certificate in the header".to_owned(),
                count => format!("a chain of {count} certificates in the header"),
            },
        );
    }
    if header.get("alg").is_some_and(|alg| alg == "none") {
        explanation.breaks(
            "RFC 8725",
            "3.1",
            "the token is not signed (`alg` has the value none); sign it with ES256",
        );
    }
    if header.contains_key("crit") {
        explanation.breaks(
            "RFC 7515",
            "4.1.11",
            "`crit` names an extension that is not supported; omit it",
        );
    }
    let has_private = |jwk: &Value| jwk.get("d").is_some();
    if header.get("jwk").is_some_and(has_private) {
        explanation.breaks(
            "RFC 7515",
            "4.1.3",
            "the header's `jwk` has a private key, which is known to others now; replace the key",
        );
    }
}

/// Checks `exp`, `nbf` and `iat` (RFC 7519, 4.1).
pub(super) fn times(explanation: &mut Explanation, claims: &Map<String, Value>, now: UnixTime) {
    let mut date = |name: &str, section| match claims.get(name).map(NumericDate::from_json) {
        Some(None) => {
            let message = format!("`{name}` must be a number of seconds since 1970");
            explanation
                .broken
                .push(BrokenRule::of("RFC 7519", section, message));
            None
        }
        date => date.flatten(),
    };
    let (issued, begins, ends) = (date("iat", "4.1.6"), date("nbf", "4.1.5"), date("exp", "4.1.4"));
    if let Some(issued) = issued.map(NumericDate::ceil) {
        explanation.part("issued", distance(issued, now));
        if issued > now.saturating_add(Duration::from_secs(SKEW)) {
            explanation.breaks(
                "RFC 7519",
                "4.1.6",
                "`iat` is in the future; synchronise the clocks",
            );
        }
    }
    if begins.is_some_and(|begins| begins.ceil() > now.saturating_add(Duration::from_secs(SKEW))) {
        explanation.breaks(
            "RFC 7519",
            "4.1.5",
            "`nbf` is in the future: the token is not valid yet",
        );
    }
    if let Some(ends) = ends.map(NumericDate::floor) {
        explanation.part("expires", distance(ends, now));
        if ends.saturating_add(Duration::from_secs(SKEW)) <= now {
            explanation.breaks(
                "RFC 7519",
                "4.1.4",
                "`exp` has passed: the token has expired; get a new one",
            );
        }
    }
}

pub(super) fn distance(at: UnixTime, now: UnixTime) -> String {
    match now.checked_duration_since(at) {
        Some(ago) => format!("{} s ago", ago.as_secs()),
        None => format!("in {} s", at.saturating_duration_since(now).as_secs()),
    }
}

/// Verifies the signature with the certificate's key, or says that it is not checked.
pub(super) fn verify(explanation: &mut Explanation, token: &Unverified<'_>, context: &Context<'_>) {
    match context.certificate {
        None => explanation
            .unchecked
            .push("the signature, which needs the signer's key"),
        Some(certificate) => {
            if let Err(error) = token.verify_signature(certificate.key) {
                explanation
                    .broken
                    .push(BrokenRule::of("RFC 7515", "5.2", error.to_string()));
            }
            trust(explanation, &certificate);
        }
    }
}

/// Says that the chain is not checked, unless the caller checked it.
pub(super) fn trust(explanation: &mut Explanation, certificate: &CertificateKey<'_>) {
    if !certificate.is_chain_checked {
        explanation
            .unchecked
            .push("whether the certificate is trusted, which needs trust anchors");
    }
}
