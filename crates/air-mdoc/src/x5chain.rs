//! The certificates of a signer (RFC 9360).

use std::fmt;

use ciborium::Value;

use crate::Error;

/// The maximum number of certificates.
const CERTIFICATE_LIMIT: usize = 8;
/// The maximum length of a certificate in bytes.
const LENGTH_LIMIT: usize = 16 * 1024;
/// The label of the header (RFC 9360, 2).
pub(crate) const X5CHAIN: i64 = 33;

/// The certificates of a signer in DER, the signer's first: 1 to 8, of at most 16 KiB. This crate
/// does not read them.
#[derive(Clone, PartialEq, Eq)]
pub struct X5Chain(Vec<Vec<u8>>);

impl X5Chain {
    /// Takes certificates in DER, the signer's first. OpenID4VC HAIP wants the chain without its
    /// trust anchor.
    ///
    /// # Errors
    /// [`Error::InvalidCertificates`].
    pub fn new(certificates: Vec<Vec<u8>>) -> Result<Self, Error> {
        let fits = |certificate: &Vec<u8>| (1..=LENGTH_LIMIT).contains(&certificate.len());
        if (1..=CERTIFICATE_LIMIT).contains(&certificates.len()) && certificates.iter().all(fits) {
            Ok(Self(certificates))
        } else {
            Err(Error::InvalidCertificates)
        }
    }

    /// The certificates in DER, the signer's first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// The signer's certificate in DER.
    #[must_use]
    pub fn leaf(&self) -> &[u8] {
        self.0.first().map(Vec::as_slice).unwrap_or_default()
    }

    /// Reads one certificate, or an array of them.
    pub(crate) fn from_value(value: &Value) -> Result<Self, Error> {
        let certificates = match value {
            Value::Bytes(certificate) => vec![certificate.clone()],
            Value::Array(items) if items.len() <= CERTIFICATE_LIMIT => items
                .iter()
                .map(|item| item.as_bytes().cloned())
                .collect::<Option<_>>()
                .ok_or(Error::InvalidCertificates)?,
            _ => return Err(Error::InvalidCertificates),
        };
        Self::new(certificates)
    }

    pub(crate) fn to_value(&self) -> Value {
        match self.0.as_slice() {
            [only] => Value::Bytes(only.clone()),
            several => Value::Array(several.iter().cloned().map(Value::Bytes).collect()),
        }
    }
}

impl fmt::Debug for X5Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths = self.0.iter().map(Vec::len).collect::<Vec<_>>();
        f.debug_struct("X5Chain").field("lengths", &lengths).finish()
    }
}
