//! The verifier's decision about an issuer.

use std::{error, fmt};

use air_ids::UnixTime;
use air_jwt::VerifyingKey;

use crate::{DocType, X5Chain};

/// A document's claims about its issuer. None of them is verified yet.
#[derive(Clone, Copy, Debug)]
pub struct IssuerClaim<'a> {
    /// The certificates of the signature, the signer's first.
    pub certificates: &'a X5Chain,
    /// The document's type.
    pub doc_type: &'a DocType,
    /// The claimed time of the signature. It must be within the validity of the signer's
    /// certificate (ISO/IEC 18013-5, 9.3.1).
    pub signed: UnixTime,
}

/// Decides whether a verifier trusts an issuer. Closures implement it.
pub trait TrustedIssuers {
    /// Validates the certificates, and returns the public key of the first.
    ///
    /// # Errors
    /// [`UntrustedIssuer`] with the reason.
    fn issuer_key(&self, claim: &IssuerClaim<'_>) -> Result<VerifyingKey, UntrustedIssuer>;
}

impl<F> TrustedIssuers for F
where
    F: Fn(&IssuerClaim<'_>) -> Result<VerifyingKey, UntrustedIssuer>,
{
    fn issuer_key(&self, claim: &IssuerClaim<'_>) -> Result<VerifyingKey, UntrustedIssuer> {
        self(claim)
    }
}

/// Trusts one key, whatever the certificates say. For tests, and for issuers whose key the verifier
/// knows by other means.
#[derive(Clone, Debug)]
pub struct PinnedIssuer(VerifyingKey);

impl PinnedIssuer {
    /// Trusts this key.
    #[must_use]
    pub fn new(key: VerifyingKey) -> Self {
        Self(key)
    }
}

impl TrustedIssuers for PinnedIssuer {
    fn issuer_key(&self, _: &IssuerClaim<'_>) -> Result<VerifyingKey, UntrustedIssuer> {
        Ok(self.0.clone())
    }
}

/// The reason why an issuer is not trusted, such as the error of a certificate validation.
#[derive(Debug)]
pub struct UntrustedIssuer(Box<dyn error::Error + Send + Sync>);

impl UntrustedIssuer {
    /// Wraps the reason. Its text is shown, so it must not contain secrets.
    pub fn new(reason: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for UntrustedIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl error::Error for UntrustedIssuer {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source()
    }
}

/// Two reasons are never equal, except one and the same value.
impl PartialEq for UntrustedIssuer {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for UntrustedIssuer {}
