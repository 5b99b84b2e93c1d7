//! The blocks of a file, and the errors of reading it.

use std::fmt;

use zeroize::Zeroizing;

/// The label of a block, which names its format (RFC 7468, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Label {
    /// `PRIVATE KEY`: PKCS#8.
    PrivateKey,
    /// `ENCRYPTED PRIVATE KEY`: encrypted PKCS#8.
    EncryptedPrivateKey,
    /// `EC PRIVATE KEY`: SEC1.
    EcPrivateKey,
    /// `RSA PRIVATE KEY`: PKCS#1.
    RsaPrivateKey,
    /// `PUBLIC KEY`: SPKI.
    PublicKey,
    /// `CERTIFICATE`, also `X509 CERTIFICATE` and `TRUSTED CERTIFICATE`.
    Certificate,
    /// Any other label, such as `EC PARAMETERS`.
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

    /// Whether the label is that of a private key.
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

/// The content of a block, or of a DER file. `Debug` shows only the label. The content is wiped on
/// drop.
pub struct Block {
    pub(crate) label: Option<Label>,
    pub(crate) der: Zeroizing<Vec<u8>>,
    pub(crate) is_encrypted: bool,
}

impl Block {
    /// The label of the block; `None` for a DER file, which has no label.
    #[must_use]
    pub fn label(&self) -> Option<Label> {
        self.label
    }

    /// The decoded content in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether the content is encrypted: by the label of PKCS#8, or by the header
    /// `Proc-Type: 4,ENCRYPTED` of the older format (RFC 1421, 4.6.1.1).
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

/// The reason why a file was refused. No variant contains a part of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is longer than any key or certificate chain.
    #[error("the file is longer than {limit} bytes")]
    TooLong {
        /// The maximum length in bytes.
        limit: usize,
    },
    /// The file is UTF-16, which PowerShell writes when it redirects text.
    #[error("the file is UTF-16; save it as UTF-8 or ASCII")]
    Utf16,
    /// The file is neither PEM nor DER.
    #[error("the file is neither PEM (`-----BEGIN …-----`) nor DER")]
    NoBlock,
    /// A line with `-----BEGIN` is incomplete.
    #[error("a `-----BEGIN` line does not end in `-----`")]
    Boundary,
    /// A block has no end.
    #[error(
        "the block {label} has no matching `-----END …-----`; the file is cut off, or two files were mixed"
    )]
    Unfinished {
        /// The label of the block.
        label: Label,
    },
    /// The body of a block is not base64.
    #[error("the body of the block {label} is not base64")]
    NotBase64 {
        /// The label of the block.
        label: Label,
    },
    /// The file does not contain the expected kind of block.
    #[error("the file has no {wanted}, only {found}")]
    Absent {
        /// The expected kind.
        wanted: &'static str,
        /// The label of the first block in the file.
        found: Label,
    },
    /// The file contains several keys, of which only one can be used.
    #[error("the file has several blocks with a {wanted}; keep only one")]
    Several {
        /// The expected kind.
        wanted: &'static str,
    },
}
