//! ES256 key pairs.

use std::fmt;

use p256::{
    ecdsa::{
        self, Signature,
        signature::{Signer, Verifier},
    },
    pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding},
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{Error, Jwk, Kid};

/// A private key that signs with ES256, and its id. `Debug` shows the id alone; the key is wiped on drop.
pub struct SigningKey {
    kid: Kid,
    key: ecdsa::SigningKey,
}

impl SigningKey {
    /// A fresh key; its `kid` is the RFC 7638 thumbprint.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        loop {
            let mut bytes = Zeroizing::new([0; 32]);
            rng.fill_bytes(bytes.as_mut_slice());
            // All but one draw in 2^32 is a scalar of the group.
            if let Ok(key) = ecdsa::SigningKey::from_bytes((&*bytes).into()) {
                return Self::with_thumbprint(key);
            }
        }
    }

    /// Reads PEM, PKCS#8 (`PRIVATE KEY`) or SEC1 (`EC PRIVATE KEY`); the `kid` is the thumbprint.
    ///
    /// # Errors
    /// [`Error::InvalidPrivateKey`] for anything else.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let secret = p256::SecretKey::from_sec1_pem(pem)
            .ok()
            .or_else(|| p256::SecretKey::from_pkcs8_pem(pem).ok())
            .ok_or(Error::InvalidPrivateKey)?;
        Ok(Self::with_thumbprint(ecdsa::SigningKey::from(secret)))
    }

    /// The key as PKCS#8 PEM. A name that reviews can search for.
    #[must_use]
    pub fn expose_pkcs8_pem(&self) -> Zeroizing<String> {
        self.key
            .to_pkcs8_pem(LineEnding::LF)
            .expect("a P-256 key has a PKCS#8 form")
    }

    /// The same key under an id of the caller's choice, as it is in the published set.
    #[must_use]
    pub fn with_kid(mut self, kid: Kid) -> Self {
        self.kid = kid;
        self
    }

    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The public half, to be published before the key signs.
    #[must_use]
    pub fn public_jwk(&self) -> Jwk {
        jwk_of(self.key.verifying_key(), self.kid.clone())
    }

    /// An ES256 signature: `r || s`, 64 bytes (RFC 7518, 3.4), deterministic (RFC 6979).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.key.sign(message);
        signature.to_bytes().into()
    }

    fn with_thumbprint(key: ecdsa::SigningKey) -> Self {
        let kid = jwk_of(key.verifying_key(), Kid::unset()).thumbprint();
        Self { kid, key }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// A public key that verifies ES256 and nothing else: the algorithm is the key's, never the token's.
#[derive(Clone, Debug)]
pub struct VerifyingKey(ecdsa::VerifyingKey);

impl VerifyingKey {
    pub(crate) fn from_sec1(point: &[u8]) -> Result<Self, Error> {
        ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map(Self)
            .map_err(|_| Error::InvalidPublicKey)
    }

    /// Whether `signature` (`r || s`, 64 bytes) is this key's over `message`.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}

fn jwk_of(key: &ecdsa::VerifyingKey, kid: Kid) -> Jwk {
    let point = key.to_sec1_point(false);
    let (x, y) = (
        point.x().expect("not the identity"),
        point.y().expect("not compressed"),
    );
    Jwk::from_coordinates(x, y, kid)
}
