//! The crate's error: a variant for each rule.

use crate::Check;

/// Why a credential was not issued, presented or accepted. No variant holds a claim's value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A subject's attribute has the name of a claim that the credential sets itself, or that SD-JWT has a use for.
    #[error("the subject's attribute `{name}` has the name of a registered claim; rename it in the schema")]
    ReservedClaim {
        /// The name.
        name: String,
    },
    /// A claim that is to be always visible is not in the subject.
    #[error("the subject has no attribute `{path}`, which must always be visible")]
    NoSuchAttribute {
        /// The path.
        path: String,
    },
    /// The subject is nested too deeply, has too many claims, or makes a credential that nobody would read.
    #[error("the subject is too large for a credential: must have at most {limit} {what}")]
    SubjectTooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A key that lives elsewhere did not sign.
    #[error(transparent)]
    Signer(#[from] air_jwt::SignerError),
    /// Not a path to a claim.
    #[error("invalid claim path: must be names separated by dots, such as `address.city`, or `*` for all")]
    InvalidPath,
    /// A path that leads to no claim of the credential.
    #[error("the credential has no claim `{path}`; choose one that it has")]
    NoSuchClaim {
        /// The path.
        path: String,
    },
    /// The holder's key is not the one that the credential was issued to.
    #[error(
        "the key is not the one that the credential was issued to; use the holder's key (`cnf.jwk` has its public half)"
    )]
    WrongHolderKey,
    /// The credential names no holder's key.
    #[error(
        "the credential names no holder's key, so a presentation can't be bound to it; ask the issuer for a credential with `cnf`"
    )]
    NoHolderKey,
    /// Not the name of a credential format that this build supports.
    #[error(
        "unsupported credential format `{name}`: must be dc+sd-jwt or, with the feature `w3c`, vc+jwt or ldp_vc"
    )]
    UnsupportedFormat {
        /// The name.
        name: String,
    },
    /// Not a credential that we read.
    #[error("invalid credential: {reason}")]
    Format {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// Two members of one object have the same name, at any level: readers differ in which one they take.
    #[error("the member {pointer} occurs twice; remove one of the two")]
    DuplicateMember {
        /// The JSON Pointer of the member.
        pointer: String,
    },
    /// A number that a reader of JSON may round: an integer beyond ±(2^53 − 1), or a decimal with more digits than a double holds.
    #[error("the number at {pointer} is not exact in every JSON reader; write it as a string")]
    InexactNumber {
        /// The JSON Pointer of the number.
        pointer: String,
    },
    /// The issuer is not among those that the verifier trusts.
    #[error("the credential's issuer is not trusted")]
    UntrustedIssuer,
    /// The issuer's signature was refused.
    #[error("the issuer's signature was refused: {0}")]
    Signature(#[source] air_jwt::Error),
    /// The proof names a key that the verifier does not have for this issuer.
    #[error(
        "the proof's `verificationMethod` is not a known ES256 key of this issuer; resolve the issuer's document again"
    )]
    ProofKeyUnknown,
    /// A key that Data Integrity proofs are not made with here.
    #[error("a Data Integrity proof needs an ES256 key (P-256), not an RSA key")]
    NotForProofs,
    /// The type is another.
    #[error("the credential is not of the expected type")]
    WrongType,
    /// A disclosure is foreign, doubled or malformed.
    #[error("a disclosure was refused: {reason}; present the credential again as it was issued")]
    Disclosure {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// A claim that was asked for was not shown.
    #[error("the claim `{path}` is required but not disclosed; present the credential with it")]
    ClaimMissing {
        /// The path.
        path: String,
    },
    /// The end of validity is past.
    #[error("the credential expired {ago} s ago; ask the issuer for a new one")]
    Expired {
        /// Seconds since.
        ago: u64,
    },
    /// The beginning of validity, or the issuance, is ahead.
    #[error("the credential becomes valid in {ahead} s; check the clocks")]
    NotYetValid {
        /// Seconds until.
        ahead: u64,
    },
    /// The verifier asked for a proof of possession, or the credential demands one, and there is none.
    #[error(
        "the presentation has no key-binding JWT; the holder must sign one over the verifier's nonce and audience"
    )]
    KeyBindingMissing,
    /// There is a key-binding JWT that nobody asked for or that can't be checked.
    #[error("the presentation has a key-binding JWT that can't be checked: {reason}")]
    KeyBindingUnexpected {
        /// What is missing.
        reason: &'static str,
    },
    /// The key-binding JWT was refused.
    #[error("the key-binding JWT was refused: {reason}")]
    KeyBinding {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// The signature of the key-binding JWT was refused.
    #[error("the holder's signature was refused: {0}")]
    HolderSignature(#[source] air_jwt::Error),
    /// The key-binding JWT is older than the verifier accepts.
    #[error("the key-binding JWT is {ago} s old: must be at most {limit} s; present again")]
    KeyBindingStale {
        /// Seconds since.
        ago: u64,
        /// The most that is accepted.
        limit: u64,
    },
    /// A clock skew that would undo the expiry.
    #[error("invalid clock skew {seconds} s: must be at most {limit} s")]
    SkewOutOfRange {
        /// What was asked for.
        seconds: u64,
        /// The most.
        limit: u64,
    },
    /// The issuer revoked the credential.
    #[error("the credential was revoked by its issuer")]
    Revoked,
    /// The issuer suspended the credential.
    #[error("the credential is suspended by its issuer; it may become valid again")]
    Suspended,
    /// The list has a status for it that means nothing here.
    #[error("the credential has the application-specific status {status:#04x}; ask its issuer what it means")]
    UnknownStatus {
        /// The status.
        status: u8,
    },
    /// The credential's status list was not given.
    #[error("the credential's status is unknown, since its status list was not given; fetch {uri}")]
    StatusNotKnown {
        /// The list's URI.
        uri: String,
    },
    /// A list of statuses that has no entries, or more than are read.
    #[error("invalid size of a status list {entries}: must be between 1 and {limit} entries")]
    StatusListSize {
        /// What was asked for.
        entries: u64,
        /// The most there may be.
        limit: u64,
    },
    /// A status needs more bits than the list has for each.
    #[error("the status {value:#04x} does not fit in {bits} bits; create the list with more bits")]
    StatusDoesNotFit {
        /// The status.
        value: u8,
        /// What there is for it.
        bits: u8,
    },
    /// A list has as many bits for each status as no list may have.
    #[error("invalid number of bits {bits}: must be 1, 2, 4 or 8")]
    StatusBits {
        /// What was found.
        bits: u64,
    },
    /// An index behind the end of the list.
    #[error("invalid status index {index}: the list has {entries} entries")]
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
    #[error("the status list is too large: must be at most {limit} bytes when inflated")]
    StatusListTooLarge {
        /// The most that is inflated.
        limit: usize,
    },
    /// A Bitstring Status List that is too short to hide in.
    #[error("the status list has {entries} entries: must have at least {minimum} for privacy")]
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
    #[error("the token is not a status list: its `typ` must be {expected}")]
    StatusListWrongType {
        /// What it should be.
        expected: &'static str,
    },
    /// The list is another one than the credential names.
    #[error("the status list is not the one that the credential names; fetch it from the credential's URI")]
    StatusListWrongUri,
    /// The list is from another issuer.
    #[error("the status list is not from the expected issuer")]
    StatusListWrongIssuer,
    /// The list's end is past.
    #[error("the status list expired {ago} s ago; fetch it again")]
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
    #[error("the status list and the credential's entry have different sizes of a status")]
    StatusSizeMismatch,
    /// Not a DID, or none of its method.
    #[error("invalid DID: {reason}")]
    InvalidDid {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// The checksum of a `did:air` is another's.
    #[error(
        "the checksum of the did:air identifier does not match: it is mistyped; copy it from the dashboard again"
    )]
    AirDidChecksum,
    /// A DID or document with a key of a type that is not served.
    #[error("unsupported key of {kind}: must be P-256 or RSA")]
    UnsupportedKey {
        /// The type.
        kind: &'static str,
    },
    /// A DID, document or metadata with an invalid key.
    #[error("the key was refused: {0}")]
    InvalidKey(#[source] air_jwt::Error),
    /// A private key in a place for public ones.
    #[error(
        "the JWK has a private member, so anyone can sign with it; replace the key, and publish only its public half"
    )]
    PrivateKeyPublished,
    /// A DID of a method that nothing resolves here.
    #[error(
        "unsupported DID method did:{method}: must be did:key, did:jwk or did:web; configure the issuer's keys instead"
    )]
    UnresolvableDid {
        /// The method's name.
        method: String,
    },
    /// Not a DID document that we read.
    #[error("invalid DID document: {reason}")]
    DidDocument {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// A document of another DID.
    #[error("the DID document's `id` is not the requested DID; serve the document of each DID")]
    WrongDocument,
    /// `iss` is neither a DID nor a URL that has metadata.
    #[error("invalid issuer: {reason}")]
    InvalidIssuer {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// Not JWT VC Issuer Metadata that we read.
    #[error("invalid issuer metadata: {reason}")]
    IssuerMetadata {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// Metadata of another issuer.
    #[error("the metadata's `issuer` differs from the requested `iss`: must be equal character by character")]
    WrongMetadata,
    /// An issuer on this machine.
    #[error("the issuer is on this machine; resolve it in development mode only")]
    LoopbackIssuer,
    /// A document could not be fetched.
    #[error("failed to fetch a document from {host}: it must answer GET over https with 200")]
    Fetch {
        /// The host that was asked.
        host: String,
        /// What its client says.
        #[source]
        failure: crate::did::FetchFailure,
    },
    /// More than is read of a document.
    #[error("the document is too large: must be at most {limit} bytes")]
    DocumentTooLarge {
        /// The most bytes that are read.
        limit: usize,
    },
    /// No key that credentials are verified with.
    #[error("the issuer publishes no ES256 or RS256 key for verifying credentials (assertionMethod)")]
    NoIssuerKeys,
}

impl Error {
    /// The rule of strict JSON that was broken, or `malformed` for what is no JSON at all.
    pub(crate) fn of_json(error: air_json::Error, malformed: Self) -> Self {
        match error {
            air_json::Error::DuplicateMember { pointer } => Self::DuplicateMember { pointer },
            air_json::Error::InexactNumber { pointer } => Self::InexactNumber { pointer },
            _ => malformed,
        }
    }

    /// The check that failed; `None` for errors of issuance, presentation and set-up.
    #[must_use]
    pub fn check(&self) -> Option<Check> {
        match self {
            Self::ReservedClaim { .. }
            | Self::NoSuchAttribute { .. }
            | Self::SubjectTooLarge { .. }
            | Self::Signer(_)
            | Self::InvalidPath
            | Self::NoSuchClaim { .. }
            | Self::WrongHolderKey
            | Self::NoHolderKey
            | Self::NotForProofs
            | Self::UnsupportedFormat { .. }
            | Self::SkewOutOfRange { .. }
            | Self::StatusListSize { .. }
            | Self::StatusDoesNotFit { .. }
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
            Self::Format { .. } | Self::DuplicateMember { .. } | Self::InexactNumber { .. } => {
                Some(Check::Format)
            }
            Self::UntrustedIssuer => Some(Check::Issuer),
            Self::Signature(_) | Self::ProofKeyUnknown => Some(Check::Signature),
            Self::WrongType => Some(Check::Type),
            Self::Disclosure { .. } => Some(Check::Disclosures),
            Self::ClaimMissing { .. } => Some(Check::Claims),
            Self::Expired { .. } | Self::NotYetValid { .. } => Some(Check::Validity),
            Self::KeyBindingMissing
            | Self::KeyBindingUnexpected { .. }
            | Self::KeyBinding { .. }
            | Self::HolderSignature(_)
            | Self::KeyBindingStale { .. } => Some(Check::KeyBinding),
            Self::Revoked
            | Self::Suspended
            | Self::UnknownStatus { .. }
            | Self::StatusNotKnown { .. }
            | Self::StatusBits { .. }
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
