//! Key agreement on P-256 and AES-GCM by AWS-LC.

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree},
};
use zeroize::Zeroizing;

/// A private key for ECDH on P-256.
pub(crate) struct EcdhKey(PrivateKey);

impl EcdhKey {
    /// Returns `None` when the bytes are not a scalar between 1 and n − 1.
    pub(crate) fn from_scalar(scalar: &[u8; 32]) -> Option<Self> {
        PrivateKey::from_private_key(&ECDH_P256, scalar).ok().map(Self)
    }

    /// The public half, uncompressed (SEC 1, 2.3.3).
    pub(crate) fn public_point(&self) -> [u8; 65] {
        let point = self
            .0
            .compute_public_key()
            .expect("a key is checked when it is read");
        point
            .as_ref()
            .try_into()
            .expect("an uncompressed point has 65 bytes")
    }

    /// The x-coordinate of the shared point; `None` when `point` is not on the curve.
    pub(crate) fn agree(&self, point: &[u8; 65]) -> Option<Zeroizing<[u8; 32]>> {
        let peer = UnparsedPublicKey::new(&ECDH_P256, point.as_slice());
        agree(&self.0, peer, (), |shared| {
            let mut x = Zeroizing::new([0; 32]);
            if shared.len() != x.len() {
                return Err(());
            }
            x.copy_from_slice(shared);
            Ok(x)
        })
        .ok()
    }
}

/// AES-GCM with a 12-byte nonce and a 16-byte tag (NIST SP 800-38D).
pub(crate) struct Gcm(LessSafeKey);

impl Gcm {
    /// Returns `None` when the key has neither 16 nor 32 bytes.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        let algorithm = if key.len() == 16 {
            &AES_128_GCM
        } else {
            &AES_256_GCM
        };
        UnboundKey::new(algorithm, key)
            .ok()
            .map(|key| Self(LessSafeKey::new(key)))
    }

    /// Encrypts in place and returns the tag; `None` past the 64 GiB that GCM allows.
    pub(crate) fn seal_in_place(&self, nonce: &[u8; 12], aad: &[u8], text: &mut [u8]) -> Option<[u8; 16]> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(aad), text)
            .ok()?;
        tag.as_ref().try_into().ok()
    }

    /// Decrypts in place; `None` when the tag differs. The text must not be used then.
    pub(crate) fn open_in_place(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        text: &mut [u8],
        tag: &[u8; 16],
    ) -> Option<()> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        self.0
            .open_in_place_separate_tag(nonce, Aad::from(aad), tag, text)
            .ok()
            .map(drop)
    }
}
