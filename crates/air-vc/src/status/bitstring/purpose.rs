//! What a bit is about.

use std::fmt;

/// `statusPurpose` (Bitstring Status List, 2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusPurpose {
    /// Not valid any more, for good.
    Revocation,
    /// Not valid for now.
    Suspension,
    /// A newer credential is available; this one is still valid.
    Refresh,
    /// Something that issuer and verifier agreed on, by number.
    Message,
    /// Another one.
    Unknown(String),
}

impl StatusPurpose {
    /// As it is written.
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
