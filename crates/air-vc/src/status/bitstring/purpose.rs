//! The purpose of a status.

use std::fmt;

/// `statusPurpose` (Bitstring Status List, 2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusPurpose {
    /// The credential is permanently invalid.
    Revocation,
    /// The credential is temporarily invalid.
    Suspension,
    /// A newer credential is available; this one is still valid.
    Refresh,
    /// The value has a message that issuer and verifier agreed on.
    Message,
    /// Another purpose.
    Unknown(String),
}

impl StatusPurpose {
    /// The value of `statusPurpose`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Revocation => "revocation",
            Self::Suspension => "suspension",
            Self::Refresh => "refresh",
            Self::Message => "message",
            Self::Unknown(other) => other,
        }
    }
}

impl From<&str> for StatusPurpose {
    fn from(text: &str) -> Self {
        match text {
            "revocation" => Self::Revocation,
            "suspension" => Self::Suspension,
            "refresh" => Self::Refresh,
            "message" => Self::Message,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

impl fmt::Display for StatusPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
