//! Chains as tokens carry them: `x5c` (RFC 7515, 4.1.6) and `x5chain` (RFC 9360, 2).

use air_jwt::{Jwk, jws::X5c};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::{Certificate, Error, certificate::CERTIFICATE_LIMIT};

/// The maximum number of certificates: a leaf and three intermediate ones, with room for as many
/// again.
const CHAIN_LIMIT: usize = 8;

/// A chain from the leaf up. It is not validated: use [`crate::Validator`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateChain {
    leaf: Certificate,
    others: Vec<Certificate>,
}

impl CertificateChain {
    /// Reads the value of the header parameter `x5c`: at most 8 certificates of at most 8 KiB.
    ///
    /// # Errors
    /// [`Error::InvalidX5c`], [`Error::TooManyCertificates`], [`Error::InvalidBase64`],
    /// [`Error::CertificateTooLarge`] or [`Error::MalformedCertificate`].
    pub fn from_x5c(value: &Value) -> Result<Self, Error> {
        let texts: Vec<&str> = value
            .as_array()
            .and_then(|texts| texts.iter().map(Value::as_str).collect())
            .ok_or(Error::InvalidX5c)?;
        check_count(texts.len())?;
        let ders = texts
            .iter()
            .enumerate()
            .map(|(index, text)| decode(index, text))
            .collect::<Result<Vec<_>, Error>>()?;
        Self::from_ders(ders.iter().map(Vec::as_slice))
    }

    /// Reads certificates in DER from the leaf up, as in the COSE header parameter `x5chain`.
    ///
    /// # Errors
    /// As [`Self::from_x5c`].
    pub fn from_ders<'a>(ders: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Error> {
        let ders: Vec<&[u8]> = ders.into_iter().take(CHAIN_LIMIT + 1).collect();
        check_count(ders.len())?;
        let mut certificates = ders
            .iter()
            .enumerate()
            .map(|(index, der)| Certificate::at_index(der, index));
        Ok(Self {
            leaf: certificates.next().ok_or(Error::InvalidX5c)??,
            others: certificates.collect::<Result<_, Error>>()?,
        })
    }

    /// Reads the certificates of a PEM file, from the leaf up. Keys in the same file are ignored.
    ///
    /// # Errors
    /// [`Error::UnreadableChain`], and as [`Self::from_x5c`].
    pub fn from_pem(file: &[u8]) -> Result<Self, Error> {
        let blocks = air_pem::certificates(file).map_err(Error::UnreadableChain)?;
        Self::from_ders(blocks.iter().map(air_pem::Block::der))
    }

    /// A chain of these certificates.
    #[must_use]
    pub fn new(leaf: Certificate, others: Vec<Certificate>) -> Self {
        Self { leaf, others }
    }

    /// The leaf with other intermediate certificates.
    pub(crate) fn with_intermediates(self, others: Vec<Certificate>) -> Self {
        Self { others, ..self }
    }

    /// The certificate whose key signed the token.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The certificates after the leaf.
    #[must_use]
    pub fn intermediates(&self) -> &[Certificate] {
        &self.others
    }

    /// All certificates, from the leaf up.
    pub fn iter(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.leaf).chain(&self.others)
    }

    /// The chain as the value of `x5c`.
    #[must_use]
    pub fn to_x5c(&self) -> Value {
        self.iter()
            .map(|certificate| Value::String(STANDARD.encode(certificate.der())))
            .collect()
    }

    /// The chain for a token that the owner of `key` signs, after the checks that need no anchor (HAIP;
    /// RFC 7515, 4.1.6). [`crate::Validator::haip`] checks the rest: times, signatures, and that the chain
    /// does not contain an anchor that is not self-signed.
    ///
    /// # Errors
    /// [`Error::LeafSelfSigned`], [`Error::ContainsAnchor`], [`Error::WrongOrder`],
    /// [`Error::UnsupportedKey`] or [`Error::ForeignLeaf`].
    pub fn signing_x5c(&self, key: &Jwk) -> Result<X5c, Error> {
        if self.leaf.is_self_issued() {
            return Err(Error::LeafSelfSigned);
        }
        if let Some(index) = self.iter().position(Certificate::is_self_issued) {
            return Err(Error::ContainsAnchor { index });
        }
        self.check_order()?;
        if self.leaf.jwk()?.verifying_key() != key.verifying_key() {
            return Err(Error::ForeignLeaf);
        }
        let authorities = self.others.iter().map(Certificate::der);
        Ok(X5c::new(self.leaf.der(), authorities))
    }

    /// Whether each certificate names the next one as its issuer.
    pub(crate) fn check_order(&self) -> Result<(), Error> {
        let mut pairs = self.iter().zip(&self.others);
        match pairs.position(|(certificate, issuer)| !certificate.names_as_issuer(issuer)) {
            Some(index) => Err(Error::WrongOrder { index }),
            None => Ok(()),
        }
    }

    /// Whether a certificate of the chain names this authority key identifier, as the trusted
    /// authority type `aki` of a DCQL query requires (OpenID4VP 1.0, 6.1.1.1). Anyone can add a
    /// certificate with any identifier: ask [`crate::ValidChain::chain`].
    #[must_use]
    pub fn has_authority_key_id(&self, id: &[u8]) -> bool {
        self.iter()
            .any(|certificate| certificate.authority_key_id() == Some(id))
    }
}

fn check_count(count: usize) -> Result<(), Error> {
    if count > CHAIN_LIMIT {
        return Err(Error::TooManyCertificates {
            count,
            limit: CHAIN_LIMIT,
        });
    }
    Ok(())
}

fn decode(index: usize, text: &str) -> Result<Vec<u8>, Error> {
    // Base64 has four characters for three bytes.
    let length = text.len() / 4 * 3;
    if length > CERTIFICATE_LIMIT + 3 {
        return Err(Error::CertificateTooLarge {
            index,
            length,
            limit: CERTIFICATE_LIMIT,
        });
    }
    STANDARD.decode(text).map_err(|_| Error::InvalidBase64 { index })
}
