//! Keys for new credentials, and their proofs of possession.

use air_jwt::{Jwk, SigningKey};
use air_mdoc::IssuerSigned;
use air_oid4vc::vci::{CredentialConfiguration, IssuerId, ProofKey, ProofOptions, Proofs, prove};
use air_vc::{Inspection, did::DidJwk};

use crate::{exit::Failure, time};

/// How a configuration wants its keys proved.
pub(super) enum ProofPlan {
    /// The credential is bound to no key.
    Unbound,
    /// A proof of the type `jwt` for each key.
    Jwt {
        /// Whether the proof names the key by its `did:jwk`, since the issuer does not accept `jwk`.
        by_did: bool,
    },
}

impl ProofPlan {
    pub(super) fn of(configuration: &CredentialConfiguration) -> Result<Self, Failure> {
        if configuration.proof_types.is_empty() {
            return Ok(Self::Unbound);
        }
        let Some(jwt) = configuration.proof_types.get("jwt") else {
            return Err(unsupported("a proof of another type than `jwt`"));
        };
        if !jwt.algorithms.is_empty() && !jwt.algorithms.iter().any(|name| name == "ES256") {
            return Err(unsupported("proofs with another algorithm than ES256"));
        }
        if jwt.key_attestation.is_some() {
            return Err(unsupported(
                "a key attestation, which a wallet without secure hardware does not have",
            ));
        }
        let methods = &configuration.binding_methods;
        let has = |name: &str| methods.iter().any(|method| method == name);
        if methods.is_empty() || has("jwk") || has("cose_key") {
            return Ok(Self::Jwt { by_did: false });
        }
        if has("did:jwk") || has("did") {
            return Ok(Self::Jwt { by_did: true });
        }
        Err(unsupported(
            "keys by another method than `jwk`, `cose_key` and `did:jwk`",
        ))
    }

    /// One key for each copy of the credential.
    pub(super) fn keys(&self, copies: usize) -> Vec<SigningKey> {
        match self {
            Self::Unbound => Vec::new(),
            Self::Jwt { .. } => (0..copies)
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
        let Self::Jwt { by_did } = self else {
            return None;
        };
        let proofs = keys.iter().map(|key| {
            let url = by_did.then(|| format!("{}#0", DidJwk::new(key.verifying_key()).did()));
            let options = ProofOptions {
                issuer,
                now: time::now(),
                nonce,
                client_id,
                key: url.as_deref().map_or(ProofKey::Jwk, ProofKey::DidUrl),
            };
            prove(key, &options)
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

fn unsupported(what: &str) -> Failure {
    Failure::rejected(format!(
        "the issuer requires {what}; this wallet does not support it"
    ))
}
