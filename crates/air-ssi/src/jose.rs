//! Our keys and JWK sets as those of the library's tokens (JWS, JWT, SD-JWT, VC-JOSE).

use std::borrow::Cow;

use air_jwt::{Algorithm, JwkSet, SharedSigner, Signer};
use ssi::{
    JWK,
    claims::{
        ProofValidationError, ResolverProvider, SignatureError,
        jws::{JwsSigner, JwsSignerInfo},
    },
    jwk::{self, JWKResolver},
};

/// A key that signs tokens of the library: in memory, in a KMS or in an HSM. Its `kid` is in their
/// headers.
#[derive(Clone, Debug)]
pub struct TokenKey(SharedSigner);

impl TokenKey {
    /// Wraps a signer.
    #[must_use]
    pub fn new(signer: impl Signer + Send + 'static) -> Self {
        Self(SharedSigner::new(signer))
    }
}

impl JwsSigner for TokenKey {
    async fn fetch_info(&self) -> Result<JwsSignerInfo, SignatureError> {
        let algorithm = match self.0.algorithm() {
            Algorithm::Es256 => jwk::Algorithm::ES256,
            Algorithm::Rs256 => jwk::Algorithm::RS256,
            other => return Err(SignatureError::UnsupportedAlgorithm(other.to_string())),
        };
        Ok(JwsSignerInfo::new(Some(self.0.kid().to_string()), algorithm))
    }

    async fn sign_bytes(&self, signing_bytes: &[u8]) -> Result<Vec<u8>, SignatureError> {
        // The text of a signer's error does not show its cause.
        self.0.sign(signing_bytes).await.map_err(SignatureError::other)
    }
}

/// A JWK set of an issuer, from which the library takes the key that a token names. A token without
/// `kid` is verified with the only key of the set, and refused if there are several.
///
/// The library verifies ES256 here. It verifies RS256 with its feature `rsa`, which brings an `rsa` with
/// a timing side channel.
#[derive(Clone, Debug)]
pub struct TokenKeys(JwkSet);

impl TokenKeys {
    /// The keys of a set.
    #[must_use]
    pub fn new(set: JwkSet) -> Self {
        Self(set)
    }
}

impl JWKResolver for TokenKeys {
    async fn fetch_public_jwk(&'_ self, key_id: Option<&str>) -> Result<Cow<'_, JWK>, ProofValidationError> {
        let key = if let Some(kid) = key_id {
            self.0.find(kid).ok_or(ProofValidationError::UnknownKey)?
        } else {
            let mut keys = self.0.iter();
            match (keys.next(), keys.next()) {
                (Some(only), None) => only,
                (None, _) => return Err(ProofValidationError::MissingPublicKey),
                _ => return Err(ProofValidationError::AmbiguousPublicKey),
            }
        };
        let json = serde_json::to_vec(key).map_err(|_| ProofValidationError::InvalidKey)?;
        let key = JWK::try_from(json.as_slice()).map_err(|_| ProofValidationError::InvalidKey)?;
        Ok(Cow::Owned(key))
    }
}

impl ResolverProvider for TokenKeys {
    type Resolver = Self;

    fn resolver(&self) -> &Self {
        self
    }
}
