//! The crate's error.

use std::fmt;

/// Which identifier.
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

/// Why a text is not an identifier. The text itself is not shown.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// An id that is empty, too long, or has other characters than visible ASCII.
    #[error("invalid {kind}: must be 1 to {limit} visible ASCII characters")]
    InvalidId {
        /// Which identifier.
        kind: IdKind,
        /// The most characters that it has.
        limit: usize,
    },
    /// An empty text.
    #[error("invalid {kind}: must not be empty")]
    Empty {
        /// Which identifier.
        kind: IdKind,
    },
    /// A text beyond the identifier's limit.
    #[error("invalid {kind} of {length} bytes: must be at most {limit}")]
    TooLong {
        /// Which identifier.
        kind: IdKind,
        /// Its length in bytes.
        length: usize,
        /// The most bytes that it has.
        limit: usize,
    },
    /// Other text than 64 hex digits.
    #[error("invalid core claim hash: must be 64 hex digits, as returned at issuance")]
    InvalidCoreClaimHash,
    /// A curve that the platform doesn't have.
    #[error("unknown curve: must be secp256r1 or secp256k1")]
    UnknownCurve,
    /// Not one person's address.
    #[error("invalid e-mail address: must be one address such as ada@example.com, without a name")]
    InvalidEmailAddress,
}
