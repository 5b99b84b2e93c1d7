//! Certificates and the fields that the rules read.

use std::fmt;

use air_ids::UnixTime;
use air_jwt::{Jwk, VerifyingKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use x509_cert::{
    Version,
    der::{Decode, Encode},
    ext::pkix::{
        AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName,
        SubjectKeyIdentifier, name::GeneralName,
    },
    time::Time,
};

use crate::{Error, Purpose};

/// The maximum length of a certificate in bytes. Usual ones have less than 1,500.
pub(crate) const CERTIFICATE_LIMIT: usize = 8 * 1024;

const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const SECP256R1: &str = "1.2.840.10045.3.1.7";
const SECP384R1: &str = "1.3.132.0.34";

/// The type of a certificate's public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublicKeyType {
    /// An elliptic curve key on P-256.
    P256,
    /// An elliptic curve key on P-384.
    P384,
    /// An RSA key.
    Rsa,
    /// Any other key.
    Other,
}

impl fmt::Display for PublicKeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256 => "on P-256",
            Self::P384 => "on P-384",
            Self::Rsa => "an RSA key",
            Self::Other => "of another type",
        })
    }
}

/// The parts of the key usage that the rules read (RFC 5280, 4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Usage {
    digital_signature: bool,
    certificate_signature: bool,
}

/// A certificate in DER with its fields. It is not validated: anyone may have made it.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Box<[u8]>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    subject_text: String,
    not_before: UnixTime,
    not_after: UnixTime,
    key_type: PublicKeyType,
    key: Vec<u8>,
    dns_names: Vec<String>,
    uris: Vec<String>,
    authority_key_id: Option<Vec<u8>>,
    subject_key_id: Option<Vec<u8>>,
    usage: Option<Usage>,
    purposes: Vec<String>,
    is_authority: bool,
    path_length: Option<u8>,
}

impl Certificate {
    /// Reads a certificate of at most 8 KiB.
    ///
    /// # Errors
    /// [`Error::CertificateTooLarge`] or [`Error::MalformedCertificate`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Self::at_index(der, 0)
    }

    pub(crate) fn at_index(der: &[u8], index: usize) -> Result<Self, Error> {
        if der.len() > CERTIFICATE_LIMIT {
            return Err(Error::CertificateTooLarge {
                index,
                length: der.len(),
                limit: CERTIFICATE_LIMIT,
            });
        }
        Self::parse(der).ok_or(Error::MalformedCertificate { index })
    }

    fn parse(der: &[u8]) -> Option<Self> {
        let certificate = x509_cert::Certificate::from_der(der).ok()?;
        let fields = certificate.tbs_certificate();
        if fields.version() != Version::V3 {
            return None;
        }
        let key_info = fields.subject_public_key_info();
        let curve = key_info
            .algorithm
            .parameters
            .as_ref()
            .and_then(|parameters| {
                parameters
                    .decode_as::<x509_cert::der::asn1::ObjectIdentifier>()
                    .ok()
            })
            .map(|curve| curve.to_string());
        let key_type = match (key_info.algorithm.oid.to_string().as_str(), curve.as_deref()) {
            (EC_PUBLIC_KEY, Some(SECP256R1)) => PublicKeyType::P256,
            (EC_PUBLIC_KEY, Some(SECP384R1)) => PublicKeyType::P384,
            (RSA_ENCRYPTION, _) => PublicKeyType::Rsa,
            _ => PublicKeyType::Other,
        };
        let names = extension::<SubjectAltName>(&certificate)
            .ok()?
            .map(|SubjectAltName(names)| names);
        let names = names.unwrap_or_default();
        let authority_key_id = extension::<AuthorityKeyIdentifier>(&certificate)
            .ok()?
            .and_then(|extension| extension.key_identifier)
            .map(|id| id.as_bytes().to_vec());
        let subject_key_id = extension::<SubjectKeyIdentifier>(&certificate)
            .ok()?
            .map(|SubjectKeyIdentifier(id)| id.as_bytes().to_vec());
        let purposes = extension::<ExtendedKeyUsage>(&certificate)
            .ok()?
            .map(|ExtendedKeyUsage(purposes)| purposes.iter().map(ToString::to_string).collect());
        let constraints = extension::<BasicConstraints>(&certificate).ok()?;
        Some(Self {
            issuer: fields.issuer().to_der().ok()?,
            subject: fields.subject().to_der().ok()?,
            subject_text: fields.subject().to_string(),
            not_before: time(fields.validity().not_before),
            not_after: time(fields.validity().not_after),
            key_type,
            key: key_info.subject_public_key.as_bytes()?.to_vec(),
            dns_names: names
                .iter()
                .filter_map(|name| match name {
                    GeneralName::DnsName(name) => Some(name.to_string()),
                    _ => None,
                })
                .collect(),
            uris: names
                .iter()
                .filter_map(|name| match name {
                    GeneralName::UniformResourceIdentifier(uri) => Some(uri.to_string()),
                    _ => None,
                })
                .collect(),
            authority_key_id,
            subject_key_id,
            usage: extension::<KeyUsage>(&certificate).ok()?.map(|usage| Usage {
                digital_signature: usage.digital_signature(),
                certificate_signature: usage.key_cert_sign(),
            }),
            purposes: purposes.unwrap_or_default(),
            is_authority: constraints.as_ref().is_some_and(|constraints| constraints.ca),
            path_length: constraints.and_then(|constraints| constraints.path_len_constraint),
            der: der.into(),
        })
    }

    /// The certificate in DER, as it was received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The value of the client id prefix `x509_hash` (OpenID4VP 1.0, 5.9.3): the SHA-256 digest of
    /// the DER in base64url.
    #[must_use]
    pub fn x509_hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(&self.der))
    }

    /// The subject's name in the form of RFC 4514. Anyone may have chosen it.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject_text
    }

    /// The beginning of the validity.
    #[must_use]
    pub fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// The end of the validity. The certificate is valid in this second.
    #[must_use]
    pub fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// The type of the public key.
    #[must_use]
    pub fn key_type(&self) -> PublicKeyType {
        self.key_type
    }

    /// The public key as a JWK, with its thumbprint as the id.
    ///
    /// # Errors
    /// [`Error::UnsupportedKey`] when the key is not on P-256 and is not an RSA key of 2,048 to
    /// 4,096 bits.
    pub fn jwk(&self) -> Result<Jwk, Error> {
        let key = match self.key_type {
            PublicKeyType::P256 => VerifyingKey::from_p256_point(&self.key).ok(),
            PublicKeyType::Rsa => VerifyingKey::from_rsa_der(&self.key).ok(),
            PublicKeyType::P384 | PublicKeyType::Other => None,
        };
        let key = key.ok_or(Error::UnsupportedKey { found: self.key_type })?;
        let kid = key.thumbprint();
        Ok(Jwk::new(key, kid))
    }

    /// The DNS names of the subject alternative name, as they are in the certificate.
    #[must_use]
    pub fn dns_names(&self) -> &[String] {
        &self.dns_names
    }

    /// The URIs of the subject alternative name.
    #[must_use]
    pub fn uris(&self) -> &[String] {
        &self.uris
    }

    /// The first URI of the subject alternative name, or else its first DNS name: the name of an issuer
    /// whose identity is its certificate.
    #[must_use]
    pub fn alternative_name(&self) -> Option<&str> {
        let mut names = self.uris.iter().chain(&self.dns_names);
        names.next().map(String::as_str)
    }

    /// Whether the subject alternative name has this DNS name, without regard to case. Wildcards do
    /// not match: the client id prefix `x509_san_dns` names one host.
    #[must_use]
    pub fn has_dns_name(&self, name: &str) -> bool {
        self.dns_names.iter().any(|own| own.eq_ignore_ascii_case(name))
    }

    /// Whether the subject alternative name has this URI, byte for byte.
    #[must_use]
    pub fn has_uri(&self, uri: &str) -> bool {
        self.uris.iter().any(|own| own == uri)
    }

    /// The key identifier of the issuer's key (RFC 5280, 4.2.1.1).
    #[must_use]
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.authority_key_id.as_deref()
    }

    /// The identifier of the certificate's own key (RFC 5280, 4.2.1.2).
    #[must_use]
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.subject_key_id.as_deref()
    }

    /// The object identifiers of the extended key usage in dotted form; empty when there is none.
    #[must_use]
    pub fn purposes(&self) -> &[String] {
        &self.purposes
    }

    /// Whether the extended key usage has this purpose. A certificate without extended key usage has none.
    #[must_use]
    pub fn is_for(&self, purpose: Purpose) -> bool {
        self.purposes.iter().any(|own| own == purpose.oid())
    }

    /// Whether the certificate is a certificate authority's.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        self.is_authority
    }

    /// Whether issuer and subject are the same, as in a self-signed certificate.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether `authority` has the name of this certificate's issuer. Only the signature proves
    /// more.
    #[must_use]
    pub fn names_as_issuer(&self, authority: &Self) -> bool {
        self.issuer == authority.subject
    }

    /// Whether the key usage, if there is one, includes digital signatures.
    pub(crate) fn may_sign(&self) -> bool {
        self.usage.is_none_or(|usage| usage.digital_signature)
    }

    /// Whether it is an authority whose key usage, if there is one, includes the signature of
    /// certificates.
    pub(crate) fn may_certify(&self) -> bool {
        self.is_authority && self.usage.is_none_or(|usage| usage.certificate_signature)
    }

    /// Whether its path length, if it has one, allows this number of authorities below it that are not
    /// self-issued (RFC 5280, 4.2.1.9).
    pub(crate) fn may_have_below(&self, authorities: usize) -> bool {
        self.path_length
            .is_none_or(|most| authorities <= usize::from(most))
    }

    /// Whether it has the same name and key as another certificate.
    pub(crate) fn is_same_authority(&self, other: &Self) -> bool {
        self.subject == other.subject && self.key_type == other.key_type && self.key == other.key
    }
}

/// Shows the subject and the hash, not the whole certificate.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject_text)
            .field("x509_hash", &self.x509_hash())
            .finish_non_exhaustive()
    }
}

fn time(time: Time) -> UnixTime {
    UnixTime::from_secs(time.to_unix_duration().as_secs())
}

/// An extension, if it is present.
///
/// # Errors
/// When it is malformed or occurs twice.
fn extension<'a, T>(certificate: &'a x509_cert::Certificate) -> Result<Option<T>, x509_cert::der::Error>
where
    T: Decode<'a, Error = x509_cert::der::Error> + x509_cert::der::oid::AssociatedOid,
{
    let found = certificate.tbs_certificate().get_extension::<T>()?;
    Ok(found.map(|(_, extension)| extension))
}
