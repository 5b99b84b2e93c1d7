//! The backend for servers: AWS-LC.

#[cfg(feature = "jwe")]
mod encryption;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, ParsedPublicKey,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
#[cfg(feature = "jwe")]
pub(crate) use encryption::{EcdhKey, Gcm};
use p256::elliptic_curve::sec1::ToSec1Point;
use rsa::pkcs1::{EncodeRsaPrivateKey, EncodeRsaPublicKey};

const CHECKED: &str = "a key is checked when it is read";

/// Signs with ECDSA and random nonces.
pub(crate) struct EcSigner(EcdsaKeyPair);

impl EcSigner {
    pub(crate) fn new(secret: &p256::SecretKey) -> Self {
        let scalar = zeroize::Zeroizing::new(secret.to_bytes());
        let point = secret.public_key().to_sec1_point(false);
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            scalar.as_slice(),
            point.as_bytes(),
        );
        Self(pair.expect(CHECKED))
    }

    /// Returns `r || s` (RFC 7518, 3.4).
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature = self.0.sign(&SystemRandom::new(), message).expect(CHECKED);
        signature
            .as_ref()
            .try_into()
            .expect("the fixed form has 64 bytes")
    }
}

pub(crate) struct EcVerifier(ParsedPublicKey);

impl EcVerifier {
    pub(crate) fn new(key: &p256::PublicKey) -> Self {
        let point = key.to_sec1_point(false);
        Self(ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.as_bytes()).expect(CHECKED))
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

pub(crate) struct RsaSigner(RsaKeyPair);

impl RsaSigner {
    /// Returns `None` when AWS-LC's own checks refuse the key.
    pub(crate) fn new(key: &rsa::PrivateKey) -> Option<Self> {
        let der = key.to_pkcs1_der().ok()?;
        RsaKeyPair::from_der(der.as_bytes()).ok().map(Self)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect(CHECKED);
        signature
    }
}

pub(crate) struct RsaVerifier(ParsedPublicKey);

impl RsaVerifier {
    pub(crate) fn new(key: &rsa::PublicKey) -> Option<Self> {
        let der = key.to_pkcs1_der().ok()?;
        ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_bytes())
            .ok()
            .map(Self)
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}
