//! The backend for servers: AWS-LC for P-256, HKDF and AES-GCM, libsecp256k1 for secp256k1. The
//! portable backend parses points and scalars here too, so that both backends accept the same
//! input.

use aws_lc_rs::{
    aead::{self, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree},
    hkdf, hmac,
};
use secp256k1::{Message, PublicKey, SecretKey, ecdh::shared_secret_point, ecdsa};
use zeroize::Zeroizing;

use super::{Group, Point, Recoverable, portable};

pub(super) static P256: AwsLc = AwsLc;
pub(super) static K256: LibSecp256k1 = LibSecp256k1;

const CHECKED: &str = "a scalar is checked when it is parsed";

/// P-256 through AWS-LC.
pub(super) struct AwsLc;

impl Group for AwsLc {
    fn is_scalar(&self, bytes: &[u8; 32]) -> bool {
        portable::P256.is_scalar(bytes)
    }

    fn parse_point(&self, bytes: &[u8]) -> Option<Point> {
        portable::P256.parse_point(bytes)
    }

    fn public_point(&self, secret: &[u8; 32]) -> Point {
        key(secret).as_ref().and_then(public_half).expect(CHECKED)
    }

    /// AWS-LC computes the public half when it reads a key, so it reads the key only once.
    fn encapsulate(&self, secret: &[u8; 32], point: &Point) -> Option<(Point, Zeroizing<[u8; 32]>)> {
        let key = key(secret)?;
        Some((public_half(&key)?, agree_on_x(&key, point)?))
    }

    fn diffie_hellman(&self, secret: &[u8; 32], point: &Point) -> Option<Zeroizing<[u8; 32]>> {
        agree_on_x(&key(secret)?, point)
    }
}

fn key(secret: &[u8; 32]) -> Option<PrivateKey> {
    PrivateKey::from_private_key(&ECDH_P256, secret).ok()
}

fn public_half(key: &PrivateKey) -> Option<Point> {
    key.compute_public_key().ok()?.as_ref().try_into().ok()
}

fn agree_on_x(key: &PrivateKey, point: &Point) -> Option<Zeroizing<[u8; 32]>> {
    let peer = UnparsedPublicKey::new(&ECDH_P256, point.as_slice());
    agree(key, peer, (), |shared| {
        let mut x = Zeroizing::new([0; 32]);
        if shared.len() != x.len() {
            return Err(());
        }
        x.copy_from_slice(shared);
        Ok(x)
    })
    .ok()
}

/// secp256k1 through libsecp256k1.
pub(super) struct LibSecp256k1;

impl Group for LibSecp256k1 {
    fn is_scalar(&self, bytes: &[u8; 32]) -> bool {
        portable::K256.is_scalar(bytes)
    }

    fn parse_point(&self, bytes: &[u8]) -> Option<Point> {
        portable::K256.parse_point(bytes)
    }

    fn public_point(&self, secret: &[u8; 32]) -> Point {
        with_secret(secret, |secret| {
            PublicKey::from_secret_key(secret).serialize_uncompressed()
        })
        .expect(CHECKED)
    }

    fn diffie_hellman(&self, secret: &[u8; 32], point: &Point) -> Option<Zeroizing<[u8; 32]>> {
        let point = PublicKey::from_byte_array_uncompressed(*point).ok()?;
        let both = Zeroizing::new(with_secret(secret, |secret| shared_secret_point(&point, secret))?);
        let mut x = Zeroizing::new([0; 32]);
        x.copy_from_slice(both.first_chunk::<32>()?);
        Some(x)
    }
}

/// The library does not wipe its secret keys on drop, so this function wipes the key after `work`.
fn with_secret<T>(secret: &[u8; 32], work: impl FnOnce(&SecretKey) -> T) -> Option<T> {
    let mut key = SecretKey::from_secret_bytes(*secret).ok()?;
    let result = work(&key);
    key.non_secure_erase();
    Some(result)
}

/// A wallet's key on secp256k1. It signs with ECDSA and the deterministic nonces of RFC 6979.
pub(crate) struct WalletKey(Zeroizing<[u8; 32]>);

impl WalletKey {
    /// Returns `None` when the bytes are not a scalar between 1 and n − 1.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        portable::K256
            .is_scalar(bytes)
            .then(|| Self(Zeroizing::new(*bytes)))
    }

    /// Returns `r || s`. The library always makes the low `s`.
    pub(crate) fn sign(&self, digest: &[u8; 32]) -> Option<Zeroizing<[u8; 64]>> {
        let message = Message::from_digest(*digest);
        with_secret(&self.0, |key| {
            Zeroizing::new(ecdsa::sign(message, key).serialize_compact())
        })
    }

    /// The same signature with its recovery bit. The portable backend computes it.
    pub(crate) fn sign_recoverable(&self, digest: &[u8; 32]) -> Option<Recoverable> {
        portable::WalletKey::from_bytes(&self.0)?.sign_recoverable(digest)
    }
}

/// Whether `r || s` is a valid signature of `digest` under a secp256k1 key.
pub(crate) fn verify(key: &Point, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    let (Ok(key), Ok(signature)) = (
        PublicKey::from_byte_array_uncompressed(*key),
        ecdsa::Signature::from_compact(signature),
    ) else {
        return false;
    };
    ecdsa::verify(&signature, Message::from_digest(*digest), &key).is_ok()
}

/// HKDF-SHA256 after its extract step (RFC 5869, 2.2).
pub(crate) struct Hkdf(hkdf::Prk);

impl Hkdf {
    /// Extracts from the concatenation of the parts of `ikm`.
    pub(crate) fn extract(salt: &[u8], ikm: &[&[u8]]) -> Self {
        Self::from_prk(&Self::extract_only(salt, ikm))
    }

    /// Runs only the extract step and returns its output: HMAC(salt, ikm).
    pub(crate) fn extract_only(salt: &[u8], ikm: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut extract = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, salt));
        for part in ikm {
            extract.update(part);
        }
        let mut prk = Zeroizing::new([0; 32]);
        prk.copy_from_slice(extract.sign().as_ref());
        prk
    }

    pub(crate) fn from_prk(prk: &[u8; 32]) -> Self {
        Self(hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, prk))
    }

    /// Expands with the concatenation of the parts of `info` (RFC 5869, 2.3). `okm` is at most 255
    /// · 32 bytes long.
    pub(crate) fn expand(&self, info: &[&[u8]], okm: &mut [u8]) {
        self.0
            .expand(info, Length(okm.len()))
            .and_then(|expanded| expanded.fill(okm))
            .expect("we never ask for more than 48 bytes");
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// AES-GCM with a 12-byte nonce and a 16-byte tag (NIST SP 800-38D).
pub(crate) struct Aead(LessSafeKey);

impl Aead {
    #[cfg(test)]
    pub(crate) fn aes_128_gcm(key: &[u8; 16]) -> Self {
        Self::new(&aead::AES_128_GCM, key)
    }

    pub(crate) fn aes_256_gcm(key: &[u8; 32]) -> Self {
        Self::new(&AES_256_GCM, key)
    }

    fn new(algorithm: &'static aead::Algorithm, key: &[u8]) -> Self {
        let key = UnboundKey::new(algorithm, key).expect("the key has the algorithm's length");
        Self(LessSafeKey::new(key))
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
