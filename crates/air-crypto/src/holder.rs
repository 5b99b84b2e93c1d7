//! The holder's envelope: an issuer that hosts credentials itself hands a credential to its holder
//! in it (the platform's issuance mode G2).
//!
//! It uses an ephemeral X25519 key (RFC 7748), HKDF-SHA256 with an empty salt and the info
//! `data-enc-aes-256-gcm`, and AES-256-GCM with a 12-byte nonce. Keys are encoded as DER: SPKI and
//! PKCS#8 (RFC 8410).
//!
//! ```rust
//! use air_crypto::holder::{HolderEnvelope, HolderPrivateKey, HolderPublicKey};
//!
//! # fn main() -> Result<(), air_crypto::Error> {
//! let mut rng = rand::rng();
//! let holder = HolderPrivateKey::generate(&mut rng);
//! let published = holder.public_key().to_string();                       // 0x302a…
//!
//! let to: HolderPublicKey = published.parse()?;
//! let envelope = to.seal(br#"{"isOver18":true}"#, &mut rng)?;
//! let (iv, tag, key) = (envelope.iv(), envelope.auth_tag(), envelope.ephemeral_key().to_spki_der());
//!
//! let received = HolderEnvelope::from_parts(envelope.data(), iv, tag, &key)?;
//! assert_eq!(holder.open(&received)?.as_slice(), br#"{"isOver18":true}"#);
//! # Ok(())
//! # }
//! ```
//!
//! # Security
//! The platform defines this format. It does not authenticate the sender, and it does not bind the
//! content to an issuer or schema. `CakPublicKey::seal` does the latter. An ephemeral key of low
//! order is refused (RFC 7748, 6.1).

use std::{fmt, str::FromStr};

use pkcs8::{
    AlgorithmIdentifierRef, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument, SubjectPublicKeyInfoRef,
    der::{
        Decode, Encode,
        asn1::{BitStringRef, OctetStringRef},
    },
};
use rand_core::CryptoRng;
use x25519_dalek::{EphemeralSecret, PublicKey, SharedSecret, StaticSecret};
use zeroize::Zeroizing;

use crate::{
    Error, Field, KeyForm,
    backend::{Aead, Hkdf},
    key::{check_length, decode_hex},
};

/// `id-X25519` (RFC 8410, 3).
const X25519: AlgorithmIdentifierRef<'static> = AlgorithmIdentifierRef {
    oid: ObjectIdentifier::new_unwrap("1.3.101.110"),
    parameters: None,
};
const INFO: &[u8] = b"data-enc-aes-256-gcm";

/// A holder's public key. Its text form is that of `initialize-user`: `0x` and the SPKI DER in hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HolderPublicKey(PublicKey);

/// A holder's private key. It is wiped on drop and never printed.
pub struct HolderPrivateKey(StaticSecret);

/// A sealed credential: ciphertext, nonce, tag, and the ephemeral public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderEnvelope {
    data: Vec<u8>,
    iv: [u8; 12],
    auth_tag: [u8; 16],
    ephemeral_key: HolderPublicKey,
}

impl HolderPublicKey {
    /// Reads SPKI DER: 44 bytes.
    ///
    /// # Errors
    /// [`Error::MalformedKey`] when it is not the SPKI of an X25519 key; [`Error::FieldTooLong`].
    pub fn from_spki_der(der: &[u8]) -> Result<Self, Error> {
        let malformed = || malformed(Field::HolderPublicKey, KeyForm::X25519Spki);
        check_length(Field::HolderPublicKey, der.len())?;
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| malformed())?;
        if info.algorithm != X25519 {
            return Err(malformed());
        }
        let bytes = info.subject_public_key.as_bytes().ok_or_else(malformed)?;
        <[u8; 32]>::try_from(bytes)
            .map(|bytes| Self(PublicKey::from(bytes)))
            .map_err(|_| malformed())
    }

    /// The key as SPKI DER: 44 bytes.
    #[must_use]
    pub fn to_spki_der(&self) -> Vec<u8> {
        BitStringRef::from_bytes(self.0.as_bytes())
            .and_then(|subject_public_key| {
                SubjectPublicKeyInfoRef {
                    algorithm: X25519,
                    subject_public_key,
                }
                .to_der()
            })
            .expect("32 bytes fit")
    }

    /// Seals a document to this key.
    ///
    /// # Errors
    /// [`Error::WeakHolderKey`] when the key is of low order: anyone could open the envelope.
    pub fn seal(&self, document: &[u8], rng: &mut impl CryptoRng) -> Result<HolderEnvelope, Error> {
        let mut iv = [0; 12];
        rng.fill_bytes(&mut iv);
        let ephemeral = EphemeralSecret::random_from_rng(rng);
        let ephemeral_key = Self(PublicKey::from(&ephemeral));
        let cipher = cipher(&ephemeral.diffie_hellman(&self.0), Field::HolderPublicKey)?;
        let mut data = document.to_vec();
        let auth_tag = cipher
            .seal_in_place(&iv, b"", &mut data)
            .expect("memory holds less than 64 GiB");
        Ok(HolderEnvelope {
            data,
            iv,
            auth_tag,
            ephemeral_key,
        })
    }
}

impl HolderPrivateKey {
    /// Generates a random key.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(StaticSecret::random_from_rng(rng))
    }

    /// Reads PKCS#8 DER (RFC 8410, 7).
    ///
    /// # Errors
    /// [`Error::MalformedKey`] when it is not the PKCS#8 of an X25519 key; [`Error::FieldTooLong`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        let malformed = || malformed(Field::HolderPrivateKey, KeyForm::X25519Pkcs8);
        check_length(Field::HolderPrivateKey, der.len())?;
        let info = PrivateKeyInfoRef::from_der(der).map_err(|_| malformed())?;
        if info.algorithm != X25519 {
            return Err(malformed());
        }
        let inner = <&OctetStringRef>::from_der(info.private_key.as_bytes()).map_err(|_| malformed())?;
        let bytes = <&[u8; 32]>::try_from(inner.as_bytes()).map_err(|_| malformed())?;
        Ok(Self(StaticSecret::from(*Zeroizing::new(*bytes))))
    }

    /// Reads the content of a file: PKCS#8 as PEM, DER or hex, with or without `0x`.
    ///
    /// # Errors
    /// [`Error::UnreadableKey`] for PEM without exactly one private key; [`Error::NotHex`]; as
    /// [`Self::from_pkcs8_der`].
    pub fn from_file_bytes(file: &[u8]) -> Result<Self, Error> {
        let field = Field::HolderPrivateKey;
        check_length(field, file.len())?;
        let text = std::str::from_utf8(air_pem::without_byte_order_mark(file));
        match text {
            // DER may be valid UTF-8 by chance, but then contains a NUL.
            Ok(text) if !text.contains("-----BEGIN ") && !text.contains('\0') => {
                Self::from_pkcs8_der(&decode_hex(field, text)?)
            }
            _ => {
                let block =
                    air_pem::private_key(file).map_err(|reason| Error::UnreadableKey { field, reason })?;
                Self::from_pkcs8_der(block.der())
            }
        }
    }

    /// The key as PKCS#8 DER: 48 bytes. Security reviews can search for the name
    /// `expose_pkcs8_der`.
    #[must_use]
    pub fn expose_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        let document = OctetStringRef::new(self.0.as_bytes())
            .and_then(|key| key.to_der().map(Zeroizing::new))
            .and_then(|key| {
                let key = OctetStringRef::new(&key)?;
                SecretDocument::encode_msg(&PrivateKeyInfoRef::new(X25519, key))
            })
            .expect("32 bytes fit");
        Zeroizing::new(document.as_bytes().to_vec())
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> HolderPublicKey {
        HolderPublicKey(PublicKey::from(&self.0))
    }

    /// Opens an envelope.
    ///
    /// # Errors
    /// [`Error::EnvelopeRejected`] when the envelope is for another holder or was changed;
    /// [`Error::WeakHolderKey`] when its ephemeral key is of low order.
    pub fn open(&self, envelope: &HolderEnvelope) -> Result<Zeroizing<Vec<u8>>, Error> {
        let shared = self.0.diffie_hellman(&envelope.ephemeral_key.0);
        let cipher = cipher(&shared, Field::EphemeralKey)?;
        let mut document = Zeroizing::new(envelope.data.clone());
        cipher
            .open_in_place(&envelope.iv, b"", &mut document, &envelope.auth_tag)
            .ok_or(Error::EnvelopeRejected)?;
        Ok(document)
    }
}

impl HolderEnvelope {
    /// Builds an envelope from a message's fields, decoded from base64 or hex. The ephemeral key
    /// (`encryptedKey` or `dataEncPublicKey`) is SPKI DER.
    ///
    /// # Errors
    /// [`Error::MalformedKey`] for the ephemeral key; [`Error::EnvelopeRejected`] when the nonce is
    /// not 12 or the tag not 16 bytes long.
    pub fn from_parts(data: &[u8], iv: &[u8], auth_tag: &[u8], ephemeral_key: &[u8]) -> Result<Self, Error> {
        Ok(Self {
            data: data.to_vec(),
            iv: iv.try_into().map_err(|_| Error::EnvelopeRejected)?,
            auth_tag: auth_tag.try_into().map_err(|_| Error::EnvelopeRejected)?,
            ephemeral_key: HolderPublicKey::from_spki_der(ephemeral_key)?,
        })
    }

    /// The ciphertext: as many bytes as the document.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The nonce of AES-256-GCM.
    #[must_use]
    pub fn iv(&self) -> &[u8; 12] {
        &self.iv
    }

    /// The authentication tag of AES-256-GCM.
    #[must_use]
    pub fn auth_tag(&self) -> &[u8; 16] {
        &self.auth_tag
    }

    /// The ephemeral public key.
    #[must_use]
    pub fn ephemeral_key(&self) -> &HolderPublicKey {
        &self.ephemeral_key
    }
}

fn cipher(shared: &SharedSecret, field: Field) -> Result<Aead, Error> {
    if !shared.was_contributory() {
        return Err(Error::WeakHolderKey { field });
    }
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::extract(b"", &[shared.as_bytes()]).expand(&[INFO], key.as_mut_slice());
    Ok(Aead::aes_256_gcm(&key))
}

fn malformed(field: Field, form: KeyForm) -> Error {
    Error::MalformedKey { field, form }
}

/// Parses SPKI DER in hex, with or without `0x`.
impl FromStr for HolderPublicKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        check_length(Field::HolderPublicKey, text.len())?;
        Self::from_spki_der(&decode_hex(Field::HolderPublicKey, text)?)
    }
}

impl fmt::Display for HolderPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.to_spki_der()))
    }
}

impl fmt::Debug for HolderPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HolderPublicKey({self})")
    }
}

impl fmt::Debug for HolderPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HolderPrivateKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::testing::{bytes, text};

    fn vectors() -> Vec<Value> {
        let vectors = crate::testing::vectors("holder-envelope-x25519.json");
        vectors["vectors"].as_array().unwrap().clone()
    }

    fn envelope(package: &Value) -> HolderEnvelope {
        let field = |name: &str| bytes(&package[name]);
        HolderEnvelope::from_parts(
            &field("encryptedData"),
            &field("iv"),
            &field("authTag"),
            &field("dataEncPublicKey"),
        )
        .unwrap()
    }

    /// An envelope that Node's crypto module sealed.
    #[test]
    fn opens_what_node_sealed() {
        let vectors = vectors();
        assert!(vectors.len() >= 3);
        for vector in &vectors {
            let name = text(&vector["name"]);
            let key = HolderPrivateKey::from_pkcs8_der(&bytes(&vector["holderPrivatePkcs8"])).unwrap();
            let public = bytes(&vector["holderPublicSpki"]);
            assert_eq!(key.public_key().to_spki_der(), public, "{name}");
            assert_eq!(HolderPublicKey::from_spki_der(&public).unwrap(), key.public_key());
            assert_eq!(
                key.expose_pkcs8_der().as_slice(),
                bytes(&vector["holderPrivatePkcs8"])
            );
            let opened = key.open(&envelope(&vector["package"])).unwrap();
            assert_eq!(opened.as_slice(), text(&vector["plaintext"]).as_bytes(), "{name}");
        }
    }

    #[test]
    fn a_key_is_read_from_a_file_in_each_form() {
        let key = HolderPrivateKey::generate(&mut rand::rng());
        let der = key.expose_pkcs8_der();
        let document = SecretDocument::try_from(der.as_slice()).unwrap();
        let pem = document.to_pem("PRIVATE KEY", pkcs8::LineEnding::LF).unwrap();
        let digits = hex::encode(&*der);
        for file in [
            der.to_vec(),
            pem.as_bytes().to_vec(),
            format!("0x{digits}\n").into_bytes(),
            digits.clone().into_bytes(),
        ] {
            let read = HolderPrivateKey::from_file_bytes(&file).unwrap();
            assert_eq!(read.public_key(), key.public_key());
        }
        let public = key.public_key().to_string();
        for file in ["", "0x", "no key", "{}", &public, "-----BEGIN PRIVATE KEY-----"] {
            assert!(
                HolderPrivateKey::from_file_bytes(file.as_bytes()).is_err(),
                "{file}"
            );
        }
    }

    #[test]
    fn opens_what_it_seals_and_nothing_else() {
        let mut rng = rand::rng();
        let key = HolderPrivateKey::generate(&mut rng);
        for document in [&b""[..], b"{}", &[7; 10_000]] {
            let envelope = key.public_key().seal(document, &mut rng).unwrap();
            assert_eq!(key.open(&envelope).unwrap().as_slice(), document);
            let other = HolderPrivateKey::generate(&mut rng);
            assert!(matches!(other.open(&envelope), Err(Error::EnvelopeRejected)));
            let mut changed = envelope.clone();
            changed.auth_tag[3] ^= 1;
            assert!(matches!(key.open(&changed), Err(Error::EnvelopeRejected)));
            let mut changed = envelope.clone();
            changed.iv[0] ^= 1;
            assert!(matches!(key.open(&changed), Err(Error::EnvelopeRejected)));
            let mut changed = envelope;
            changed.data.push(0);
            assert!(matches!(key.open(&changed), Err(Error::EnvelopeRejected)));
        }
    }

    /// RFC 7748, 6.1: the shared secret would be zero.
    #[test]
    fn refuses_points_of_low_order() {
        let mut rng = rand::rng();
        let key = HolderPrivateKey::generate(&mut rng);
        for low in [[0; 32], {
            let mut one = [0; 32];
            one[0] = 1;
            one
        }] {
            let weak = HolderPublicKey(PublicKey::from(low));
            assert!(matches!(
                weak.seal(b"x", &mut rng),
                Err(Error::WeakHolderKey { .. })
            ));
            let mut envelope = key.public_key().seal(b"x", &mut rng).unwrap();
            envelope.ephemeral_key = weak;
            assert!(matches!(
                key.open(&envelope),
                Err(Error::WeakHolderKey {
                    field: Field::EphemeralKey
                })
            ));
        }
    }

    #[test]
    fn refuses_what_is_no_x25519_key() {
        let [vector, ..] = vectors().try_into().map(|v: [Value; 3]| v).unwrap();
        let spki = bytes(&vector["holderPublicSpki"]);
        let ed25519: Vec<u8> = spki
            .iter()
            .enumerate()
            .map(|(i, b)| if i == 8 { 0x70 } else { *b })
            .collect();
        for bad in [&spki[..43], &ed25519, &[], &[0x30; 44]] {
            assert!(matches!(
                HolderPublicKey::from_spki_der(bad),
                Err(Error::MalformedKey { .. })
            ));
        }
        assert!("0xzz".parse::<HolderPublicKey>().is_err());
        assert!(HolderPrivateKey::from_pkcs8_der(&spki).is_err());
        let key = HolderPrivateKey::from_pkcs8_der(&bytes(&vector["holderPrivatePkcs8"])).unwrap();
        assert_eq!(format!("{key:?}"), "HolderPrivateKey { .. }");
    }
}
