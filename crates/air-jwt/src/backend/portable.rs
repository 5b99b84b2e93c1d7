//! The portable backend: RustCrypto's `p256` and `rsa`, in pure Rust.

#[cfg(feature = "jwe")]
mod encryption;

#[cfg(feature = "jwe")]
pub(crate) use encryption::{EcdhKey, Gcm};
use p256::ecdsa;
use rsa::{
    pkcs1v15,
    sha2::Sha256,
    signature::{SignatureEncoding, Signer, Verifier},
};

/// Signs with ECDSA and deterministic nonces (RFC 6979).
pub(crate) struct EcSigner(ecdsa::SigningKey);

impl EcSigner {
    pub(crate) fn new(secret: &p256::SecretKey) -> Self {
        Self(ecdsa::SigningKey::from(secret))
    }

    /// Returns `r || s` (RFC 7518, 3.4).
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: ecdsa::Signature = self.0.sign(message);
        signature.to_bytes().into()
    }
}

pub(crate) struct EcVerifier(ecdsa::VerifyingKey);

impl EcVerifier {
    pub(crate) fn new(key: &p256::PublicKey) -> Self {
        Self(ecdsa::VerifyingKey::from(key))
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        ecdsa::Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}

pub(crate) struct RsaSigner(pkcs1v15::SigningKey<Sha256>);

impl RsaSigner {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the native backend checks the key once more"
    )]
    pub(crate) fn new(key: &rsa::PrivateKey) -> Option<Self> {
        Some(Self(pkcs1v15::SigningKey::new(key.clone())))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).to_vec()
    }
}

pub(crate) struct RsaVerifier(pkcs1v15::VerifyingKey<Sha256>);

impl RsaVerifier {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the native backend checks the key once more"
    )]
    pub(crate) fn new(key: &rsa::PublicKey) -> Option<Self> {
        Some(Self(pkcs1v15::VerifyingKey::new(key.clone())))
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        pkcs1v15::Signature::try_from(signature)
            .is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}
