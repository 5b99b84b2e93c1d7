//! The certificate chain in a token's header.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

/// A certificate chain as the header parameter `x5c` (RFC 7515, 4.1.6): the signer's certificate first,
/// then the one that issued it, and so on.
///
/// This crate writes a chain but reads no certificate. `air-x509` makes the value from a chain that it
/// checked (`CertificateChain::signing_x5c`).
///
/// # Security
/// A chain in a token proves nothing by itself: anyone can add any certificate. A verifier validates it
/// under its own trust anchors, and then verifies the token with the key of the first certificate.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct X5c(Vec<String>);

impl X5c {
    /// A chain of certificates in DER: the signer's, and those of the authorities from its issuer up.
    /// Nothing is checked.
    #[must_use]
    pub fn new<'a>(leaf: &[u8], authorities: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let authorities = authorities.into_iter().map(|der| STANDARD.encode(der));
        Self(
            std::iter::once(STANDARD.encode(leaf))
                .chain(authorities)
                .collect(),
        )
    }

    /// The certificates in standard base64 with padding, the signer's first.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

/// Shows the number of certificates.
impl fmt::Debug for X5c {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "X5c({} certificates)", self.0.len())
    }
}
