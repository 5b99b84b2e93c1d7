//! The crate's error, and the checks of a verification.

use std::fmt;

/// One check of a verification, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The text is an SD-JWT within the limits, of the type `dc+sd-jwt` (or the older `vc+sd-jwt`).
    Format,
    /// The signature is of a trusted key of the issuer.
    Signature,
    /// `iss` is the expected issuer.
    Issuer,
    /// `vct` is the expected type.
    Type,
    /// Each disclosure belongs to one digest of the signed payload.
    Disclosures,
    /// The time lies between `nbf` or `iat` and `exp`.
    Validity,
    /// The status list is genuine, holds now, and answers for this credential. Made apart, by who fetched the list.
    Status,
}

impl Check {
    /// All checks of a credential by itself, in order: all but [`Self::Status`].
    pub const ALL: [Self; 6] = [
        Self::Format,
        Self::Signature,
        Self::Issuer,
        Self::Type,
        Self::Disclosures,
        Self::Validity,
    ];

    /// A name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Signature => "signature",
            Self::Issuer => "issuer",
            Self::Type => "type",
            Self::Disclosures => "disclosures",
            Self::Validity => "validity",
            Self::Status => "status",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a credential was not issued or not accepted. No variant holds a claim's value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A subject's attribute has the name of a claim that the credential sets itself.
    #[error("the subject's attribute `{name}` has the name of a registered claim; rename it in the schema")]
    ReservedClaim {
        /// The name.
        name: String,
    },
    /// The subject is nested too deeply or has too many claims.
    #[error("the subject is too large for a credential: at most {limit} {what} fit")]
    SubjectTooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The disclosures could not be made.
    #[error("the subject's claims could not be made selectively disclosable: {reason}")]
    NotConcealed {
        /// What failed, in words of ours.
        reason: &'static str,
    },
    /// Not an SD-JWT that we read.
    #[error("not an acceptable SD-JWT VC: {reason}")]
    Format {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// The issuer-signed JWT was refused.
    #[error("the issuer's signature was refused: {0}")]
    Signature(#[source] air_jwt::Error),
    /// `iss` is another's.
    #[error("the credential is not from the expected issuer")]
    WrongIssuer,
    /// `vct` is another.
    #[error("the credential is not of the expected type")]
    WrongType,
    /// A disclosure is foreign, doubled or malformed.
    #[error("a disclosure was refused: {reason}; present the credential again as it was issued")]
    Disclosure {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// `exp` is past.
    #[error("the credential expired {ago} s ago; ask the issuer for a new one")]
    Expired {
        /// Seconds since.
        ago: u64,
    },
    /// `nbf` or `iat` is ahead.
    #[error("the credential becomes valid in {ahead} s; check the clocks")]
    NotYetValid {
        /// Seconds until.
        ahead: u64,
    },
    /// A list of statuses that has no entries, or more than are read.
    #[error("a status list can't have {entries} entries; 1 to {limit} are possible")]
    StatusListSize {
        /// What was asked for.
        entries: u64,
        /// The most there may be.
        limit: u64,
    },
    /// A status needs more bits than the list has for each.
    #[error("the status {value:#04x} does not fit in {bits} bits; make the list with more")]
    StatusDoesNotFit {
        /// The status.
        value: u8,
        /// What there is for it.
        bits: u8,
    },
    /// A list has as many bits for each status as no list may have.
    #[error("a status has 1, 2, 4 or 8 bits, not {bits}")]
    StatusBits {
        /// What was found.
        bits: u64,
    },
    /// An index behind the end of the list.
    #[error("the status list has {entries} entries, and no index {index}")]
    StatusIndexOutOfRange {
        /// The index.
        index: u64,
        /// How many there are.
        entries: u64,
    },
    /// A list, an entry or an allocator that can't be read.
    #[error("malformed status data: {reason}")]
    MalformedStatus {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// A list that grows beyond bounds when it is inflated.
    #[error("the status list is too large: at most {limit} bytes are inflated")]
    StatusListTooLarge {
        /// The most that is inflated.
        limit: usize,
    },
    /// A Bitstring Status List that is too short to hide in.
    #[error("the status list has {entries} entries; at least {minimum} are needed for privacy")]
    StatusListTooShort {
        /// How many there are.
        entries: u64,
        /// How many there must be.
        minimum: u64,
    },
    /// The status list's token was refused: its form, its size, its key or its signature.
    #[error("the status list's token was refused: {0}")]
    StatusListToken(#[source] air_jwt::Error),
    /// The token is of another kind.
    #[error("the token is no status list: its `typ` is not {expected}")]
    StatusListWrongType {
        /// What it should be.
        expected: &'static str,
    },
    /// The list is another one than the credential names.
    #[error("the status list is not the one of the credential's URI; fetch it from there")]
    StatusListWrongUri,
    /// The list is from another issuer.
    #[error("the status list is not from the expected issuer")]
    StatusListWrongIssuer,
    /// The list's end is past.
    #[error("the status list expired {ago} s ago; fetch a fresh one")]
    StatusListExpired {
        /// Seconds since.
        ago: u64,
    },
    /// The list's beginning is ahead.
    #[error("the status list becomes valid in {ahead} s; check the clocks")]
    StatusListNotYetValid {
        /// Seconds until.
        ahead: u64,
    },
    /// The list tells something else than the entry asks.
    #[error("the status list does not have the purpose of the credential's entry")]
    StatusPurposeMismatch,
    /// The list and the entry disagree about the bits of a status.
    #[error("the status list and the credential's entry disagree about the size of a status")]
    StatusSizeMismatch,
}

impl Error {
    /// The check that failed; `None` for errors of issuance.
    #[must_use]
    pub fn check(&self) -> Option<Check> {
        match self {
            Self::ReservedClaim { .. }
            | Self::SubjectTooLarge { .. }
            | Self::NotConcealed { .. }
            | Self::StatusListSize { .. }
            | Self::StatusDoesNotFit { .. } => None,
            Self::Format { .. } => Some(Check::Format),
            Self::Signature(_) => Some(Check::Signature),
            Self::WrongIssuer => Some(Check::Issuer),
            Self::WrongType => Some(Check::Type),
            Self::Disclosure { .. } => Some(Check::Disclosures),
            Self::Expired { .. } | Self::NotYetValid { .. } => Some(Check::Validity),
            Self::StatusBits { .. }
            | Self::StatusIndexOutOfRange { .. }
            | Self::MalformedStatus { .. }
            | Self::StatusListTooLarge { .. }
            | Self::StatusListTooShort { .. }
            | Self::StatusListToken(_)
            | Self::StatusListWrongType { .. }
            | Self::StatusListWrongUri
            | Self::StatusListWrongIssuer
            | Self::StatusListExpired { .. }
            | Self::StatusListNotYetValid { .. }
            | Self::StatusPurposeMismatch
            | Self::StatusSizeMismatch => Some(Check::Status),
        }
    }
}
