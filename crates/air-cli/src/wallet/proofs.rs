//! Keys for new credentials, and their proofs of possession.

use air_jwt::{Jwk, SigningKey};
use air_mdoc::IssuerSigned;
use air_oid4vc::vci::{
    CredentialConfiguration, IssuerId, ProofKey, ProofOptions, Proofs, prove, prove_attested,
};
use air_vc::{Inspection, did::DidJwk};
use clap::ValueEnum;
use serde_json::{Map, Value};

use super::provider::Provider;
use crate::{exit::Failure, time};

/// The type of key proofs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ProofType {
    /// Each key signs a proof.
    Jwt,
    /// The wallet provider attests all keys.
    Attestation,
}

impl ProofType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::Attestation => "attestation",
        }
    }
}

/// How a configuration wants its keys proved.
pub(super) enum ProofPlan<'a> {
    /// The credential is bound to no key.
    Unbound,
    /// A proof of the type `jwt` for each key.
    Jwt {
        /// Whether the proof names the key by its `did:jwk`, since the issuer does not accept `jwk`.
        by_did: bool,
        /// The provider that attests the keys in the header of each proof.
        attester: Option<Attester<'a>>,
    },
    /// A proof of the type `attestation` for all keys.
    Attestation(Attester<'a>),
}

/// A wallet provider, and the levels that the issuer requires.
pub(super) struct Attester<'a> {
    provider: &'a Provider,
    required: Option<&'a Map<String, Value>>,
}

impl Attester<'_> {
    fn attest(&self, keys: &[SigningKey], nonce: Option<&str>) -> String {
        self.provider.attest_keys(keys, nonce, self.required)
    }
}

impl<'a> ProofPlan<'a> {
    pub(super) fn of(
        configuration: &'a CredentialConfiguration,
        provider: Option<&'a Provider>,
        wanted: Option<ProofType>,
    ) -> Result<Self, Failure> {
        if configuration.proof_types.is_empty() {
            return Ok(Self::Unbound);
        }
        let of_type = |kind: ProofType| configuration.proof_types.get(kind.as_str());
        let kind = match wanted {
            Some(kind) => kind,
            None if of_type(ProofType::Jwt).is_none() && of_type(ProofType::Attestation).is_some() => {
                ProofType::Attestation
            }
            None => ProofType::Jwt,
        };
        let Some(parameters) = of_type(kind) else {
            let kind = kind.as_str();
            return Err(unsupported(&format!("a proof of another type than `{kind}`")));
        };
        let accepts = |name: &str| {
            let algorithms = &parameters.algorithms;
            algorithms.is_empty() || algorithms.iter().any(|known| known == name)
        };
        if !accepts("ES256") || provider.is_some_and(|provider| !accepts(provider.algorithm())) {
            return Err(unsupported(
                "proofs or attestations with another algorithm than those of the keys",
            ));
        }
        let required = parameters.key_attestation.as_ref();
        let attester = provider.map(|provider| Attester { provider, required });
        if kind == ProofType::Attestation {
            return attester.map(Self::Attestation).ok_or_else(unattested);
        }
        if required.is_some() && attester.is_none() {
            return Err(unattested());
        }
        let methods = &configuration.binding_methods;
        let has = |name: &str| methods.iter().any(|method| method == name);
        if methods.is_empty() || has("jwk") || has("cose_key") {
            let by_did = false;
            return Ok(Self::Jwt { by_did, attester });
        }
        if has("did:jwk") || has("did") {
            let by_did = true;
            return Ok(Self::Jwt { by_did, attester });
        }
        Err(unsupported(
            "keys by another method than `jwk`, `cose_key` and `did:jwk`",
        ))
    }

    /// One key for each copy of the credential.
    pub(super) fn keys(&self, copies: usize) -> Vec<SigningKey> {
        match self {
            Self::Unbound => Vec::new(),
            Self::Jwt { .. } | Self::Attestation(_) => (0..copies)
                .map(|_| SigningKey::generate(&mut rand::rng()))
                .collect(),
        }
    }

    pub(super) fn prove(
        &self,
        keys: &[SigningKey],
        issuer: &IssuerId,
        nonce: Option<&str>,
        client_id: Option<&str>,
    ) -> Option<Proofs> {
        let (by_did, attester) = match self {
            Self::Unbound => return None,
            Self::Attestation(attester) => {
                let attestation = attester.attest(keys, nonce);
                return Some(Proofs::attestation(attestation));
            }
            Self::Jwt { by_did, attester } => (*by_did, attester),
        };
        let attestation = attester.as_ref().map(|attester| attester.attest(keys, nonce));
        let proofs = keys.iter().map(|key| {
            let url = by_did.then(|| format!("{}#0", DidJwk::new(key.verifying_key()).did()));
            let options = ProofOptions {
                issuer,
                now: time::now(),
                nonce,
                client_id,
                key: url.as_deref().map_or(ProofKey::Jwk, ProofKey::DidUrl),
            };
            match &attestation {
                Some(attestation) => prove_attested(key, &options, attestation),
                None => prove(key, &options),
            }
        });
        Some(Proofs::jwt(proofs))
    }
}

/// The key that a credential is bound to, of those that were proved. `None` for a credential that is bound to
/// no key, if none was proved.
///
/// # Errors
/// If the credential is malformed, or bound to another key.
pub(super) fn bound_key<'k>(
    format: &str,
    credential: &str,
    keys: &'k [SigningKey],
) -> Result<Option<&'k SigningKey>, Failure> {
    let malformed =
        |error: String| Failure::rejected(format!("the issuer sent an unreadable credential: {error}"));
    let named = match format {
        "dc+sd-jwt" | "vc+sd-jwt" => {
            let inspection = Inspection::of(credential).map_err(|error| malformed(error.to_string()))?;
            let Some(confirmation) = inspection.claims.get("cnf") else {
                return unbound(keys);
            };
            let jwk = confirmation
                .get("jwk")
                .and_then(|jwk| Jwk::from_slice(jwk.to_string().as_bytes()).ok());
            jwk.map(|jwk| jwk.verifying_key().clone())
        }
        "mso_mdoc" => {
            let mdoc =
                IssuerSigned::from_base64url(credential).map_err(|error| malformed(error.to_string()))?;
            Some(mdoc.mso().device_key().clone())
        }
        // The binding of other formats is not read.
        _ => return Ok(keys.first()),
    };
    let found = named.and_then(|named| keys.iter().find(|key| *key.verifying_key() == named));
    let foreign = || Failure::rejected("the issuer bound a credential to another key than the proved ones");
    found.map(Some).ok_or_else(foreign)
}

/// Accepts a credential without key only if the wallet proved none: otherwise anyone could present it.
fn unbound(keys: &[SigningKey]) -> Result<Option<&SigningKey>, Failure> {
    if keys.is_empty() {
        return Ok(None);
    }
    Err(Failure::rejected(
        "the issuer bound a credential to no key, although the wallet proved one",
    ))
}

fn unattested() -> Failure {
    unsupported("a key attestation").with_hint("name the key of a wallet provider with --wallet-provider")
}

fn unsupported(what: &str) -> Failure {
    Failure::rejected(format!(
        "the issuer requires {what}; this wallet does not support it"
    ))
}
