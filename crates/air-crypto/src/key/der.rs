//! DER and PEM formats, which name the curve: SPKI (RFC 5280, 4.1.2.7; RFC 5480), PKCS#8 (RFC
//! 5958), SEC1 (RFC 5915).

use air_pem::{Block, Label};
use pkcs8::{
    AlgorithmIdentifierRef, Document, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument,
    SubjectPublicKeyInfoRef,
    der::{
        Decode,
        asn1::{AnyRef, BitStringRef, OctetStringRef},
        pem::{LineEnding, PemLabel},
    },
};
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

use super::{CakPrivateKey, CakPublicKey, check_length};
use crate::{Curve, Error, Field, KeyForm};

/// `id-ecPublicKey` (RFC 5480, 2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `secp256r1` (RFC 5480, 2.1.1.1).
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// `secp256k1` (SEC 2, A.2.1).
const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");

impl CakPublicKey {
    /// Reads SPKI DER.
    ///
    /// # Errors
    /// [`Error::MalformedKey`], or [`Error::InvalidPoint`].
    pub fn from_spki_der(der: &[u8]) -> Result<Self, Error> {
        let malformed = || malformed(Field::PublicKey, KeyForm::Spki);
        check_length(Field::PublicKey, der.len())?;
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| malformed())?;
        let curve = curve_of(&info.algorithm).ok_or_else(malformed)?;
        let point = info.subject_public_key.as_bytes().ok_or_else(malformed)?;
        Self::from_sec1(curve, point)
    }

    /// Reads SPKI PEM: `-----BEGIN PUBLIC KEY-----`.
    ///
    /// # Errors
    /// As [`CakPublicKey::from_spki_der`].
    pub fn from_spki_pem(pem: &str) -> Result<Self, Error> {
        let field = Field::PublicKey;
        check_length(field, pem.len())?;
        let block = air_pem::public_key(pem.as_bytes()).map_err(unreadable(field, KeyForm::Spki))?;
        Self::from_spki_der(block.der())
    }

    /// The key as SPKI DER: 91 bytes on secp256r1, 88 on secp256k1.
    #[must_use]
    pub fn to_spki_der(&self) -> Vec<u8> {
        self.spki().into_vec()
    }

    /// The key as SPKI PEM. Lines end in LF.
    #[must_use]
    pub fn to_spki_pem(&self) -> String {
        self.spki()
            .to_pem(SubjectPublicKeyInfoRef::PEM_LABEL, LineEnding::LF)
            .expect("a short document fits")
    }

    fn spki(&self) -> Document {
        let object = curve_oid(self.curve());
        BitStringRef::from_bytes(self.as_uncompressed())
            .and_then(|point| {
                Document::encode_msg(&SubjectPublicKeyInfoRef {
                    algorithm: algorithm(&object),
                    subject_public_key: point,
                })
            })
            .expect("65 bytes fit")
    }
}

impl CakPrivateKey {
    /// Reads PKCS#8 DER.
    ///
    /// # Errors
    /// [`Error::MalformedKey`]; [`Error::InvalidScalar`]; [`Error::KeyHalvesDiffer`] when the
    /// public half inside belongs to another key.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        let malformed = || malformed(Field::PrivateKey, KeyForm::Pkcs8);
        check_length(Field::PrivateKey, der.len())?;
        let info = PrivateKeyInfoRef::from_der(der).map_err(|_| malformed())?;
        let curve = curve_of(&info.algorithm).ok_or_else(malformed)?;
        let key = EcPrivateKey::from_der(info.private_key.as_bytes()).map_err(|_| malformed())?;
        from_ec_private_key(&key, Some(curve))
    }

    /// Reads a PEM file with PKCS#8 (`PRIVATE KEY`) or SEC1 (`EC PRIVATE KEY`), or DER of either.
    /// The file may contain other text, parameters and certificates too.
    ///
    /// # Errors
    /// As [`CakPrivateKey::from_pkcs8_der`]; [`Error::PassphraseNeeded`] for an encrypted key;
    /// [`Error::UnreadableKey`] with the reason.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        Self::from_block(&private_block(pem.as_bytes())?)
    }

    pub(super) fn from_block(block: &Block) -> Result<Self, Error> {
        if block.is_encrypted() || is_encrypted_der(block) {
            return Err(Error::PassphraseNeeded);
        }
        match block.label() {
            Some(Label::PrivateKey) => Self::from_pkcs8_der(block.der()),
            Some(Label::EcPrivateKey) => Self::from_sec1_der(block.der()),
            None => Self::from_pkcs8_der(block.der()).or_else(|error| match error {
                Error::MalformedKey { .. } => Self::from_sec1_der(block.der()),
                error => Err(error),
            }),
            Some(_) => Err(malformed(Field::PrivateKey, KeyForm::Pkcs8)),
        }
    }

    fn from_sec1_der(der: &[u8]) -> Result<Self, Error> {
        let key = EcPrivateKey::from_der(der).map_err(|_| malformed(Field::PrivateKey, KeyForm::Pkcs8))?;
        from_ec_private_key(&key, None)
    }

    /// The key as PKCS#8 DER, with the public half inside. Security reviews can search for the name
    /// `expose_pkcs8_der`.
    #[must_use]
    pub fn expose_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.pkcs8().as_bytes().to_vec())
    }

    /// The key as PKCS#8 PEM. Lines end in LF. Security reviews can search for the name
    /// `expose_pkcs8_pem`.
    #[must_use]
    pub fn expose_pkcs8_pem(&self) -> Zeroizing<String> {
        self.pkcs8()
            .to_pem(PrivateKeyInfoRef::PEM_LABEL, LineEnding::LF)
            .expect("a short document fits")
    }

    fn pkcs8(&self) -> SecretDocument {
        self.with_pkcs8(|info| SecretDocument::encode_msg(info).map_err(pkcs8::Error::from))
    }

    /// Passes the key's PKCS#8 structure to `encode`, which encodes or encrypts it.
    pub(super) fn with_pkcs8<T>(&self, encode: impl FnOnce(&PrivateKeyInfoRef<'_>) -> pkcs8::Result<T>) -> T {
        let key = EcPrivateKey {
            private_key: self.expose_secret(),
            parameters: None,
            public_key: Some(self.public_key().as_uncompressed()),
        };
        let object = curve_oid(self.curve());
        SecretDocument::encode_msg(&key)
            .map_err(pkcs8::Error::from)
            .and_then(|key| {
                let key = OctetStringRef::new(key.as_bytes())?;
                encode(&PrivateKeyInfoRef::new(algorithm(&object), key))
            })
            .expect("a key of 32 bytes fits")
    }
}

/// Reads a SEC1 structure. The curve is named inside it or by the structure around it; if both name
/// it, they must agree.
fn from_ec_private_key(key: &EcPrivateKey<'_>, outer: Option<Curve>) -> Result<CakPrivateKey, Error> {
    let malformed = || malformed(Field::PrivateKey, KeyForm::Pkcs8);
    let inner = match &key.parameters {
        Some(parameters) => Some(
            parameters
                .named_curve()
                .and_then(named_curve)
                .ok_or_else(malformed)?,
        ),
        None => None,
    };
    let curve = match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => return Err(malformed()),
        (Some(curve), _) | (None, Some(curve)) => curve,
        (None, None) => return Err(malformed()),
    };
    let scalar = <&[u8; 32]>::try_from(key.private_key).map_err(|_| Error::InvalidScalar {
        field: Field::PrivateKey,
        curve,
    })?;
    let private = CakPrivateKey::from_bytes(curve, scalar)?;
    match key.public_key {
        Some(point) if CakPublicKey::from_sec1(curve, point)? != *private.public_key() => {
            Err(Error::KeyHalvesDiffer)
        }
        _ => Ok(private),
    }
}

/// Finds the private key in a file.
pub(super) fn private_block(file: &[u8]) -> Result<Block, Error> {
    let field = Field::PrivateKey;
    check_length(field, file.len())?;
    air_pem::private_key(file).map_err(unreadable(field, KeyForm::Pkcs8))
}

/// Whether a block is encrypted PKCS#8. DER has no label, so its structure decides.
pub(super) fn is_encrypted_der(block: &Block) -> bool {
    match block.label() {
        Some(label) => label == Label::EncryptedPrivateKey,
        None => has_structure_of_encrypted(block.der()),
    }
}

#[cfg(feature = "passphrase")]
fn has_structure_of_encrypted(der: &[u8]) -> bool {
    pkcs8::EncryptedPrivateKeyInfoRef::from_der(der).is_ok()
}

/// A build that reads no encrypted key refuses it as malformed.
#[cfg(not(feature = "passphrase"))]
fn has_structure_of_encrypted(_: &[u8]) -> bool {
    false
}

/// Maps the reason why a file was refused. A file without any key is malformed.
pub(super) fn unreadable(field: Field, form: KeyForm) -> impl Fn(air_pem::Error) -> Error {
    move |reason| match reason {
        air_pem::Error::NoBlock => malformed(field, form),
        reason => Error::UnreadableKey { field, reason },
    }
}

pub(super) fn malformed(field: Field, form: KeyForm) -> Error {
    Error::MalformedKey { field, form }
}

fn algorithm(curve: &ObjectIdentifier) -> AlgorithmIdentifierRef<'_> {
    AlgorithmIdentifierRef {
        oid: EC_PUBLIC_KEY,
        parameters: Some(AnyRef::from(curve)),
    }
}

fn curve_of(algorithm: &AlgorithmIdentifierRef<'_>) -> Option<Curve> {
    algorithm.assert_algorithm_oid(EC_PUBLIC_KEY).ok()?;
    named_curve(algorithm.parameters_oid().ok()?)
}

fn named_curve(oid: ObjectIdentifier) -> Option<Curve> {
    [Curve::Secp256r1, Curve::Secp256k1]
        .into_iter()
        .find(|curve| curve_oid(*curve) == oid)
}

fn curve_oid(curve: Curve) -> ObjectIdentifier {
    match curve {
        Curve::Secp256r1 => SECP256R1,
        Curve::Secp256k1 => SECP256K1,
    }
}
