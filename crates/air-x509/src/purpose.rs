//! Extended key usages (RFC 5280, 4.2.1.12).

use std::fmt;

/// A purpose that a certificate's extended key usage names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Signs mobile security objects: an mdoc's document signer (ISO/IEC 18013-5, B.1.4).
    MdocSigner,
    /// Signs requests for mdocs (ISO/IEC 18013-5, B.1.7).
    MdocReader,
    /// Authenticates a TLS server.
    TlsServer,
    /// Authenticates a TLS client.
    TlsClient,
}

impl Purpose {
    /// The object identifier in dotted form.
    #[must_use]
    pub const fn oid(self) -> &'static str {
        match self {
            Self::MdocSigner => "1.0.18013.5.1.2",
            Self::MdocReader => "1.0.18013.5.1.6",
            Self::TlsServer => "1.3.6.1.5.5.7.3.1",
            Self::TlsClient => "1.3.6.1.5.5.7.3.2",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.oid())
    }
}
