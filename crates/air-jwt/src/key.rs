//! Key pairs that sign Partner JWTs and credentials.

mod jwk;
mod pem;

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

pub use pem::KeyForm;

use crate::{
    Algorithm, Error, Jwk, Kid, VerifyingKey,
    backend::{EcSigner, RsaSigner},
};

/// The minimum size of an RSA modulus in bits (RFC 7518, 3.3).
pub(crate) const RSA_LEAST: u32 = 2048;
/// The maximum size of an RSA modulus in bits. Larger keys slow every verifier down for little
/// gain.
pub(crate) const RSA_MOST: u32 = 4096;

/// A private key with its algorithm and id. `Debug` shows only the id. The key is wiped on drop.
pub struct SigningKey {
    kid: Kid,
    private: Private,
    public: VerifyingKey,
}

enum Private {
    Es256 {
        secret: p256::SecretKey,
        signer: EcSigner,
    },
    Rs256 {
        key: Box<rsa::PrivateKey>,
        signer: RsaSigner,
    },
}

/// The size of an RSA key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RsaSize {
    /// 2,048 bits.
    #[default]
    Bits2048,
    /// 3,072 bits: about as strong as P-256.
    Bits3072,
    /// 4,096 bits.
    Bits4096,
}

impl RsaSize {
    const fn bits(self) -> usize {
        match self {
            Self::Bits2048 => 2048,
            Self::Bits3072 => 3072,
            Self::Bits4096 => 4096,
        }
    }
}

impl SigningKey {
    /// Generates an ES256 key. Its `kid` is the RFC 7638 thumbprint.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        loop {
            let mut bytes = Zeroizing::new([0; 32]);
            rng.fill_bytes(bytes.as_mut_slice());
            // A draw is outside of the scalars with a probability of 2^-32.
            if let Ok(secret) = p256::SecretKey::from_slice(bytes.as_slice()) {
                return Self::from_p256(secret);
            }
        }
    }

    /// Generates an RS256 key. Finding its primes takes a second or more; prefer [`Self::generate`]
    /// if you have the choice.
    #[must_use]
    pub fn generate_rs256(size: RsaSize, rng: &mut impl CryptoRng) -> Self {
        rsa::PrivateKey::new(rng, size.bits())
            .ok()
            .and_then(|key| Self::from_rsa(key).ok())
            .expect("the sizes are of those that we take")
    }

    /// Replaces the key's id, for a key that is published under another id than its thumbprint.
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

    /// The algorithm that the key signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// The public half.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// The public half as a JWK. Publish it before the key signs.
    #[must_use]
    pub fn public_jwk(&self) -> Jwk {
        Jwk::new(self.public.clone(), self.kid.clone())
    }

    /// Signs a message and returns the signature in the format of JWS: for ES256 the 64 bytes
    /// `r || s` (RFC 7518, 3.4), for RS256 as many bytes as the modulus (RFC 7518, 3.3).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.private {
            Private::Es256 { signer, .. } => signer.sign(message).to_vec(),
            Private::Rs256 { signer, .. } => signer.sign(message),
        }
    }

    fn from_p256(secret: p256::SecretKey) -> Self {
        let public = VerifyingKey::from_p256(&secret.public_key());
        let signer = EcSigner::new(&secret);
        Self::with_thumbprint(Private::Es256 { secret, signer }, public)
    }

    fn from_rsa(key: rsa::PrivateKey) -> Result<Self, Error> {
        let public = VerifyingKey::from_rsa(key.as_public_key())?;
        let signer = RsaSigner::new(&key).ok_or(Error::InvalidPrivateKey)?;
        let key = Box::new(key);
        Ok(Self::with_thumbprint(Private::Rs256 { key, signer }, public))
    }

    fn with_thumbprint(private: Private, public: VerifyingKey) -> Self {
        Self {
            kid: public.thumbprint(),
            private,
            public,
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}
