//! An issuer, a holder and their credential.
#![allow(
    dead_code,
    missing_docs,
    clippy::unused_self,
    clippy::unwrap_used,
    reason = "not every test uses all of it; `setup.terms()` reads like its neighbours"
)]

pub(crate) mod node;

use std::time::Duration;

use air_jwt::{JwkSet, SigningKey, UnixTime, jws};
#[cfg(feature = "w3c")]
use air_vc::w3c::{SecuringMechanism, W3cIssueOptions};
use air_vc::{
    Challenge, ClaimPath, Credential, Error, IssueOptions, Issuer, StatusReference, Verifier,
    status::{
        Status, StatusBits, StatusList, StatusListOptions, StatusListToken, StatusListVerifier,
        VerifiedStatusList,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
pub(crate) const ISS: &str = "did:air:id:test:5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB";
pub(crate) const VCT: &str = "urn:air:KycIdentity";
pub(crate) const STATUS_URI: &str = "https://issuer.example/statuslist/1";

/// The time that is this number of seconds after [`NOW`].
pub(crate) const fn after(seconds: u64) -> UnixTime {
    NOW.saturating_add(Duration::from_secs(seconds))
}

/// The time that is this number of seconds before [`NOW`].
pub(crate) const fn before(seconds: u64) -> UnixTime {
    NOW.saturating_sub(Duration::from_secs(seconds))
}

pub(crate) fn subject() -> Map<String, Value> {
    object(&json!({
        "givenName": "Ada",
        "riskScore": 12,
        "ratio": 0.25,
        "isOver18": true,
        "address": { "city": "Utopia", "lines": ["1 Main St", "Flat 2"] },
        "visas": [{ "country": "AQ", "until": "2031-01-01" }, { "country": "FR", "until": "2032-02-02" }],
    }))
}

pub(crate) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

pub(crate) fn paths(texts: &[&str]) -> Vec<ClaimPath> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

pub(crate) fn challenge() -> Challenge {
    Challenge {
        nonce: "n-0S6_WzA2Mj".into(),
        audience: "prog-7".into(),
    }
}

/// Options with an embedded proof by this key.
#[cfg(feature = "w3c")]
pub(crate) fn with_proof(options: &W3cIssueOptions, verification_method: &str) -> W3cIssueOptions {
    W3cIssueOptions {
        securing: SecuringMechanism::DataIntegrity {
            verification_method: verification_method.to_owned(),
        },
        ..options.clone()
    }
}

/// The keys of an issuer and a holder, and the key set of the verifier.
pub(crate) struct Setup {
    pub(crate) key: SigningKey,
    pub(crate) holder: SigningKey,
    pub(crate) keys: JwkSet,
}

impl Setup {
    pub(crate) fn new() -> Self {
        let key = SigningKey::generate(&mut rand::rng());
        Self {
            keys: key.public_jwk().into(),
            holder: SigningKey::generate(&mut rand::rng()),
            key,
        }
    }

    pub(crate) fn options(&self) -> IssueOptions {
        IssueOptions {
            vct: VCT.into(),
            holder: Some("did:air:id:test:holder".into()),
            revocation_nonce: Some(u64::MAX >> 1),
            issued_at: NOW,
            expires_at: Some(after(1000)),
            ..IssueOptions::default()
        }
    }

    /// Options with the holder's key.
    pub(crate) fn bound(&self) -> IssueOptions {
        IssueOptions {
            holder_key: Some(self.holder.public_jwk()),
            ..self.options()
        }
    }

    /// Options with an entry in a status list.
    pub(crate) fn listed(&self, index: u64) -> IssueOptions {
        IssueOptions {
            status: Some(StatusReference {
                uri: STATUS_URI.into(),
                index,
            }),
            ..self.options()
        }
    }

    pub(crate) fn issue(
        &self,
        options: &IssueOptions,
        subject: &Map<String, Value>,
    ) -> Result<Credential, Error> {
        Issuer::new(ISS, &self.key).issue(options, subject, &mut rand::rng())
    }

    pub(crate) fn credential(&self) -> Credential {
        self.issue(&self.options(), &subject()).unwrap()
    }

    pub(crate) fn verifier(&self) -> Verifier<'_> {
        Verifier::new(ISS, &self.keys)
    }

    pub(crate) fn claims(&self, compact: &str) -> Result<Map<String, Value>, Error> {
        self.verifier()
            .verify(compact, NOW)
            .map(|verified| verified.claims().clone())
    }

    /// Signs a payload with the issuer's key, and appends the disclosures.
    pub(crate) fn forge(&self, typ: &str, payload: &Value, disclosures: &[&Value]) -> String {
        let mut compact = jws::sign(&self.key, typ, payload) + "~";
        for disclosure in disclosures {
            compact += &(encode(disclosure) + "~");
        }
        compact
    }

    /// As [`Self::forge`], with a payload that contains the digests of the disclosures.
    pub(crate) fn forge_disclosed(&self, disclosures: &[&Value]) -> String {
        let digests: Vec<String> = disclosures.iter().map(|disclosure| digest(disclosure)).collect();
        let payload = json!({ "iss": ISS, "vct": VCT, "_sd_alg": "sha-256", "_sd": digests });
        self.forge("dc+sd-jwt", &payload, disclosures)
    }
}

pub(crate) fn encode(disclosure: &Value) -> String {
    URL_SAFE_NO_PAD.encode(disclosure.to_string())
}

pub(crate) fn digest(disclosure: &Value) -> String {
    digest_of(&encode(disclosure))
}

/// The digest of an encoded disclosure.
pub(crate) fn digest_of(encoded: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(encoded))
}

/// The payload of a compact SD-JWT's JWT.
pub(crate) fn payload(compact: &str) -> Value {
    let payload = compact.split(['.', '~']).nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// A list of 1,000 entries with these statuses, verified at [`NOW`], with a `ttl` of a minute.
pub(crate) fn status_list(setup: &Setup, statuses: &[(u64, u8)]) -> VerifiedStatusList {
    StatusListVerifier::new(ISS, &setup.keys, STATUS_URI)
        .verify(&status_token(setup, statuses), NOW)
        .unwrap()
}

/// The same list, signed but not verified. It expires in ten minutes.
pub(crate) fn status_token(setup: &Setup, statuses: &[(u64, u8)]) -> String {
    let mut list = StatusList::new(StatusBits::Four, 1000).unwrap();
    for (index, status) in statuses {
        list.set(*index, Status::from_value(*status)).unwrap();
    }
    let options = StatusListOptions {
        issued_at: NOW,
        expires_at: Some(after(600)),
        ttl: Some(60),
        ..StatusListOptions::default()
    };
    StatusListToken::sign(&setup.key, STATUS_URI, &list, &options).into_string()
}
