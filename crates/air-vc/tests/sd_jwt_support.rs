//! Support for the published examples of SD-JWT and SD-JWT VC.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_ids::UnixTime;
use air_jwt::{Jwk, SigningKey, jws};
use air_vc::{Challenge, Credential, Inspection};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::support::digest_of;

/// The content of a file `examples.json`.
#[derive(Deserialize)]
pub(crate) struct Examples {
    issuer_public_jwk: Value,
    holder_public_jwk: Value,
    pub(crate) examples: Vec<Example>,
}

#[derive(Deserialize)]
pub(crate) struct Example {
    pub(crate) section: String,
    pub(crate) disclosures: Vec<Published>,
    pub(crate) user_claims: Option<Map<String, Value>>,
    sd_jwt_payload: Option<Value>,
    #[serde(default)]
    sd_jwt_payloads: Vec<Value>,
    pub(crate) issued: Option<String>,
    #[serde(default)]
    pub(crate) presentations: Vec<Shown>,
    pub(crate) kb_jwt_payload: Option<Value>,
}

/// A disclosure and its decoded content.
#[derive(Deserialize)]
pub(crate) struct Published {
    of: String,
    digest: String,
    pub(crate) disclosure: String,
    array: Value,
}

#[derive(Deserialize)]
pub(crate) struct Shown {
    pub(crate) compact: String,
    pub(crate) processed_payload: Map<String, Value>,
}

impl Examples {
    pub(crate) fn issuer(&self) -> Jwk {
        key(&self.issuer_public_jwk)
    }

    /// The issuer's key with the `kid` of a header.
    pub(crate) fn issuer_named(&self, kid: &str) -> Jwk {
        let mut jwk = self.issuer_public_jwk.clone();
        jwk["kid"] = kid.into();
        key(&jwk)
    }

    pub(crate) fn holder(&self) -> Jwk {
        key(&self.holder_public_jwk)
    }

    pub(crate) fn named(&self, section: &str) -> &Example {
        let mut examples = self.examples.iter();
        examples.find(|example| example.section == section).unwrap()
    }
}

impl Example {
    pub(crate) fn payloads(&self) -> impl Iterator<Item = &Value> {
        self.sd_jwt_payload.iter().chain(&self.sd_jwt_payloads)
    }

    /// Checks that each disclosure has the digest and the content in the text.
    pub(crate) fn check_disclosures(&self) {
        for published in &self.disclosures {
            let name = format!("{}, {}", self.section, published.of);
            assert_eq!(digest_of(&published.disclosure), published.digest, "{name}");
            let content = URL_SAFE_NO_PAD.decode(&published.disclosure).unwrap();
            let content: Value = serde_json::from_slice(&content).unwrap();
            assert_eq!(content, published.array, "{name}");
        }
    }

    /// Checks that each payload, signed here and with all of its disclosures, reveals the subject's
    /// claims in addition to its visible ones.
    pub(crate) fn check_payloads(&self, signer: &SigningKey, subject: &Map<String, Value>) -> usize {
        let contents: Vec<String> = self.disclosures.iter().map(|one| one.array.to_string()).collect();
        for payload in self.payloads() {
            let mut compact = jws::sign(signer, "dc+sd-jwt", payload) + "~";
            let around = payload.to_string();
            for one in &self.disclosures {
                // 6.2 has a second payload with one visible claim.
                if around.contains(&one.digest) || contents.iter().any(|text| text.contains(&one.digest)) {
                    compact.push_str(&one.disclosure);
                    compact.push('~');
                }
            }
            let claims = Inspection::of(&compact)
                .unwrap_or_else(|error| panic!("{}: {error}", self.section))
                .claims;
            let mut expected = payload.as_object().unwrap().clone();
            expected.retain(|name, _| name != "_sd" && name != "_sd_alg");
            expected.extend(subject.clone());
            assert_eq!(claims, expected, "{}", self.section);
        }
        self.payloads().count()
    }
}

impl Shown {
    /// The key-binding JWT, if there is one.
    pub(crate) fn key_binding(&self) -> Option<&str> {
        let (_, last) = self.compact.rsplit_once('~').unwrap();
        (!last.is_empty()).then_some(last)
    }

    /// Everything before the key-binding JWT.
    pub(crate) fn presented(&self) -> &str {
        &self.compact[..=self.compact.rfind('~').unwrap()]
    }

    /// Checks that our holder selects the same disclosures of the issued credential for the same
    /// claims.
    pub(crate) fn check_made_of(&self, issued: &str, name: &str) {
        let credential: Credential = issued.parse().unwrap();
        let mut shown = Inspection::of(&self.compact).unwrap().disclosed;
        // A path includes everything within it, so of nested claims only the inner ones are named.
        let texts: Vec<String> = shown.iter().map(ToString::to_string).collect();
        shown.retain(|path| !texts.iter().any(|text| text.starts_with(&format!("{path}."))));
        let ours = credential.present(&shown).unwrap();
        let sorted = |compact: &str| {
            let mut parts: Vec<String> = compact.split('~').map(str::to_owned).collect();
            parts.sort();
            parts
        };
        assert_eq!(sorted(ours.as_str()), sorted(self.presented()), "{name}");
    }

    /// The challenge and time that the holder signed.
    pub(crate) fn challenge(&self) -> Option<(Challenge, UnixTime)> {
        let claims = content(self.key_binding()?);
        let text = |name: &str| claims[name].as_str().unwrap().to_owned();
        let (nonce, audience) = (text("nonce"), text("aud"));
        let made_at = UnixTime::from_secs(claims["iat"].as_u64().unwrap());
        Some((Challenge { nonce, audience }, made_at))
    }
}

/// The payload of a JWT, without verification.
pub(crate) fn content(jwt: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

fn key(jwk: &Value) -> Jwk {
    Jwk::from_slice(jwk.to_string().as_bytes()).unwrap()
}
