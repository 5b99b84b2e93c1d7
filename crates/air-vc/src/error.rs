//! The crate's error: a variant for each rule.

use crate::Check;

/// The reason why a credential was not issued, presented or accepted. No variant contains a claim's
/// value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// An attribute of the subject has the name of a claim that the credential sets itself or that
    /// SD-JWT reserves.
    #[error("the subject's attribute `{name}` has the name of a registered claim; rename it in the schema")]
    ReservedClaim {
        /// The attribute's name.
        name: String,
    },
    /// The subject lacks a claim that must always be visible.
    #[error("the subject has no attribute `{path}`, which must always be visible")]
    NoSuchAttribute {
        /// The claim's path.
        path: String,
    },
    /// The subject is nested too deeply, has too many claims, or makes the credential longer than
    /// verifiers accept.
    #[error("the subject is too large for a credential: must have at most {limit} {what}")]
    SubjectTooLarge {
        /// The limited quantity.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The signer with a remote key failed.
    #[error(transparent)]
    Signer(#[from] air_jwt::SignerError),
    /// The text is not a path to a claim.
    #[error("invalid claim path: must be names separated by dots, such as `address.city`, or `*` for all")]
    InvalidPath,
    /// The path names no claim of the credential.
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
    /// The credential has no holder's key.
    #[error(
        "the credential names no holder's key, so a presentation can't be bound to it; ask the issuer for a credential with `cnf`"
    )]
    NoHolderKey,
    /// The metadata of a type breaks a rule.
    #[error("invalid type metadata: {reason}")]
    TypeMetadata {
        /// The rule.
        reason: &'static str,
    },
    /// The document of a type has another hash than its reference.
    #[error(
        "the type metadata of `{vct}` does not have the hash that refers to it (`vct#integrity`, `extends#integrity`); get the original document"
    )]
    TypeIntegrity {
        /// The type.
        vct: String,
    },
    /// The document is that of another type.
    #[error("the document is not the type metadata of `{vct}`: its `vct` must be the same")]
    WrongTypeDocument {
        /// The type.
        vct: String,
    },
    /// The type metadata is not that of the credential.
    #[error(
        "the type metadata is not the credential's: it must have the same `vct`, and be joined with its `vct#integrity`"
    )]
    TypeMetadataMismatch,
    /// The credential breaks a rule of the metadata of its type.
    #[error("the claim {path} breaks the metadata of the credential's type: it {rule}")]
    TypeRule {
        /// The path in the metadata, as JSON.
        path: String,
        /// The rule.
        rule: &'static str,
    },
    /// The document of a type is missing.
    #[error("the type metadata of `{vct}` is missing; add its document")]
    TypeDocumentMissing {
        /// The type.
        vct: String,
    },
    /// The name is not that of a credential format that this build supports.
    #[error(
        "unsupported credential format `{name}`: must be dc+sd-jwt or, with the feature `w3c`, vc+jwt or ldp_vc"
    )]
    UnsupportedFormat {
        /// The name.
        name: String,
    },
    /// The input is not a supported credential.
    #[error("invalid credential: {reason}")]
    Format {
        /// The violated rule.
        reason: &'static str,
    },
    /// Two members of one object have the same name, at any level. Readers differ in which one they
    /// use.
    #[error("the member {pointer} occurs twice; remove one of the two")]
    DuplicateMember {
        /// The JSON Pointer of the member.
        pointer: String,
    },
    /// A JSON reader may round the number: an integer beyond ±(2^53 − 1), or a decimal with more
    /// digits than a double holds.
    #[error("the number at {pointer} is not exact in every JSON reader; write it as a string")]
    InexactNumber {
        /// The JSON Pointer of the number.
        pointer: String,
    },
    /// The verifier does not trust the issuer.
    #[error("the credential's issuer is not trusted")]
    UntrustedIssuer,
    /// The issuer's signature was rejected.
    #[error("the issuer's signature was refused: {0}")]
    Signature(#[source] air_jwt::Error),
    /// The proof names a key that the verifier does not have for this issuer.
    #[error(
        "the proof's `verificationMethod` is not a known ES256 key of this issuer; resolve the issuer's document again"
    )]
    ProofKeyUnknown,
    /// The key's algorithm is not supported for Data Integrity proofs.
    #[error("a Data Integrity proof needs an ES256 key (P-256), not an RSA key")]
    NotForProofs,
    /// The credential has another type.
    #[error("the credential is not of the expected type")]
    WrongType,
    /// A disclosure is foreign, duplicated or malformed.
    #[error("a disclosure was refused: {reason}; present the credential again as it was issued")]
    Disclosure {
        /// The violated rule.
        reason: &'static str,
    },
    /// A requested claim is not disclosed.
    #[error("the claim `{path}` is required but not disclosed; present the credential with it")]
    ClaimMissing {
        /// The path.
        path: String,
    },
    /// The credential has expired.
    #[error("the credential expired {ago} s ago; ask the issuer for a new one")]
    Expired {
        /// The seconds since the expiry.
        ago: u64,
    },
    /// The credential's validity or issuance is in the future.
    #[error("the credential becomes valid in {ahead} s; check the clocks")]
    NotYetValid {
        /// The seconds until then.
        ahead: u64,
    },
    /// The verifier or the credential requires a proof of possession, and there is none.
    #[error(
        "the presentation has no key-binding JWT; the holder must sign one over the verifier's nonce and audience"
    )]
    KeyBindingMissing,
    /// The presentation has a key-binding JWT that the verifier did not request or that can't be
    /// checked.
    #[error("the presentation has a key-binding JWT that can't be checked: {reason}")]
    KeyBindingUnexpected {
        /// The reason.
        reason: &'static str,
    },
    /// The key-binding JWT was rejected.
    #[error("the key-binding JWT was refused: {reason}")]
    KeyBinding {
        /// The violated rule.
        reason: &'static str,
    },
    /// The signature of the key-binding JWT was rejected.
    #[error("the holder's signature was refused: {0}")]
    HolderSignature(#[source] air_jwt::Error),
    /// The key-binding JWT is older than the verifier accepts.
    #[error("the key-binding JWT is {ago} s old: must be at most {limit} s; present again")]
    KeyBindingStale {
        /// The age in seconds.
        ago: u64,
        /// The maximum age in seconds.
        limit: u64,
    },
    /// The clock skew is so large that it would defeat the expiry.
    #[error("invalid clock skew {seconds} s: must be at most {limit} s")]
    SkewOutOfRange {
        /// The requested skew in seconds.
        seconds: u64,
        /// The maximum in seconds.
        limit: u64,
    },
    /// The issuer revoked the credential.
    #[error("the credential was revoked by its issuer")]
    Revoked,
    /// The issuer suspended the credential.
    #[error("the credential is suspended by its issuer; it may become valid again")]
    Suspended,
    /// The credential's status has no meaning defined here.
    #[error("the credential has the application-specific status {status:#04x}; ask its issuer what it means")]
    UnknownStatus {
        /// The status.
        status: u8,
    },
    /// The credential's status list is missing.
    #[error("the credential's status is unknown, since its status list was not given; fetch {uri}")]
    StatusNotKnown {
        /// The list's URI.
        uri: String,
    },
    /// The status list has no entries or too many.
    #[error("invalid size of a status list {entries}: must be between 1 and {limit} entries")]
    StatusListSize {
        /// The requested number of entries.
        entries: u64,
        /// The maximum number of entries.
        limit: u64,
    },
    /// The status needs more bits than the entries of the list have.
    #[error("the status {value:#04x} does not fit in {bits} bits; create the list with more bits")]
    StatusDoesNotFit {
        /// The status.
        value: u8,
        /// The number of bits of an entry.
        bits: u8,
    },
    /// The number of bits of an entry is not allowed.
    #[error("invalid number of bits {bits}: must be 1, 2, 4 or 8")]
    StatusBits {
        /// The number of bits.
        bits: u64,
    },
    /// The index is beyond the end of the list.
    #[error("invalid status index {index}: the list has {entries} entries")]
    StatusIndexOutOfRange {
        /// The index.
        index: u64,
        /// The number of entries.
        entries: u64,
    },
    /// A list, an entry or a stored allocator is malformed.
    #[error("malformed status data: {reason}")]
    MalformedStatus {
        /// The violated rule.
        reason: &'static str,
    },
    /// The inflated list exceeds the limit.
    #[error("the status list is too large: must be at most {limit} bytes when inflated")]
    StatusListTooLarge {
        /// The maximum number of inflated bytes.
        limit: usize,
    },
    /// A Bitstring Status List is too short for herd privacy.
    #[error("the status list has {entries} entries: must have at least {minimum} for privacy")]
    StatusListTooShort {
        /// The number of entries.
        entries: u64,
        /// The minimum number of entries.
        minimum: u64,
    },
    /// The status list token was rejected: its form, size, key or signature.
    #[error("the status list's token was refused: {0}")]
    StatusListToken(#[source] air_jwt::Error),
    /// The key of a status list token in another format than JWT is unknown.
    #[error("the status list's token was refused: it names no key of its issuer")]
    StatusListKeyUnknown,
    /// The token has another type.
    #[error("the token is not a status list: its `typ` must be {expected}")]
    StatusListWrongType {
        /// The required `typ`.
        expected: &'static str,
    },
    /// The list is not the one that the credential names.
    #[error("the status list is not the one that the credential names; fetch it from the credential's URI")]
    StatusListWrongUri,
    /// The list is from another issuer.
    #[error("the status list is not from the expected issuer")]
    StatusListWrongIssuer,
    /// The list has expired.
    #[error("the status list expired {ago} s ago; fetch it again")]
    StatusListExpired {
        /// The seconds since the expiry.
        ago: u64,
    },
    /// The list's validity is in the future.
    #[error("the status list becomes valid in {ahead} s; check the clocks")]
    StatusListNotYetValid {
        /// The seconds until then.
        ahead: u64,
    },
    /// The list does not have the purpose of the entry.
    #[error("the status list does not have the purpose of the credential's entry")]
    StatusPurposeMismatch,
    /// The list and the entry have different status sizes.
    #[error("the status list and the credential's entry have different sizes of a status")]
    StatusSizeMismatch,
    /// The text is not a DID, or not one of its method.
    #[error("invalid DID: {reason}")]
    InvalidDid {
        /// The violated rule.
        reason: &'static str,
    },
    /// The checksum of a `did:air` does not match.
    #[error(
        "the checksum of the did:air identifier does not match: it is mistyped; copy it from the dashboard again"
    )]
    AirDidChecksum,
    /// A DID or document has a key of an unsupported type.
    #[error("unsupported key of {kind}: must be P-256 or RSA")]
    UnsupportedKey {
        /// The key type.
        kind: &'static str,
    },
    /// A DID, document or metadata has an invalid key.
    #[error("the key was refused: {0}")]
    InvalidKey(#[source] air_jwt::Error),
    /// A JWK that should be public has a private member.
    #[error(
        "the JWK has a private member, so anyone can sign with it; replace the key, and publish only its public half"
    )]
    PrivateKeyPublished,
    /// The DID's method can't be resolved.
    #[error(
        "unsupported DID method did:{method}: must be did:key, did:jwk or did:web; configure the issuer's keys instead"
    )]
    UnresolvableDid {
        /// The method's name.
        method: String,
    },
    /// The DID document is malformed.
    #[error("invalid DID document: {reason}")]
    DidDocument {
        /// The violated rule.
        reason: &'static str,
    },
    /// The document is of another DID.
    #[error("the DID document's `id` is not the requested DID; serve the document of each DID")]
    WrongDocument,
    /// `iss` is neither a DID nor a URL that can have metadata.
    #[error("invalid issuer: {reason}")]
    InvalidIssuer {
        /// The violated rule.
        reason: &'static str,
    },
    /// The JWT VC Issuer Metadata is malformed.
    #[error("invalid issuer metadata: {reason}")]
    IssuerMetadata {
        /// The violated rule.
        reason: &'static str,
    },
    /// The metadata is of another issuer.
    #[error("the metadata's `issuer` differs from the requested `iss`: must be equal character by character")]
    WrongMetadata,
    /// The issuer is on this machine.
    #[error("the issuer is on this machine; resolve it in development mode only")]
    LoopbackIssuer,
    /// A document could not be fetched.
    #[error("failed to fetch a document from {host}: it must answer GET over https with 200")]
    Fetch {
        /// The requested host.
        host: String,
        /// The document loader's error.
        #[source]
        failure: crate::did::FetchFailure,
    },
    /// The document exceeds the limit.
    #[error("the document is too large: must be at most {limit} bytes")]
    DocumentTooLarge {
        /// The maximum number of bytes.
        limit: usize,
    },
    /// The issuer has no key that verifies credentials.
    #[error("the issuer publishes no ES256 or RS256 key for verifying credentials (assertionMethod)")]
    NoIssuerKeys,
}

impl Error {
    /// The violated rule of strict JSON, or `malformed` for text that is not JSON.
    pub(crate) fn of_json(error: air_json::Error, malformed: Self) -> Self {
        match error {
            air_json::Error::DuplicateMember { pointer } => Self::DuplicateMember { pointer },
            air_json::Error::InexactNumber { pointer } => Self::InexactNumber { pointer },
            air_json::Error::ReservedMember { .. } => Self::Format {
                reason: "the name of a member begins with `$serde_json::private::`",
            },
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
            | Self::NoIssuerKeys
            | Self::TypeMetadata { .. }
            | Self::TypeIntegrity { .. }
            | Self::WrongTypeDocument { .. }
            | Self::TypeDocumentMissing { .. } => None,
            Self::Format { .. } | Self::DuplicateMember { .. } | Self::InexactNumber { .. } => {
                Some(Check::Format)
            }
            Self::UntrustedIssuer => Some(Check::Issuer),
            Self::Signature(_) | Self::ProofKeyUnknown => Some(Check::Signature),
            Self::WrongType => Some(Check::Type),
            Self::Disclosure { .. } => Some(Check::Disclosures),
            Self::ClaimMissing { .. } => Some(Check::Claims),
            Self::TypeMetadataMismatch | Self::TypeRule { .. } => Some(Check::TypeMetadata),
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
            | Self::StatusListKeyUnknown
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
