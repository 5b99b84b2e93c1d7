//! The crate's error: a variant for each rule, so that a 401 has one cause.

use crate::{Algorithm, SignerError, SkipReason};

/// Why a key, token or set was refused. No variant holds a token, key or claim's value, but for public ids.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// No private key of P-256 or RSA in a form that is read.
    #[error("invalid private key: must be a P-256 or RSA key as PEM or DER (PKCS#8, SEC1, PKCS#1), or a JWK")]
    InvalidPrivateKey,
    /// A file of a private key that is damaged, cut off, or has another key too.
    #[error("failed to read the private key: {0}")]
    UnreadableKey(#[from] air_pem::Error),
    /// A private key under a passphrase.
    #[error("the private key is encrypted; decrypt it first: `openssl pkcs8 -in KEY -out PLAIN`")]
    EncryptedPrivateKey,
    /// No public key of P-256 or RSA.
    #[error("invalid public JWK: must be a P-256 point (`x`, `y`) or an RSA key (`n`, `e`) in base64url")]
    InvalidPublicKey,
    /// An RSA key that is too small to be safe, or larger than what is accepted.
    #[error("the RSA key has {bits} bits: must have 2048 to 4096 (RFC 7518, 3.3)")]
    RsaKeySize {
        /// Its size.
        bits: u32,
    },
    /// An RSA key of a generator with a known flaw.
    #[error(
        "the RSA key is from a flawed generator (ROCA, CVE-2017-15361), so anyone can compute its private half; generate another key"
    )]
    FlawedRsaKey,
    /// An algorithm that the platform does not accept.
    #[error("unknown algorithm: must be `ES256` or `RS256`")]
    UnknownAlgorithm,
    /// Not an ECDSA signature of P-256 in DER.
    #[error("not an ECDSA signature in DER; ask the key store for ECDSA_SHA_256 on P-256")]
    InvalidSignature,
    /// A key that lives elsewhere did not sign.
    #[error(transparent)]
    Signer(SignerError),
    /// Two keys of a set under one id.
    #[error("two keys have the id `{kid}`; give each key a unique id, such as its thumbprint")]
    DuplicateKid {
        /// The id.
        kid: String,
    },
    /// No key of the ring signs at this time.
    #[error(
        "no published key may sign yet; the next one signs in {in_seconds} s, when the platform's cache has it"
    )]
    NoSigningKey {
        /// Seconds until one does; 0 when none is planned.
        in_seconds: u64,
    },
    /// A timetable that contradicts itself.
    #[error("invalid timetable of key `{kid}`: {reason}")]
    RotationSchedule {
        /// The key's id.
        kid: String,
        /// The rule that is broken.
        reason: &'static str,
    },
    /// The private half of a planned key is not there.
    #[error("the private key `{kid}` is missing; keep each key until its timetable removes it")]
    MissingPrivateKey {
        /// The key's id.
        kid: String,
    },
    /// A rotation while one is under way.
    #[error(
        "a rotation is in progress: key `{kid}` is published but does not sign yet; rotate again in {in_seconds} s"
    )]
    RotationUnderWay {
        /// The key that waits.
        kid: String,
        /// Seconds until it signs.
        in_seconds: u64,
    },
    /// A key id that is empty, too long or has a control character.
    #[error("invalid `kid`: must be 1 to 256 characters without control characters")]
    InvalidKid,
    /// A partner id or an address outside its limits.
    #[error(transparent)]
    InvalidId(#[from] air_ids::Error),
    /// A scope that the platform does not know.
    #[error("unknown scope: must be `issue`, `verify` or `issue on-behalf`")]
    UnknownScope,
    /// A lifetime of zero, or beyond what the platform should be asked to accept.
    #[error("invalid lifetime {seconds} s: must be between 1 and {limit} s (300 is usual)")]
    LifetimeOutOfRange {
        /// What was asked for.
        seconds: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// A custom claim with the name of one that the token builder sets.
    #[error("the claim `{name}` is set by the token itself; choose another name")]
    ReservedClaim {
        /// The claim's name.
        name: String,
    },
    /// A clock skew that would undo expiry.
    #[error("invalid clock skew {seconds} s: must be at most {limit} s; synchronise the clocks")]
    SkewOutOfRange {
        /// What was asked for.
        seconds: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// A JWK set that is not one.
    #[error("invalid JWK set: must be a JSON object with an array `keys` (RFC 7517, section 5)")]
    InvalidJwkSet,
    /// More than a set may have.
    #[error("the JWK set is too large: must be at most {limit} bytes")]
    JwkSetTooLarge {
        /// The most bytes that are read.
        limit: usize,
    },
    /// More than a token may have.
    #[error("the token is {length} bytes long: must be at most {limit}")]
    TokenTooLong {
        /// Its length.
        length: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Not `header.payload.signature` in base64url.
    #[error("malformed token: {reason}")]
    MalformedToken {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// The header's `alg` is not the one that the key is for.
    #[error("the header's `alg` must be {expected}, the algorithm of key `{kid}`; sign with that algorithm")]
    WrongAlgorithm {
        /// The key's id.
        kid: String,
        /// What the key is for.
        expected: Algorithm,
    },
    /// The header's `typ` is absent or other than `JWT`.
    #[error("the header's `typ` must be \"JWT\"; set it when signing")]
    WrongType,
    /// The header has no `typ`, and the token may be something else than a Partner JWT, or permits issuing on behalf.
    #[error("the header has no `typ`, and {reason}; set `typ` to \"JWT\" when signing")]
    AbsentType {
        /// Why this token needs one.
        reason: &'static str,
    },
    /// The header demands an extension (`crit`).
    #[error("the header has `crit`, but no extensions are supported; sign without it")]
    CriticalExtension,
    /// The header has no `kid`, and it takes one to choose the key.
    #[error(
        "the header has no `kid`, and the JWK set does not have exactly one key for its `alg`; set `kid` when signing"
    )]
    MissingKid,
    /// The set has the key that `kid` names, and it was skipped.
    #[error("the JWK set has the key `{kid}`, but it is not used: {reason}")]
    KeyNotUsed {
        /// The id that was looked for.
        kid: String,
        /// Why the key is not used.
        reason: SkipReason,
    },
    /// The header's `kid` is in no published key.
    #[error(
        "the JWK set has no key `{kid}`; publish it before signing with it, or sign with a published key"
    )]
    UnknownKid {
        /// The id that was looked for.
        kid: String,
    },
    /// The signature does not verify.
    #[error("invalid signature for key `{kid}`: the token was signed with another private key, or changed")]
    BadSignature {
        /// The key's id.
        kid: String,
    },
    /// A claim is absent.
    #[error("the claim `{name}` is missing; set it when signing")]
    MissingClaim {
        /// The claim's name.
        name: &'static str,
    },
    /// A claim has another type than the platform's.
    #[error("the claim `{name}` has the wrong type: must be {expected}")]
    InvalidClaim {
        /// The claim's name.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A time in milliseconds, as `Date.now()` gives it.
    #[error("the claim `{name}` is after the year 5138 (milliseconds?): must be in seconds since 1970")]
    Milliseconds {
        /// The claim's name.
        name: &'static str,
    },
    /// A lifetime beyond what the verifier allows.
    #[error("the token's lifetime is {seconds} s: must be at most {limit} s (300 is usual)")]
    LivesTooLong {
        /// How long it lives.
        seconds: u64,
        /// The most that is allowed, without the clock skew.
        limit: u64,
    },
    /// `exp` is past.
    #[error("token expired {ago} s ago; sign a new one (5 minutes is usual)")]
    Expired {
        /// Seconds since `exp`.
        ago: u64,
    },
    /// `iat` or `nbf` is ahead of the clock.
    #[error("token becomes valid in {ahead} s; synchronise the clocks")]
    NotYetValid {
        /// Seconds until it is.
        ahead: u64,
    },
    /// `scope` does not grant what is asked.
    #[error("the token's scope does not grant `{needed}`; sign a token with that scope")]
    ScopeNotGranted {
        /// The scope that the call needs.
        needed: &'static str,
    },
}
