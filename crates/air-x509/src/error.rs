//! The crate's error. Each rule has its own variant, so that the cause of a refusal is clear.

/// The reason why a certificate, a chain or an anchor was refused. Certificates are counted from 0,
/// the leaf.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// `x5c` is not an array of strings.
    #[error("invalid `x5c`: must be an array of one or more certificates in base64 (RFC 7515, 4.1.6)")]
    InvalidX5c,
    /// A certificate in `x5c` is not standard base64 with padding.
    #[error("certificate {index} of the chain is not base64 with padding (RFC 7515, 4.1.6; not base64url)")]
    InvalidBase64 {
        /// The index of the certificate.
        index: usize,
    },
    /// A chain has too many certificates.
    #[error("the chain has {count} certificates: must have at most {limit}")]
    TooManyCertificates {
        /// The number of certificates.
        count: usize,
        /// The maximum number.
        limit: usize,
    },
    /// A certificate is too large.
    #[error("certificate {index} has {length} bytes: must have at most {limit}")]
    CertificateTooLarge {
        /// The index of the certificate.
        index: usize,
        /// Its length in bytes.
        length: usize,
        /// The maximum length.
        limit: usize,
    },
    /// A certificate is not X.509 version 3 in DER.
    #[error("certificate {index} is malformed: must be X.509 version 3 in DER (RFC 5280)")]
    MalformedCertificate {
        /// The index of the certificate.
        index: usize,
    },
    /// A file of anchors could not be read.
    #[error("failed to read the trust anchors: {0}")]
    UnreadableAnchors(#[from] air_pem::Error),
    /// A file of a chain could not be read.
    #[error("failed to read the certificate chain: {0}")]
    UnreadableChain(#[source] air_pem::Error),
    /// An anchor is not the certificate of a certificate authority.
    #[error(
        "anchor {index} is not a certificate authority: it must have the basic constraint `CA`, and may sign certificates"
    )]
    AnchorNotAuthority {
        /// The index of the anchor.
        index: usize,
    },
    /// There are too many anchors.
    #[error("there are more than {limit} trust anchors; remove the ones that are not used")]
    TooManyAnchors {
        /// The maximum number.
        limit: usize,
    },
    /// The leaf is self-signed.
    #[error("the leaf certificate is self-signed; have a certificate authority sign it (HAIP)")]
    LeafSelfSigned,
    /// The chain contains a trust anchor or another self-signed certificate.
    #[error("certificate {index} of the chain is the trust anchor or self-signed; omit it (HAIP)")]
    ContainsAnchor {
        /// The index of the certificate.
        index: usize,
    },
    /// The key of the leaf is not on P-256.
    #[error("the leaf certificate's key is {found}: must be P-256, for ES256 (HAIP)")]
    LeafKeyNotP256 {
        /// The type of the key.
        found: crate::PublicKeyType,
    },
    /// The leaf is the certificate of a certificate authority.
    #[error("the leaf certificate is a certificate authority; sign with an end-entity certificate")]
    LeafIsAuthority,
    /// The key usage of the leaf excludes signatures.
    #[error("the leaf certificate's key usage must include digital signatures")]
    LeafKeyUsage,
    /// The leaf does not have the required extended key usage.
    #[error("the leaf certificate must have the extended key usage {required}")]
    WrongPurpose {
        /// The required purpose.
        required: crate::Purpose,
    },
    /// A certificate was not issued by the next one.
    #[error(
        "certificate {index} of the chain was not issued by the next one; sort the chain from the leaf up"
    )]
    WrongOrder {
        /// The index of the certificate.
        index: usize,
    },
    /// A certificate is not part of the path from the leaf to the anchor.
    #[error(
        "certificate {index} of the chain did not issue it: it is not on the path to the trust anchor; omit it"
    )]
    UnusedCertificate {
        /// The index of the certificate.
        index: usize,
    },
    /// A certificate has expired.
    #[error("certificate {index} of the chain expired {ago} s ago; renew it")]
    Expired {
        /// The index of the certificate.
        index: usize,
        /// Seconds since it expired.
        ago: u64,
    },
    /// A certificate is not valid yet.
    #[error("certificate {index} of the chain becomes valid in {ahead} s; synchronise the clocks")]
    NotYetValid {
        /// The index of the certificate.
        index: usize,
        /// Seconds until it is valid.
        ahead: u64,
    },
    /// The only matching anchor is expired or not valid yet.
    #[error("the trust anchor of the chain is not valid at this time; replace it")]
    AnchorNotValid,
    /// No anchor issued the chain.
    #[error(
        "no trust anchor issued the chain; add the anchor, or include the missing intermediate certificates"
    )]
    UnknownAuthority,
    /// A signature does not verify.
    #[error(
        "a signature of the chain does not verify: a certificate was changed, or signed by another key of the same name"
    )]
    BadSignature,
    /// A certificate is signed with an algorithm that is not supported.
    #[error(
        "a certificate of the chain has another signature than ECDSA on P-256 or P-384 with SHA-256 or SHA-384"
    )]
    UnsupportedAlgorithm,
    /// A certificate has a critical extension that is not supported.
    #[error("a certificate of the chain has a critical extension that is not supported")]
    CriticalExtension,
    /// An issuing certificate is not a certificate authority.
    #[error("a certificate of the chain was issued by one that is no certificate authority")]
    IssuerNotAuthority,
    /// The chain is longer than an authority allows.
    #[error("the chain is longer than the path length of one of its authorities allows")]
    PathTooLong,
    /// A name is outside of an authority's name constraints.
    #[error("a name of the chain violates the name constraints of one of its authorities")]
    NameConstraint,
    /// The chain breaks another rule of RFC 5280.
    #[error("invalid chain: {reason}")]
    InvalidChain {
        /// The rule, as the library names it.
        reason: String,
    },
    /// The key of a certificate is not one that signs tokens.
    #[error("the certificate's key is {found}: must be P-256 or RSA of 2048 to 4096 bits to sign tokens")]
    UnsupportedKey {
        /// The type of the key.
        found: crate::PublicKeyType,
    },
    /// A token's key is not the one of the leaf.
    #[error("the leaf certificate's key is not the signing key; use the certificate that was issued for it")]
    ForeignLeaf,
    /// The leaf is the certificate of another issuer than the credential names.
    #[error(
        "the credential's certificate does not name its issuer, `iss`, as a URI or by its host (SD-JWT VC, section 2.5)"
    )]
    IssuerNotNamed,
    /// A credential has neither `iss` nor `x5c`.
    #[error(
        "the credential names no issuer: it must have `iss`, or its certificate chain in `x5c` (SD-JWT VC, section 2.5)"
    )]
    NoIssuer,
    /// A trust list is invalid.
    #[error("invalid trust list: {reason}")]
    InvalidTrustList {
        /// The party and the rule that was broken.
        reason: String,
    },
    /// The trust list does not have the party.
    #[error("the trust list has no party with this DID, key or certificate; add it, if it is to be trusted")]
    NotTrusted,
    /// The trust list has the party, but not for this type.
    #[error(
        "the trust list does not permit this type of credential for `{party}`; add the type to its `types`"
    )]
    TypeNotPermitted {
        /// The name of the party.
        party: String,
    },
}
