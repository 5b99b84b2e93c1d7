//! Key agreement on P-256 and AES-GCM by RustCrypto.

use aes_gcm::{
    Aes128Gcm, Aes256Gcm, KeyInit, Nonce, Tag,
    aead::{AeadInOut, inout::InOutBuf},
};
use p256::elliptic_curve::sec1::ToSec1Point;
use zeroize::Zeroizing;

/// A private key for ECDH on P-256.
pub(crate) struct EcdhKey(p256::SecretKey);

impl EcdhKey {
    /// Returns `None` when the bytes are not a scalar between 1 and n − 1.
    pub(crate) fn from_scalar(scalar: &[u8; 32]) -> Option<Self> {
        p256::SecretKey::from_slice(scalar).ok().map(Self)
    }

    /// The public half, uncompressed (SEC 1, 2.3.3).
    pub(crate) fn public_point(&self) -> [u8; 65] {
        let point = self.0.public_key().to_sec1_point(false);
        point
            .as_bytes()
            .try_into()
            .expect("an uncompressed point has 65 bytes")
    }

    /// The x-coordinate of the shared point; `None` when `point` is not on the curve.
    pub(crate) fn agree(&self, point: &[u8; 65]) -> Option<Zeroizing<[u8; 32]>> {
        let peer = p256::PublicKey::from_sec1_bytes(point).ok()?;
        let shared = p256::ecdh::diffie_hellman(self.0.to_nonzero_scalar(), peer.as_affine());
        let mut x = Zeroizing::new([0; 32]);
        x.copy_from_slice(shared.raw_secret_bytes());
        Some(x)
    }
}

/// AES-GCM with a 12-byte nonce and a 16-byte tag (NIST SP 800-38D).
pub(crate) enum Gcm {
    Aes128(Box<Aes128Gcm>),
    Aes256(Box<Aes256Gcm>),
}

impl Gcm {
    /// Returns `None` when the key has neither 16 nor 32 bytes.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        if key.len() == 16 {
            let cipher = Aes128Gcm::new_from_slice(key).ok()?;
            return Some(Self::Aes128(Box::new(cipher)));
        }
        let cipher = Aes256Gcm::new_from_slice(key).ok()?;
        Some(Self::Aes256(Box::new(cipher)))
    }

    /// Encrypts in place and returns the tag; `None` past the 64 GiB that GCM allows.
    pub(crate) fn seal_in_place(&self, nonce: &[u8; 12], aad: &[u8], text: &mut [u8]) -> Option<[u8; 16]> {
        let (nonce, text) = (<&Nonce<_>>::from(nonce), InOutBuf::from(text));
        let tag = match self {
            Self::Aes128(cipher) => cipher.encrypt_inout_detached(nonce, aad, text),
            Self::Aes256(cipher) => cipher.encrypt_inout_detached(nonce, aad, text),
        };
        tag.ok().map(Into::into)
    }

    /// Decrypts in place; `None` when the tag differs. The text must not be used then.
    pub(crate) fn open_in_place(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        text: &mut [u8],
        tag: &[u8; 16],
    ) -> Option<()> {
        let (nonce, text, tag) = (<&Nonce<_>>::from(nonce), InOutBuf::from(text), <&Tag>::from(tag));
        match self {
            Self::Aes128(cipher) => cipher.decrypt_inout_detached(nonce, aad, text, tag),
            Self::Aes256(cipher) => cipher.decrypt_inout_detached(nonce, aad, text, tag),
        }
        .ok()
    }
}
