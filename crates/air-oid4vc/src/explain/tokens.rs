//! Signed tokens, by their `typ`.

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::{NumericDate, jws::Unverified};
use serde_json::{Map, Value};

use super::{
    BrokenRule, Context, Explanation, Kind, attestations, issuance,
    requests::describe_request,
    signatures::{PROOF_AGE, SKEW, distance, signed_with, times, trust, verify},
};
use crate::{
    Document, Error,
    vci::{IssuerId, METADATA_TYPE, PROOF_TYPE, Proof, ProofPolicy},
    vp::{AuthorizationRequest, ClientId, Expected, REQUEST_OBJECT_TYPE, RequestObject, Signature},
};

const ACCESS_TOKEN: &str = "at+jwt";
const DPOP: &str = "dpop+jwt";

pub(super) fn of(text: &str, token: &Unverified<'_>, context: &Context<'_>) -> Explanation {
    if token.is_typed(REQUEST_OBJECT_TYPE) {
        return request_object(text, context);
    }
    if token.is_typed(PROOF_TYPE) {
        return key_proof(text, token, context);
    }
    if token.is_typed(METADATA_TYPE) {
        return issuance::signed_metadata(token, context);
    }
    if token.is_typed(DPOP) {
        return dpop_proof(token, context);
    }
    let kind = match () {
        () if token.is_typed(ACCESS_TOKEN) => Kind::AccessToken,
        () if attestations::is_attestation(token) => Kind::Attestation,
        () => Kind::OtherToken,
    };
    let mut explanation = Explanation::of(kind);
    signed_with(&mut explanation, token);
    match token.dangerous_payload() {
        Err(error) => explanation
            .broken
            .push(BrokenRule::of("RFC 7519", "7.2", error.to_string())),
        Ok(claims) => {
            describe_claims(&mut explanation, &claims, context.now);
            match kind {
                Kind::AccessToken => access_token(&mut explanation, &claims),
                Kind::Attestation => {
                    attestations::check(&mut explanation, text, token, &claims, context.now);
                }
                _ => {}
            }
        }
    }
    verify(&mut explanation, token, context);
    explanation
}

fn describe_claims(explanation: &mut Explanation, claims: &Map<String, Value>, now: UnixTime) {
    for (name, label) in [
        ("iss", "issuer"),
        ("sub", "subject"),
        ("client_id", "client"),
        ("scope", "scope"),
    ] {
        explanation.text(label, claims.get(name));
    }
    match claims.get("aud") {
        Some(Value::Array(audiences)) => {
            let names: Vec<&str> = audiences.iter().filter_map(Value::as_str).collect();
            explanation.part("audience", names.join(", "));
        }
        audience => explanation.text("audience", audience),
    }
    if claims.contains_key("cnf") {
        explanation.part("bound to", "a key (`cnf`): its holder proves possession");
    }
    times(explanation, claims, now);
}

/// The claims that an access token must have (RFC 9068, 2.2).
fn access_token(explanation: &mut Explanation, claims: &Map<String, Value>) {
    for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        if !claims.contains_key(name) {
            explanation.breaks("RFC 9068", "2.2", &format!("the claim `{name}` must be present"));
        }
    }
    let confirmation = claims.get("cnf");
    if confirmation.is_some_and(|confirmation| confirmation.get("jkt").is_none_or(|jkt| !jkt.is_string())) {
        explanation.breaks(
            "RFC 9449",
            "6.1",
            "`cnf` must have `jkt`, the thumbprint of the client's key",
        );
    }
    explanation.unchecked.push("whether the token was revoked");
}

fn request_object(text: &str, context: &Context<'_>) -> Explanation {
    let mut explanation = Explanation::of(Kind::RequestObject);
    if let Err(error) = describe_object(&mut explanation, text, context) {
        explanation.refused(&error);
    }
    explanation
}

fn describe_object(explanation: &mut Explanation, text: &str, context: &Context<'_>) -> Result<(), Error> {
    let document = Document::RequestObject;
    let token =
        Unverified::parse(text, super::LENGTH_LIMIT).map_err(|source| Error::Token { document, source })?;
    signed_with(explanation, &token);
    let claims = document.read_payload(text)?;
    times(explanation, &claims, context.now);
    let object = RequestObject::parse(text)?;
    let is_of_certificate = matches!(
        object.client_id(),
        ClientId::X509Hash(_) | ClientId::X509SanDns(_)
    );
    let request = match context.certificate {
        Some(certificate) if is_of_certificate => {
            object
                .client_id()
                .check_certificate(certificate.der, certificate.dns_names)?;
            trust(explanation, &certificate);
            let expected = Expected {
                now: context.now,
                skew: SKEW,
                ..Expected::default()
            };
            object.verify(certificate.key, &expected)?
        }
        _ => {
            explanation
                .unchecked
                .push("the signature, which needs the verifier's key");
            AuthorizationRequest::from_members(&claims, Signature::Present)?
        }
    };
    describe_request(explanation, &request);
    explanation
        .unchecked
        .push("that the link names the same `client_id`");
    Ok(())
}

fn key_proof(text: &str, token: &Unverified<'_>, context: &Context<'_>) -> Explanation {
    let mut explanation = Explanation::of(Kind::KeyProof);
    signed_with(&mut explanation, token);
    let claims = token.dangerous_payload().unwrap_or_default();
    explanation.text("for issuer", claims.get("aud"));
    explanation.text("client", claims.get("iss"));
    let nonce = if claims.contains_key("nonce") {
        "present"
    } else {
        "absent"
    };
    explanation.part("nonce", nonce);
    if let Some(issued) = claims.get("iat").and_then(NumericDate::from_json) {
        explanation.part("issued", distance(issued.ceil(), context.now));
    }
    explanation
        .unchecked
        .push("the nonce, which must be a fresh one of the issuer");
    explanation
        .unchecked
        .push("that `aud` is this issuer, and `iss` the client of the access token");
    if let Err(error) = check_proof(text, &claims, context, &mut explanation) {
        explanation.refused(&error);
    }
    explanation
}

fn check_proof(
    text: &str,
    claims: &Map<String, Value>,
    context: &Context<'_>,
    explanation: &mut Explanation,
) -> Result<(), Error> {
    let proof = Proof::parse(text)?;
    let audience = claims.get("aud").and_then(Value::as_str).unwrap_or_default();
    let issuer: IssuerId = audience.parse().map_err(|_| Error::Issuance {
        place: "/aud".into(),
        rule: crate::vci::Rule::ProofAudience,
    })?;
    let policy = ProofPolicy {
        issuer: &issuer,
        algorithms: &[],
        requires_nonce: false,
        client_id: claims.get("iss").and_then(Value::as_str),
        now: context.now,
        maximum_age: PROOF_AGE,
        skew: SKEW,
    };
    if let Some(url) = proof.did_url() {
        explanation.part("key", url);
        explanation
            .unchecked
            .push("the signature, whose key must be resolved from the DID");
        return proof.check_claims(&policy);
    }
    if proof.x5c().is_some() {
        explanation
            .unchecked
            .push("the signature and the certificate chain, which need the anchors that the issuer trusts");
        return proof.check_claims(&policy);
    }
    proof.verify(&policy, None).map(drop)
}

fn dpop_proof(token: &Unverified<'_>, context: &Context<'_>) -> Explanation {
    const SPECIFICATION: &str = "RFC 9449";
    let mut explanation = Explanation::of(Kind::DpopProof);
    signed_with(&mut explanation, token);
    let claims = token.dangerous_payload().unwrap_or_default();
    explanation.text("method", claims.get("htm"));
    explanation.text("URL", claims.get("htu"));
    let presence = |name: &str| {
        if claims.contains_key(name) {
            "present"
        } else {
            "absent"
        }
    };
    explanation.part("access token hash", presence("ath"));
    explanation.part("nonce", presence("nonce"));
    for name in ["jti", "htm", "htu", "iat"] {
        if !claims.contains_key(name) {
            explanation.breaks(
                SPECIFICATION,
                "4.2",
                &format!("the claim `{name}` must be present"),
            );
        }
    }
    if claims
        .get("ath")
        .is_some_and(|hash| hash.as_str().is_none_or(|hash| hash.len() != 43))
    {
        explanation.breaks(
            SPECIFICATION,
            "4.2",
            "`ath` must be the SHA-256 hash of the access token in base64url",
        );
    }
    times(&mut explanation, &claims, context.now);
    let issued = claims.get("iat").and_then(NumericDate::from_json);
    let oldest = context.now.saturating_sub(Duration::from_secs(PROOF_AGE + SKEW));
    if issued.is_some_and(|issued| issued.floor() < oldest) {
        explanation.breaks(
            SPECIFICATION,
            "4.3",
            "`iat` is not recent: a proof is for one request; sign a new one",
        );
    }
    match token.header().get("jwk") {
        None => explanation.breaks(
            SPECIFICATION,
            "4.2",
            "the header must have the public key in `jwk`",
        ),
        Some(jwk) => match air_jwt::Jwk::from_slice(jwk.to_string().as_bytes()) {
            Err(error) => explanation
                .broken
                .push(BrokenRule::of(SPECIFICATION, "4.2", error.to_string())),
            Ok(key) => {
                explanation.part(
                    "bound to",
                    format!("the key with the thumbprint {}", key.thumbprint()),
                );
                if let Err(error) = token.verify_signature(&key) {
                    explanation
                        .broken
                        .push(BrokenRule::of(SPECIFICATION, "4.3", error.to_string()));
                }
            }
        },
    }
    explanation
        .unchecked
        .push("that method, URL and access token are those of the request");
    explanation
        .unchecked
        .push("whether the proof was used before, and its nonce");
    explanation
}
