//! A block of a file, and why a file is refused.

use std::fmt;

use zeroize::Zeroizing;

/// What a block says that it is (RFC 7468, 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Label {
    /// `PRIVATE KEY`: PKCS#8.
    PrivateKey,
    /// `ENCRYPTED PRIVATE KEY`: PKCS#8 under a passphrase.
    EncryptedPrivateKey,
    /// `EC PRIVATE KEY`: SEC1.
    EcPrivateKey,
    /// `RSA PRIVATE KEY`: PKCS#1.
    RsaPrivateKey,
    /// `PUBLIC KEY`: SPKI.
    PublicKey,
    /// `CERTIFICATE`, also `X509 CERTIFICATE` and `TRUSTED CERTIFICATE`.
    Certificate,
    /// Another one, as `EC PARAMETERS`.
    Other,
}

impl Label {
    pub(crate) fn of(text: &[u8]) -> Self {
        match text {
            b"PRIVATE KEY" => Self::PrivateKey,
            b"ENCRYPTED PRIVATE KEY" => Self::EncryptedPrivateKey,
            b"EC PRIVATE KEY" => Self::EcPrivateKey,
            b"RSA PRIVATE KEY" => Self::RsaPrivateKey,
            b"PUBLIC KEY" => Self::PublicKey,
            b"CERTIFICATE" | b"X509 CERTIFICATE" => Self::Certificate,
            _ => Self::Other,
        }
    }

    /// Whether it is a private key's.
    #[must_use]
    pub fn is_private_key(self) -> bool {
        matches!(
            self,
            Self::PrivateKey | Self::EncryptedPrivateKey | Self::EcPrivateKey | Self::RsaPrivateKey
        )
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PrivateKey => "PRIVATE KEY",
            Self::EncryptedPrivateKey => "ENCRYPTED PRIVATE KEY",
            Self::EcPrivateKey => "EC PRIVATE KEY",
            Self::RsaPrivateKey => "RSA PRIVATE KEY",
            Self::PublicKey => "PUBLIC KEY",
            Self::Certificate => "CERTIFICATE",
            Self::Other => "another kind",
        })
    }
}

/// The contents of a block, or of a file in DER. `Debug` shows the label alone; the contents are wiped on drop.
pub struct Block {
    pub(crate) label: Option<Label>,
    pub(crate) der: Zeroizing<Vec<u8>>,
    pub(crate) is_encrypted: bool,
}

impl Block {
    /// What the block says that it is; `None` for a file in DER, which says nothing.
    #[must_use]
    pub fn label(&self) -> Option<Label> {
        self.label
    }

    /// The contents.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether a passphrase protects it: PKCS#8 by its label, the older form by a header (`Proc-Type: 4,ENCRYPTED`; RFC 1421, 4.6.1.1).
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.is_encrypted || self.label == Some(Label::EncryptedPrivateKey)
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// Why a file was refused. No variant holds a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Longer than any key or chain.
    #[error("the file is longer than {limit} bytes")]
    TooLong {
        /// The most that is read.
        limit: usize,
    },
    /// UTF-16, as PowerShell redirects text.
    #[error("the file is UTF-16; save it as UTF-8 or ASCII")]
    Utf16,
    /// Neither PEM nor DER.
    #[error("the file is neither PEM (`-----BEGIN …-----`) nor DER")]
    NoBlock,
    /// A `-----BEGIN` without the rest of its line.
    #[error("a `-----BEGIN` line does not end in `-----`")]
    Boundary,
    /// A block without its end.
    #[error(
        "the block {label} has no matching `-----END …-----`; the file is cut off, or two files were mixed"
    )]
    Unfinished {
        /// What the block says that it is.
        label: Label,
    },
    /// A body that is not base64.
    #[error("the body of the block {label} is not base64")]
    NotBase64 {
        /// What the block says that it is.
        label: Label,
    },
    /// A file without what is looked for.
    #[error("the file has no {wanted}, only {found}")]
    Absent {
        /// What is looked for.
        wanted: &'static str,
        /// The first block that the file has.
        found: Label,
    },
    /// A file from which one key must be chosen.
    #[error("the file has several blocks with a {wanted}; keep only one")]
    Several {
        /// What is looked for.
        wanted: &'static str,
    },
}
