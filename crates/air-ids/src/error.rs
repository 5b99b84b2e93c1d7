//! The crate's error.

use std::fmt;

/// The kind of an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IdKind {
    /// [`PartnerId`](crate::PartnerId).
    Partner,
    /// [`IssuerDid`](crate::IssuerDid).
    Issuer,
    /// [`SchemaId`](crate::SchemaId).
    Schema,
    /// [`ProgramId`](crate::ProgramId).
    Program,
    /// [`VerificationProgramId`](crate::VerificationProgramId).
    VerificationProgram,
    /// [`VerificationId`](crate::VerificationId).
    Verification,
    /// [`UserUuid`](crate::UserUuid).
    User,
    /// [`VcId`](crate::VcId).
    Credential,
    /// [`PackageId`](crate::PackageId).
    Package,
    /// [`StorageId`](crate::StorageId).
    Storage,
}

impl fmt::Display for IdKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Partner => "partner id",
            Self::Issuer => "issuer DID",
            Self::Schema => "schema id",
            Self::Program => "program id",
            Self::VerificationProgram => "verification program id",
            Self::Verification => "verification id",
            Self::User => "user id",
            Self::Credential => "credential id",
            Self::Package => "package id",
            Self::Storage => "storage id",
        })
    }
}

/// The reason why a text is not a valid identifier. The text itself is not shown.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// An id is empty, too long, or contains characters other than visible ASCII.
    #[error("invalid {kind}: must be 1 to {limit} visible ASCII characters")]
    InvalidId {
        /// The kind of the identifier.
        kind: IdKind,
        /// The maximum number of characters.
        limit: usize,
    },
    /// The text is empty.
    #[error("invalid {kind}: must not be empty")]
    Empty {
        /// The kind of the identifier.
        kind: IdKind,
    },
    /// The text exceeds the identifier's limit.
    #[error("invalid {kind} of {length} bytes: must be at most {limit}")]
    TooLong {
        /// The kind of the identifier.
        kind: IdKind,
        /// Its length in bytes.
        length: usize,
        /// The maximum length in bytes.
        limit: usize,
    },
    /// The text is not 64 hex digits.
    #[error("invalid core claim hash: must be 64 hex digits, as returned at issuance")]
    InvalidCoreClaimHash,
    /// The platform does not support this curve.
    #[error("unknown curve: must be secp256r1 or secp256k1")]
    UnknownCurve,
    /// The text is not the e-mail address of one person.
    #[error("invalid e-mail address: must be one address such as ada@example.com, without a name")]
    InvalidEmailAddress,
}
