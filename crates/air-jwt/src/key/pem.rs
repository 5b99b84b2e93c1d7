//! Private keys as PEM and DER: PKCS#8 (RFC 5958), SEC1 (RFC 5915), PKCS#1 (RFC 8017, A.1.2).

use air_pem::{Block, Label};
use base64::{Engine, engine::general_purpose::STANDARD};
use p256::pkcs8::{
    DecodePrivateKey, EncodePrivateKey, LineEnding, PrivateKeyInfoRef, SecretDocument,
    der::{Decode, oid::ObjectIdentifier},
};
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use zeroize::Zeroizing;

use super::{Private, SigningKey};
use crate::Error;

const PKCS8: &str = "PRIVATE KEY";
const SEC1: &str = "EC PRIVATE KEY";
const PKCS1: &str = "RSA PRIVATE KEY";

/// The maximum length of a key in bytes. An RSA key of 4,096 bits has 2.4 KiB of DER and 3.2 KiB of
/// PEM.
const LIMIT: usize = 16 * 1024;

/// `rsaEncryption` (RFC 8017, A.1).
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The format of a private key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyForm {
    /// PKCS#8, `PRIVATE KEY`: the most widely supported format.
    #[default]
    Pkcs8,
    /// The older format of each algorithm: SEC1 (`EC PRIVATE KEY`) for ES256, PKCS#1
    /// (`RSA PRIVATE KEY`) for RS256.
    Traditional,
}

impl SigningKey {
    /// Reads a key in any text format: PEM, a JWK, or base64 of DER. The `kid` is that of the JWK,
    /// or the thumbprint.
    ///
    /// # Errors
    /// As [`Self::from_pem`], [`Self::from_jwk`] and [`Self::from_base64_der`].
    pub fn from_text(text: &str) -> Result<Self, Error> {
        Self::from_file_bytes(text.as_bytes())
    }

    /// As [`Self::from_text`], for the bytes of a file, which may also be DER.
    ///
    /// # Errors
    /// As [`Self::from_text`].
    pub fn from_file_bytes(file: &[u8]) -> Result<Self, Error> {
        let content = air_pem::without_byte_order_mark(file).trim_ascii();
        if content.starts_with(b"{") {
            return Self::from_jwk(content);
        }
        match (air_pem::private_key(file), std::str::from_utf8(content)) {
            (Err(air_pem::Error::NoBlock), Ok(text)) => Self::from_base64_der(text),
            (block, _) => Self::from_block(block),
        }
    }

    /// Reads PEM with PKCS#8 (`PRIVATE KEY`), SEC1 (`EC PRIVATE KEY`) or PKCS#1
    /// (`RSA PRIVATE KEY`). The file may contain other text, parameters and certificates too. The
    /// `kid` is the thumbprint.
    ///
    /// # Errors
    /// [`Error::EncryptedPrivateKey`]; [`Error::RsaKeySize`]; [`Error::UnreadableKey`] with the
    /// reason; [`Error::InvalidPrivateKey`] for anything else.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        Self::from_block(air_pem::private_key(pem.as_bytes()))
    }

    fn from_block(block: Result<Block, air_pem::Error>) -> Result<Self, Error> {
        let block = match block {
            Err(air_pem::Error::NoBlock) => return Err(Error::InvalidPrivateKey),
            block => block?,
        };
        if block.is_encrypted() {
            return Err(Error::EncryptedPrivateKey);
        }
        if block.der().len() > LIMIT {
            return Err(Error::InvalidPrivateKey);
        }
        match block.label() {
            None => Self::from_der(block.der()),
            Some(Label::PrivateKey) => Self::from_pkcs8(block.der()),
            Some(Label::EcPrivateKey) => Self::from_sec1(block.der()),
            Some(Label::RsaPrivateKey) => Self::from_pkcs1(block.der()),
            Some(_) => Err(Error::InvalidPrivateKey),
        }
    }

    /// Reads DER in any format: PKCS#8, SEC1 or PKCS#1. The `kid` is the thumbprint.
    ///
    /// # Errors
    /// [`Error::RsaKeySize`], or [`Error::InvalidPrivateKey`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        if der.len() > LIMIT {
            return Err(Error::InvalidPrivateKey);
        }
        let mut refusal = Error::InvalidPrivateKey;
        for read in [Self::from_pkcs8, Self::from_sec1, Self::from_pkcs1] {
            match read(der) {
                Ok(key) => return Ok(key),
                Err(error @ Error::RsaKeySize { .. }) => refusal = error,
                Err(_) => {}
            }
        }
        Err(refusal)
    }

    /// Reads standard base64 of DER; white space is allowed. The platform's examples use this
    /// format in `PARTNER_PRIVATE_KEY_DER`.
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_base64_der(text: &str) -> Result<Self, Error> {
        if text.len() > LIMIT {
            return Err(Error::InvalidPrivateKey);
        }
        let letters = Zeroizing::new(
            text.bytes()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect::<Vec<u8>>(),
        );
        let der = Zeroizing::new(STANDARD.decode(&letters).map_err(|_| Error::InvalidPrivateKey)?);
        Self::from_der(&der)
    }

    /// The key as PKCS#8 PEM. Security reviews can search for the name `expose_pkcs8_pem`.
    #[must_use]
    pub fn expose_pkcs8_pem(&self) -> Zeroizing<String> {
        self.expose_pem(KeyForm::Pkcs8)
    }

    /// The key as PEM in this format.
    #[must_use]
    pub fn expose_pem(&self, form: KeyForm) -> Zeroizing<String> {
        let label = match (form, &self.private) {
            (KeyForm::Pkcs8, _) => PKCS8,
            (KeyForm::Traditional, Private::Es256 { .. }) => SEC1,
            (KeyForm::Traditional, Private::Rs256 { .. }) => PKCS1,
        };
        SecretDocument::try_from(self.expose_der(form).as_slice())
            .and_then(|document| document.to_pem(label, LineEnding::LF))
            .expect("DER has a PEM form")
    }

    /// The key as DER in this format.
    #[must_use]
    pub fn expose_der(&self, form: KeyForm) -> Zeroizing<Vec<u8>> {
        match (form, &self.private) {
            (KeyForm::Pkcs8, Private::Es256 { secret, .. }) => {
                secret.to_pkcs8_der().ok().map(|der| der.to_bytes())
            }
            (KeyForm::Pkcs8, Private::Rs256 { key, .. }) => key.to_pkcs8_der().ok().map(|der| der.to_bytes()),
            (KeyForm::Traditional, Private::Es256 { secret, .. }) => secret.to_sec1_der().ok(),
            (KeyForm::Traditional, Private::Rs256 { key, .. }) => {
                key.to_pkcs1_der().ok().map(|der| der.to_bytes())
            }
        }
        .expect("a checked key has each form of its algorithm")
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, Error> {
        let info = PrivateKeyInfoRef::from_der(der).map_err(|_| Error::InvalidPrivateKey)?;
        if info.algorithm.oid == RSA_ENCRYPTION {
            return Self::from_pkcs1(info.private_key.as_bytes());
        }
        p256::SecretKey::from_pkcs8_der(der)
            .map(Self::from_p256)
            .map_err(|_| Error::InvalidPrivateKey)
    }

    fn from_sec1(der: &[u8]) -> Result<Self, Error> {
        p256::SecretKey::from_sec1_der(der)
            .map(Self::from_p256)
            .map_err(|_| Error::InvalidPrivateKey)
    }

    fn from_pkcs1(der: &[u8]) -> Result<Self, Error> {
        let key = rsa::PrivateKey::from_pkcs1_der(der).map_err(|_| Error::InvalidPrivateKey)?;
        Self::from_rsa(key)
    }
}
