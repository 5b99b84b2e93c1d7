//! The crate's error: a variant for each rule.

use crate::{Check, UntrustedIssuer};

/// The reason why a credential was not issued, presented or accepted. No variant contains the value
/// of an element.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A name is empty, too long, or contains a control character.
    #[error("invalid {what}: must have 1 to 256 bytes and no control characters")]
    InvalidName {
        /// The kind of name.
        what: &'static str,
    },
    /// The text is not base64url without padding.
    #[error("invalid {part}: must be base64url without padding (RFC 4648, 5)")]
    Base64 {
        /// The structure.
        part: &'static str,
    },
    /// The input is not the structure that the standard defines.
    #[error("malformed {part}: {rule}")]
    Malformed {
        /// The structure.
        part: &'static str,
        /// The violated rule, with its source.
        rule: &'static str,
    },
    /// A member of a structure is missing or has the wrong type.
    #[error(
        "malformed {part}: `{name}` is missing or has the wrong type (ISO/IEC 18013-5, 8.3.2.1.2.2 and 9.1.2.4)"
    )]
    Member {
        /// The structure.
        part: &'static str,
        /// The member.
        name: &'static str,
    },
    /// The input exceeds a limit.
    #[error("{part} is too large: must have at most {limit} {what}")]
    TooLarge {
        /// The structure.
        part: &'static str,
        /// The limited quantity.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The value of an element is not a full date.
    #[error("invalid date: must be YYYY-MM-DD (RFC 8943)")]
    InvalidDate,
    /// The value of an element is not a time.
    #[error(
        "invalid time: must be a date and time with an offset, such as 2026-11-29T23:00:00Z (RFC 3339, 5.6)"
    )]
    InvalidDateTime,
    /// A time is not between the years 1970 and 9999.
    #[error("invalid time of `{name}`: must be between the years 1970 and 9999")]
    InvalidTime {
        /// The member of `validityInfo`.
        name: &'static str,
    },
    /// An element occurs twice in its namespace, or two elements have the same digest ID.
    #[error(
        "the namespace {namespace} has the {what} of an element twice: must be unique (ISO/IEC 18013-5, 9.1.2.5)"
    )]
    DuplicateElement {
        /// The namespace.
        namespace: String,
        /// `identifier` or `digestID`.
        what: &'static str,
    },
    /// The credential has no such element.
    #[error("the credential has no element `{identifier}` in {namespace}; choose one that it has")]
    NoSuchElement {
        /// The namespace.
        namespace: String,
        /// The element's identifier.
        identifier: String,
    },
    /// A certificate chain is empty, has too many certificates, or one that is too long.
    #[error(
        "invalid x5chain: must have 1 to 8 certificates of at most 16,384 bytes, the signer's first (RFC 9360, 2)"
    )]
    InvalidCertificates,
    /// The issuer's signature has no certificates.
    #[error(
        "the unprotected header of `issuerAuth` has no x5chain (ISO/IEC 18013-5, 9.1.2.4); issue with the signer's certificate"
    )]
    CertificatesMissing,
    /// The verifier does not trust the issuer.
    #[error("the issuer is not trusted (ISO/IEC 18013-5, 9.3.1): {0}")]
    UntrustedIssuer(#[source] UntrustedIssuer),
    /// The algorithm of a signature is not ES256, or the key is not on P-256.
    #[error(
        "the algorithm of `{part}` must be ES256 (-7 or -9) with a key on P-256 (OpenID4VC HAIP, 7; ISO/IEC 18013-5, 9.1.2.4)"
    )]
    Algorithm {
        /// The signature.
        part: &'static str,
    },
    /// The header of a signature demands an extension.
    #[error("the header of `{part}` has `crit`, but no extensions are supported (RFC 9052, 3.1)")]
    CriticalHeader {
        /// The signature.
        part: &'static str,
    },
    /// The issuer's signature does not verify.
    #[error(
        "invalid issuer signature (ISO/IEC 18013-5, 9.3.1): signed with another key than the certificate's, or changed"
    )]
    IssuerSignature,
    /// The document's type is not the one that the issuer signed.
    #[error("the document's `docType` is not the one that the issuer signed (ISO/IEC 18013-5, 9.3.1)")]
    DocTypeMismatch,
    /// The document's type is not one of the requested types.
    #[error("the document is not of a requested type (OpenID4VP, B.2.3: `doctype_value`)")]
    UnexpectedDocType,
    /// The issuer signed no digest for a disclosed element.
    #[error(
        "the issuer signed no digest {digest_id} in {namespace}, which an element names (ISO/IEC 18013-5, 9.3.1)"
    )]
    DigestMissing {
        /// The namespace.
        namespace: String,
        /// The element's digest ID.
        digest_id: u64,
    },
    /// A disclosed element is not the one that the issuer signed.
    #[error(
        "the element with the digest {digest_id} in {namespace} is not the one that the issuer signed (ISO/IEC 18013-5, 9.3.1)"
    )]
    DigestMismatch {
        /// The namespace.
        namespace: String,
        /// The element's digest ID.
        digest_id: u64,
    },
    /// The times of the credential contradict each other.
    #[error(
        "the times of `validityInfo` contradict each other: `signed` ≤ `validFrom` < `validUntil` (ISO/IEC 18013-5, 9.1.2.4)"
    )]
    ValidityOrder,
    /// The credential has expired.
    #[error("the credential expired {ago} s ago (ISO/IEC 18013-5, 9.3.1); ask the issuer for a new one")]
    Expired {
        /// The seconds since `validUntil`.
        ago: u64,
    },
    /// The credential is not valid yet.
    #[error("the credential becomes valid in {ahead} s (ISO/IEC 18013-5, 9.3.1); check the clocks")]
    NotYetValid {
        /// The seconds until `validFrom`.
        ahead: u64,
    },
    /// The clock skew is so large that it would defeat the expiry.
    #[error("invalid clock skew {seconds} s: must be at most {limit} s")]
    SkewOutOfRange {
        /// The requested skew in seconds.
        seconds: u64,
        /// The maximum in seconds.
        limit: u64,
    },
    /// The device key of the credential is not a P-256 key.
    #[error("the device key must be a public COSE key on P-256 (ISO/IEC 18013-5, 9.1.2.4; RFC 9053, 7.1)")]
    DeviceKey,
    /// The device authenticated itself by a MAC, which is for proximity sessions.
    #[error(
        "the document has a `deviceMac` (ISO/IEC 18013-5, 9.1.3.5), which is not supported; present with a `deviceSignature`"
    )]
    DeviceMac,
    /// The device's signature does not verify.
    #[error(
        "invalid device signature (ISO/IEC 18013-5, 9.1.3.6): signed with another key, changed, or for another session transcript; compare the transcripts (OpenID4VP, B.2.6)"
    )]
    DeviceSignature,
    /// The key is not the one that the credential was issued to.
    #[error("the key is not the one that the credential was issued to; use the holder's key")]
    WrongDeviceKey,
    /// The device signed an element that its key is not authorized for.
    #[error(
        "the device signed `{identifier}` in {namespace}, which `keyAuthorizations` does not allow (ISO/IEC 18013-5, 9.1.2.4)"
    )]
    NotAuthorized {
        /// The namespace.
        namespace: String,
        /// The element's identifier.
        identifier: String,
    },
    /// The response reports an error of the wallet.
    #[error("the response has the status {status} (ISO/IEC 18013-5, 8.3.2.1.2.3): must be 0; present again")]
    ResponseStatus {
        /// The status.
        status: u64,
    },
    /// The response has no documents, or more than the verifier accepts.
    #[error(
        "the response has {count} documents: must have 1 to {limit} (OpenID4VC HAIP, 5.3.1: one for each DeviceResponse)"
    )]
    DocumentCount {
        /// The number of documents.
        count: usize,
        /// The maximum number.
        limit: usize,
    },
    /// The signature of a status list token does not verify.
    #[error(
        "invalid signature of the status list token (Token Status List, 8.3): signed with another key, or changed"
    )]
    StatusListSignature,
    /// The signer with a remote key failed.
    #[error(transparent)]
    Signer(#[from] air_jwt::SignerError),
    /// The signer returned something else than the 64 bytes of an ES256 signature.
    #[error(
        "the signer did not return the 64 bytes of an ES256 signature; convert DER with `air_jwt::es256_from_der`"
    )]
    SignatureLength,
}

impl Error {
    /// The check of a verification that this error belongs to; `None` for errors of issuers and
    /// holders.
    #[must_use]
    pub fn check(&self) -> Option<Check> {
        Some(match self {
            Self::InvalidName { .. }
            | Self::Base64 { .. }
            | Self::Malformed { .. }
            | Self::Member { .. }
            | Self::TooLarge { .. }
            | Self::InvalidTime { .. }
            | Self::DuplicateElement { .. }
            | Self::InvalidCertificates
            | Self::ResponseStatus { .. }
            | Self::DocumentCount { .. } => Check::Format,
            Self::DocTypeMismatch | Self::UnexpectedDocType => Check::DocType,
            Self::CertificatesMissing | Self::UntrustedIssuer(_) => Check::Issuer,
            Self::Algorithm { part } | Self::CriticalHeader { part } if *part == DEVICE_SIGNATURE => {
                Check::DeviceSignature
            }
            Self::Algorithm { part } | Self::CriticalHeader { part } if *part == STATUS_LIST => Check::Status,
            Self::StatusListSignature => Check::Status,
            Self::Algorithm { .. } | Self::CriticalHeader { .. } | Self::IssuerSignature => {
                Check::IssuerSignature
            }
            Self::DigestMissing { .. } | Self::DigestMismatch { .. } => Check::Digests,
            Self::ValidityOrder | Self::Expired { .. } | Self::NotYetValid { .. } => Check::Validity,
            Self::DeviceKey | Self::DeviceMac | Self::DeviceSignature => Check::DeviceSignature,
            Self::NotAuthorized { .. } => Check::KeyAuthorizations,
            Self::InvalidDate
            | Self::InvalidDateTime
            | Self::NoSuchElement { .. }
            | Self::SkewOutOfRange { .. }
            | Self::WrongDeviceKey
            | Self::Signer(_)
            | Self::SignatureLength => return None,
        })
    }
}

/// The names of the signatures in errors.
pub(crate) const ISSUER_AUTH: &str = "issuerAuth";
pub(crate) const DEVICE_SIGNATURE: &str = "deviceSignature";
pub(crate) const STATUS_LIST: &str = "status list token";
