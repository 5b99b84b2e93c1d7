//! The portable backend: RustCrypto, in pure Rust. It needs no C compiler and builds for wasm32.

use std::marker::PhantomData;

use aes_gcm::{
    Aes128Gcm, Aes256Gcm, Key, KeyInit, Nonce, Tag,
    aead::{AeadInOut, inout::InOutBuf},
};
use elliptic_curve::{
    AffinePoint, BatchNormalize, CurveArithmetic, FieldBytes, FieldBytesSize, Group as _, PublicKey,
    SecretKey,
    consts::U32,
    ecdh,
    ff::{Field, PrimeField},
    ops::{Invert, LinearCombination, MulByGeneratorVartime},
    sec1::{FromSec1Point, ModulusSize, ToSec1Point},
};
use k256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Group, Point, Recoverable, Sharing};
use crate::scalar::Scalar;

pub(super) static P256: Arithmetic<p256::NistP256> = Arithmetic(PhantomData);
pub(super) static K256: Arithmetic<k256::Secp256k1> = Arithmetic(PhantomData);

/// The arithmetic of both curves; the curve is a type parameter.
pub(super) struct Arithmetic<C>(PhantomData<fn() -> C>);

impl<C> Group for Arithmetic<C>
where
    C::ProjectivePoint: BatchNormalize<[C::ProjectivePoint], Output = Vec<AffinePoint<C>>>,
    C: CurveArithmetic + elliptic_curve::Curve<FieldBytesSize = U32>,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    fn is_scalar(&self, bytes: &[u8; 32]) -> bool {
        secret_key::<C>(bytes).is_some()
    }

    fn parse_point(&self, bytes: &[u8]) -> Option<Point> {
        let point = PublicKey::<C>::from_sec1_bytes(bytes).ok()?;
        encode_point(&point)
    }

    fn public_point(&self, secret: &[u8; 32]) -> Point {
        secret_key::<C>(secret)
            .and_then(|secret| encode_point(&secret.public_key()))
            .expect("a scalar is checked when it is parsed")
    }

    /// Computes all products in projective coordinates, then converts them with a single inversion.
    fn public_points(&self, secrets: &[&[u8; 32]]) -> Vec<Point> {
        let points: Vec<C::ProjectivePoint> = secrets
            .iter()
            .map(|secret| C::ProjectivePoint::mul_by_generator(&scalar::<C>(secret)))
            .collect();
        <C::ProjectivePoint as BatchNormalize<[_]>>::batch_normalize(points.as_slice())
            .into_iter()
            .map(|point| {
                PublicKey::<C>::from_affine(point)
                    .ok()
                    .and_then(|point| encode_point(&point))
                    .expect("a scalar is checked when it is parsed")
            })
            .collect()
    }

    fn diffie_hellman(&self, secret: &[u8; 32], point: &Point) -> Option<Zeroizing<[u8; 32]>> {
        let point = PublicKey::<C>::from_sec1_bytes(point).ok()?;
        let secret = secret_key::<C>(secret)?;
        let shared = ecdh::diffie_hellman(secret.to_nonzero_scalar(), point.as_affine());
        let mut x = Zeroizing::new([0; 32]);
        x.copy_from_slice(shared.raw_secret_bytes());
        Some(x)
    }
}

impl<C> Sharing for Arithmetic<C>
where
    C: CurveArithmetic + elliptic_curve::Curve<FieldBytesSize = U32>,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    fn multiply_add(&self, a: &[u8; 32], b: &[u8; 32], c: &[u8; 32]) -> Scalar {
        let (a, b, c) = (scalar::<C>(a), scalar::<C>(b), scalar::<C>(c));
        encode_scalar::<C>(&Zeroizing::new(*a * *b + *c))
    }

    fn negate(&self, a: &[u8; 32]) -> Scalar {
        encode_scalar::<C>(&Zeroizing::new(-*scalar::<C>(a)))
    }

    fn invert(&self, a: &[u8; 32]) -> Option<Scalar> {
        let inverse = Option::<C::Scalar>::from(Invert::invert(&*scalar::<C>(a)))?;
        Some(encode_scalar::<C>(&Zeroizing::new(inverse)))
    }

    fn multiply(&self, secret: &[u8; 32], point: &Point) -> Option<Point> {
        let point = PublicKey::<C>::from_sec1_bytes(point).ok()?.to_projective();
        encode_point(&PublicKey::<C>::from_affine((point * *scalar::<C>(secret)).into()).ok()?)
    }

    fn combine(&self, g: &[u8; 32], terms: &[([u8; 32], Point)]) -> Option<Point> {
        let mut sum = C::ProjectivePoint::mul_by_generator_vartime(&scalar::<C>(g));
        let terms: Vec<(C::ProjectivePoint, C::Scalar)> = terms
            .iter()
            .map(|(k, point)| {
                let point = PublicKey::<C>::from_sec1_bytes(point).ok()?;
                Some((point.to_projective(), *scalar::<C>(k)))
            })
            .collect::<Option<_>>()?;
        sum += C::ProjectivePoint::lincomb_vartime(terms.as_slice());
        encode_point(&PublicKey::<C>::from_affine(sum.into()).ok()?)
    }
}

/// Reads a number below n. Every caller ensures that bound; a larger number would become zero.
fn scalar<C>(bytes: &[u8; 32]) -> Zeroizing<C::Scalar>
where
    C: CurveArithmetic + elliptic_curve::Curve<FieldBytesSize = U32>,
{
    let repr = Zeroizing::new(*bytes);
    let scalar = C::Scalar::from_repr((*repr).into());
    Zeroizing::new(scalar.unwrap_or(C::Scalar::ZERO))
}

fn encode_scalar<C>(scalar: &C::Scalar) -> Scalar
where
    C: CurveArithmetic + elliptic_curve::Curve<FieldBytesSize = U32>,
{
    Zeroizing::new(scalar.to_repr().into())
}

fn secret_key<C>(bytes: &[u8; 32]) -> Option<SecretKey<C>>
where
    C: CurveArithmetic + elliptic_curve::Curve<FieldBytesSize = U32>,
{
    SecretKey::from_bytes(<&FieldBytes<C>>::from(bytes)).ok()
}

fn encode_point<C>(point: &PublicKey<C>) -> Option<Point>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    point.to_sec1_point(false).as_bytes().try_into().ok()
}

pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

/// A wallet's key on secp256k1. It signs with ECDSA and the deterministic nonces of RFC 6979.
pub(crate) struct WalletKey(k256::ecdsa::SigningKey);

impl WalletKey {
    /// Returns `None` when the bytes are not a scalar between 1 and n − 1.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        k256::ecdsa::SigningKey::from_bytes(bytes.into()).ok().map(Self)
    }

    /// Returns `r || s` with low `s`.
    pub(crate) fn sign(&self, digest: &[u8; 32]) -> Option<Zeroizing<[u8; 64]>> {
        let signature: k256::ecdsa::Signature = self.0.sign_prehash(digest).ok()?;
        Some(Zeroizing::new(signature.normalize_s().to_bytes().into()))
    }

    /// The same signature with its recovery bit. Returns `None` when `x` was reduced modulo the
    /// order, which has a probability of about 2^-127.
    pub(crate) fn sign_recoverable(&self, digest: &[u8; 32]) -> Option<Recoverable> {
        let (signature, id) = self.0.sign_prehash_recoverable(digest);
        (!id.is_x_reduced()).then(|| Recoverable {
            scalars: signature.to_bytes().into(),
            y_is_odd: id.is_y_odd(),
        })
    }
}

/// Recovers the public key that signed `digest`.
pub(crate) fn recover(digest: &[u8; 32], signed: &Recoverable) -> Option<Point> {
    let signature = k256::ecdsa::Signature::from_slice(&signed.scalars).ok()?;
    let id = k256::ecdsa::RecoveryId::new(signed.y_is_odd, false);
    let key = k256::ecdsa::VerifyingKey::recover_from_prehash(digest, &signature, id).ok()?;
    key.to_sec1_point(false).as_bytes().try_into().ok()
}

/// Whether `r || s` is a valid signature of `digest` under a secp256k1 key.
pub(crate) fn verify(key: &Point, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    let (Ok(key), Ok(signature)) = (
        k256::ecdsa::VerifyingKey::from_sec1_bytes(key),
        k256::ecdsa::Signature::from_slice(signature),
    ) else {
        return false;
    };
    key.verify_prehash(digest, &signature).is_ok()
}

/// HKDF-SHA256 after its extract step (RFC 5869, 2.2).
pub(crate) struct Hkdf(hkdf::Hkdf<Sha256>);

impl Hkdf {
    /// Extracts from the concatenation of the parts of `ikm`.
    pub(crate) fn extract(salt: &[u8], ikm: &[&[u8]]) -> Self {
        let mut extract = hkdf::HkdfExtract::<Sha256>::new(Some(salt));
        for part in ikm {
            extract.input_ikm(part);
        }
        Self(extract.finalize().1)
    }

    /// Runs only the extract step and returns its output: HMAC(salt, ikm).
    pub(crate) fn extract_only(salt: &[u8], ikm: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut extract = hkdf::HkdfExtract::<Sha256>::new(Some(salt));
        for part in ikm {
            extract.input_ikm(part);
        }
        Zeroizing::new(extract.finalize().0.into())
    }

    pub(crate) fn from_prk(prk: &[u8; 32]) -> Self {
        Self(hkdf::Hkdf::from_prk(prk).expect("32 bytes are as long as the hash"))
    }

    /// Expands with the concatenation of the parts of `info` (RFC 5869, 2.3). `okm` is at most 255
    /// · 32 bytes long.
    pub(crate) fn expand(&self, info: &[&[u8]], okm: &mut [u8]) {
        self.0
            .expand_multi_info(info, okm)
            .expect("we never ask for more than 48 bytes");
    }
}

/// AES-GCM with a 12-byte nonce and a 16-byte tag (NIST SP 800-38D).
pub(crate) enum Aead {
    /// Used only by the vectors of RFC 9180. The specification has no suite with AES-128.
    #[cfg_attr(not(test), expect(dead_code, reason = "the published vectors use it"))]
    Aes128Gcm(Box<Aes128Gcm>),
    Aes256Gcm(Box<Aes256Gcm>),
}

impl Aead {
    #[cfg(test)]
    pub(crate) fn aes_128_gcm(key: &[u8; 16]) -> Self {
        Self::Aes128Gcm(Box::new(Aes128Gcm::new(<&Key<Aes128Gcm>>::from(key))))
    }

    pub(crate) fn aes_256_gcm(key: &[u8; 32]) -> Self {
        Self::Aes256Gcm(Box::new(Aes256Gcm::new(<&Key<Aes256Gcm>>::from(key))))
    }

    /// Encrypts in place and returns the tag; `None` past the 64 GiB that GCM allows.
    pub(crate) fn seal_in_place(&self, nonce: &[u8; 12], aad: &[u8], text: &mut [u8]) -> Option<[u8; 16]> {
        let (nonce, text) = (<&Nonce<_>>::from(nonce), InOutBuf::from(text));
        let tag = match self {
            Self::Aes128Gcm(cipher) => cipher.encrypt_inout_detached(nonce, aad, text),
            Self::Aes256Gcm(cipher) => cipher.encrypt_inout_detached(nonce, aad, text),
        };
        tag.ok().map(Into::into)
    }

    /// Decrypts in place. When the tag differs, it returns `None` and leaves the text unchanged.
    pub(crate) fn open_in_place(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        text: &mut [u8],
        tag: &[u8; 16],
    ) -> Option<()> {
        let (nonce, text, tag) = (<&Nonce<_>>::from(nonce), InOutBuf::from(text), <&Tag>::from(tag));
        match self {
            Self::Aes128Gcm(cipher) => cipher.decrypt_inout_detached(nonce, aad, text, tag),
            Self::Aes256Gcm(cipher) => cipher.decrypt_inout_detached(nonce, aad, text, tag),
        }
        .ok()
    }
}
