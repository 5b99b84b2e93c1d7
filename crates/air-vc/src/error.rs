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
}

impl Check {
    /// All checks, in order.
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
    /// Not a DID, or none of its method.
    #[error("not an acceptable DID: {reason}")]
    InvalidDid {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// The checksum of a `did:air` is another's.
    #[error(
        "the checksum of the did:air identifier does not match: a character is wrong; copy it from the dashboard again"
    )]
    AirDidChecksum,
    /// A DID or document with a key of a type that is not served.
    #[error("the key is of {kind}; only keys of P-256 and RSA are served")]
    UnsupportedKey {
        /// The type.
        kind: &'static str,
    },
    /// A DID, document or metadata with a key that is none.
    #[error("the key was refused: {0}")]
    InvalidKey(#[source] air_jwt::Error),
    /// A private key in a place for public ones.
    #[error(
        "the JWK has a private member: anyone can sign with it; replace the key and publish its public half only"
    )]
    PrivateKeyPublished,
    /// A DID of a method that nothing resolves here.
    #[error(
        "did:{method} has no resolver here (did:key, did:jwk and did:web do); configure the issuer's keys by hand"
    )]
    UnresolvableDid {
        /// The method's name.
        method: String,
    },
    /// Not a DID document that we read.
    #[error("not an acceptable DID document: {reason}")]
    DidDocument {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// A document of another DID.
    #[error("the DID document's `id` is not the DID that was asked for; serve each DID's own document")]
    WrongDocument,
    /// `iss` is neither a DID nor a URL that has metadata.
    #[error("not an acceptable issuer: {reason}")]
    InvalidIssuer {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// Not JWT VC Issuer Metadata that we read.
    #[error("not acceptable issuer metadata: {reason}")]
    IssuerMetadata {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// Metadata of another issuer.
    #[error("the metadata's `issuer` is not the `iss` that was asked for, character by character")]
    WrongMetadata,
    /// An issuer on this machine.
    #[error("the issuer is on this machine; resolve it in development mode only")]
    LoopbackIssuer,
    /// A document could not be fetched.
    #[error("no document from {host}: see that it answers GET over https with 200")]
    Fetch {
        /// The host that was asked.
        host: String,
        /// What its client says.
        #[source]
        failure: crate::did::FetchFailure,
    },
    /// More than is read of a document.
    #[error("the document is too large; at most {limit} bytes are read")]
    DocumentTooLarge {
        /// The most bytes that are read.
        limit: usize,
    },
    /// No key that credentials are verified with.
    #[error("the issuer publishes no key for ES256 or RS256 to verify credentials with (assertionMethod)")]
    NoIssuerKeys,
}

impl Error {
    /// The check that failed; `None` for errors of issuance and of finding an issuer's keys.
    #[must_use]
    pub fn check(&self) -> Option<Check> {
        match self {
            Self::ReservedClaim { .. }
            | Self::SubjectTooLarge { .. }
            | Self::NotConcealed { .. }
            | Self::InvalidDid { .. }
            | Self::AirDidChecksum
            | Self::UnsupportedKey { .. }
            | Self::InvalidKey(_)
            | Self::PrivateKeyPublished
            | Self::UnresolvableDid { .. }
            | Self::DidDocument { .. }
            | Self::WrongDocument
            | Self::InvalidIssuer { .. }
            | Self::IssuerMetadata { .. }
            | Self::WrongMetadata
            | Self::LoopbackIssuer
            | Self::Fetch { .. }
            | Self::DocumentTooLarge { .. }
            | Self::NoIssuerKeys => None,
            Self::Format { .. } => Some(Check::Format),
            Self::Signature(_) => Some(Check::Signature),
            Self::WrongIssuer => Some(Check::Issuer),
            Self::WrongType => Some(Check::Type),
            Self::Disclosure { .. } => Some(Check::Disclosures),
            Self::Expired { .. } | Self::NotYetValid { .. } => Some(Check::Validity),
        }
    }
}
