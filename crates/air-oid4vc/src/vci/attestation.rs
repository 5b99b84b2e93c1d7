//! Key attestations: a wallet's provider vouches for keys (OpenID4VCI 1.0, appendix D).

use std::{fmt, time::Duration};

use air_ids::UnixTime;
use air_jwt::{Jwk, NumericDate, Signer, SigningKey, jws};
use serde_json::{Map, Value, json};

use super::{
    proof::{PRIVATE_MEMBERS, VerifiedProof},
    rule::Rule,
};
use crate::{Document, Error};

/// The `typ` of a key attestation.
pub const KEY_ATTESTATION_TYPE: &str = "key-attestation+jwt";
/// The name of [`KEY_ATTESTATION_TYPE`] in implementations of drafts.
const OLD_TYPE: &str = "keyattestation+jwt";
/// The maximum length of an attestation in bytes.
const LENGTH_LIMIT: usize = 256 * 1024;
/// The maximum number of attested keys.
const KEY_LIMIT: usize = 256;
/// The maximum number of values of a level.
const LEVEL_LIMIT: usize = 32;

/// The claims of a key attestation that a provider makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyAttestationOptions {
    /// `attested_keys`: at least one.
    pub keys: Vec<Jwk>,
    /// `iat`.
    pub issued_at: UnixTime,
    /// `exp`. Required with the proof type `jwt`.
    pub expires_at: Option<UnixTime>,
    /// `nonce`: the issuer's `c_nonce`. Required with the proof type `attestation` if the issuer has a nonce
    /// endpoint.
    pub nonce: Option<String>,
    /// `key_storage`: the resistance of the key's storage, such as `iso_18045_high`.
    pub key_storage: Vec<String>,
    /// `user_authentication`: the resistance of the user's authentication.
    pub user_authentication: Vec<String>,
}

impl KeyAttestationOptions {
    /// Signs the attestation with the provider's key.
    #[must_use]
    pub fn sign(&self, key: &SigningKey, x5c: Option<&jws::X5c>) -> String {
        jws::sign_x5c(key, KEY_ATTESTATION_TYPE, x5c, &self.claims())
    }

    /// As [`Self::sign`], with a remote key.
    ///
    /// # Errors
    /// [`Error::Signer`].
    pub async fn sign_with(&self, signer: &impl Signer, x5c: Option<&jws::X5c>) -> Result<String, Error> {
        let signed = jws::sign_x5c_with(signer, KEY_ATTESTATION_TYPE, x5c, &self.claims()).await;
        signed.map_err(Error::Signer)
    }

    fn claims(&self) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert("iat".into(), self.issued_at.as_secs().into());
        claims.insert("attested_keys".into(), json!(self.keys));
        if let Some(at) = self.expires_at {
            claims.insert("exp".into(), at.as_secs().into());
        }
        if let Some(nonce) = &self.nonce {
            claims.insert("nonce".into(), nonce.as_str().into());
        }
        for (name, values) in [
            ("key_storage", &self.key_storage),
            ("user_authentication", &self.user_authentication),
        ] {
            if !values.is_empty() {
                claims.insert(name.into(), json!(values));
            }
        }
        claims
    }
}

/// The requirements of an issuer for a key attestation.
#[derive(Clone, Copy, Debug)]
pub struct KeyAttestationPolicy<'a> {
    /// `key_attestations_required` of the proof type, if it is there: each named level must have one of the
    /// accepted values.
    pub required: Option<&'a Map<String, Value>>,
    /// The accepted algorithms of the attestation and of the attested keys; empty for all that are
    /// implemented.
    pub algorithms: &'a [String],
    /// Whether the attestation is itself the proof (the proof type `attestation`), or is in the header of a
    /// proof of the type `jwt`.
    pub is_proof: bool,
    /// Whether the issuer has a nonce endpoint, so that an attestation that is a proof needs a nonce. The
    /// caller checks that the nonce is its own, fresh and unused.
    pub requires_nonce: bool,
    /// The current time.
    pub now: UnixTime,
    /// The accepted difference between clocks in seconds.
    pub skew: u64,
}

/// A key attestation whose signature is not verified yet.
pub struct KeyAttestation<'a> {
    token: jws::Unverified<'a>,
    claims: Map<String, Value>,
}

/// Shows the header's `alg`, `typ` and `kid` only.
impl fmt::Debug for KeyAttestation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyAttestation").field(&self.token).finish()
    }
}

/// A verified key attestation.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedKeyAttestation {
    /// The attested keys.
    pub keys: Vec<Jwk>,
    /// The nonce, which the caller must check if it is there.
    pub nonce: Option<String>,
}

/// Shows the number of keys only.
impl fmt::Debug for VerifiedKeyAttestation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedKeyAttestation")
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}

impl<'a> KeyAttestation<'a> {
    /// Reads an attestation, so that the issuer can find the provider's key.
    ///
    /// # Errors
    /// [`Error::Token`], [`Error::Json`], or [`Error::Issuance`] with [`Rule::AttestationType`].
    pub fn parse(jwt: &'a str) -> Result<Self, Error> {
        let document = Document::Proof;
        let token =
            jws::Unverified::parse(jwt, LENGTH_LIMIT).map_err(|source| Error::Token { document, source })?;
        if !token.is_typed(KEY_ATTESTATION_TYPE) && !token.is_typed(OLD_TYPE) {
            return Err(refused("typ", Rule::AttestationType));
        }
        let claims = document.read_payload(jwt)?;
        Ok(Self { token, claims })
    }

    /// The header, whose `x5c` or `kid` names the provider's key. The caller validates a chain.
    #[must_use]
    pub fn header(&self) -> &Map<String, Value> {
        self.token.header()
    }

    /// Verifies the attestation with the key of a provider that the issuer trusts.
    ///
    /// # Errors
    /// [`Error::Token`], or [`Error::Issuance`] with the rule.
    pub fn verify(
        &self,
        provider: &Jwk,
        policy: &KeyAttestationPolicy<'_>,
    ) -> Result<VerifiedKeyAttestation, Error> {
        let is_accepted = |key: &Jwk| {
            let algorithm = key.algorithm().as_str();
            policy.algorithms.is_empty() || policy.algorithms.iter().any(|known| known == algorithm)
        };
        if !is_accepted(provider) {
            return Err(refused("alg", Rule::ProofAlgorithm));
        }
        self.token
            .verify_signature(provider)
            .map_err(|source| Error::Token {
                document: Document::Proof,
                source,
            })?;
        self.check_times(policy)?;
        let nonce = match self.claims.get("nonce") {
            None if policy.is_proof && policy.requires_nonce => {
                return Err(refused("nonce", Rule::ProofNonceMissing));
            }
            None => None,
            Some(Value::String(nonce)) => Some(nonce.clone()),
            Some(_) => return Err(refused("nonce", Rule::Type)),
        };
        if let Some(required) = policy.required {
            for level in ["key_storage", "user_authentication"] {
                self.check_level(level, required)?;
            }
        }
        let keys = self.keys()?;
        if !keys.iter().all(is_accepted) {
            return Err(refused("attested_keys", Rule::ProofAlgorithm));
        }
        Ok(VerifiedKeyAttestation { keys, nonce })
    }

    fn check_times(&self, policy: &KeyAttestationPolicy<'_>) -> Result<(), Error> {
        let date = |name: &'static str| match self.claims.get(name) {
            None => Ok(None),
            Some(value) => {
                let date = NumericDate::from_json(value);
                date.map(Some).ok_or_else(|| refused(name, Rule::Type))
            }
        };
        let skew = Duration::from_secs(policy.skew);
        let issued = date("iat")?.ok_or_else(|| refused("iat", Rule::Missing))?;
        if issued.ceil() > policy.now.saturating_add(skew) {
            return Err(refused("iat", Rule::Validity));
        }
        match date("exp")? {
            None if !policy.is_proof => Err(refused("exp", Rule::Missing)),
            Some(end) if end.floor() <= policy.now.saturating_sub(skew) => {
                Err(refused("exp", Rule::Validity))
            }
            _ => Ok(()),
        }
    }

    /// One of the attested values is one that the issuer accepts.
    fn check_level(&self, name: &'static str, required: &Map<String, Value>) -> Result<(), Error> {
        let texts = |value: &Value| -> Vec<String> {
            let items = value.as_array().into_iter().flatten().take(LEVEL_LIMIT);
            items
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        };
        let Some(accepted) = required.get(name).map(texts) else {
            return Ok(());
        };
        let attested = self.claims.get(name).map(texts).unwrap_or_default();
        if attested.iter().any(|level| accepted.contains(level)) {
            return Ok(());
        }
        Err(refused(name, Rule::AttestationLevel))
    }

    /// The attested keys.
    pub(crate) fn keys(&self) -> Result<Vec<Jwk>, Error> {
        let wrong = || refused("attested_keys", Rule::AttestedKeys);
        let items = self
            .claims
            .get("attested_keys")
            .and_then(Value::as_array)
            .ok_or_else(wrong)?;
        if items.is_empty() || items.len() > KEY_LIMIT {
            return Err(wrong());
        }
        let keys = items.iter().map(|item| {
            let members = item.as_object().ok_or_else(wrong)?;
            if PRIVATE_MEMBERS.iter().any(|name| members.contains_key(*name)) {
                return Err(wrong());
            }
            Jwk::from_slice(item.to_string().as_bytes()).map_err(|_| wrong())
        });
        keys.collect()
    }
}

impl VerifiedKeyAttestation {
    /// Checks that the attestation covers the key of the proof that carries it (appendix F.1): the proof
    /// need not be signed by the first attested key.
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::AttestedKeys`].
    pub fn check_proof(&self, proof: &VerifiedProof) -> Result<(), Error> {
        let is_attested = |key: &Jwk| key.verifying_key() == proof.key.verifying_key();
        if self.keys.iter().any(is_attested) {
            return Ok(());
        }
        Err(refused("attested_keys", Rule::AttestedKeys))
    }
}

fn refused(name: &str, rule: Rule) -> Error {
    Error::Issuance {
        place: format!("/key_attestation/{name}"),
        rule,
    }
}
