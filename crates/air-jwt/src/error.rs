//! The crate's error. Each rule has its own variant, so that the cause of a 401 is clear.

use crate::{Algorithm, SignerError, SkipReason};

/// The reason why a key, token or set was refused. No variant contains a token, a key, or a claim's
/// value, except public ids.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The private key is not a P-256 or RSA key in a supported format.
    #[error("invalid private key: must be a P-256 or RSA key as PEM or DER (PKCS#8, SEC1, PKCS#1), or a JWK")]
    InvalidPrivateKey,
    /// A private key file is damaged, truncated, or contains several keys.
    #[error("failed to read the private key: {0}")]
    UnreadableKey(#[from] air_pem::Error),
    /// The private key is encrypted.
    #[error("the private key is encrypted; decrypt it first: `openssl pkcs8 -in KEY -out PLAIN`")]
    EncryptedPrivateKey,
    /// The public key is not a P-256 or RSA key.
    #[error("invalid public JWK: must be a P-256 point (`x`, `y`) or an RSA key (`n`, `e`) in base64url")]
    InvalidPublicKey,
    /// An RSA key has fewer than 2,048 or more than 4,096 bits.
    #[error("the RSA key has {bits} bits: must have 2048 to 4096 (RFC 7518, 3.3)")]
    RsaKeySize {
        /// The size of its modulus in bits.
        bits: u32,
    },
    /// An RSA key was made by a generator with a known flaw (ROCA, CVE-2017-15361).
    #[error(
        "the RSA key is from a flawed generator (ROCA, CVE-2017-15361), so anyone can compute its private half; generate another key"
    )]
    FlawedRsaKey,
    /// The algorithm is not one that the platform accepts.
    #[error("unknown algorithm: must be `ES256` or `RS256`")]
    UnknownAlgorithm,
    /// The signature is not an ECDSA signature of P-256 in DER.
    #[error("not an ECDSA signature in DER; ask the key store for ECDSA_SHA_256 on P-256")]
    InvalidSignature,
    /// A remote key did not sign.
    #[error(transparent)]
    Signer(SignerError),
    /// Two keys of a set have the same id.
    #[error("two keys have the id `{kid}`; give each key a unique id, such as its thumbprint")]
    DuplicateKid {
        /// The id of both keys.
        kid: String,
    },
    /// No key of the ring may sign at this time.
    #[error(
        "no published key may sign yet; the next one signs in {in_seconds} s, when the platform's cache has it"
    )]
    NoSigningKey {
        /// Seconds until a key may sign; 0 when none is scheduled.
        in_seconds: u64,
    },
    /// The times of a key contradict each other.
    #[error("invalid timetable of key `{kid}`: {reason}")]
    RotationSchedule {
        /// The key's id.
        kid: String,
        /// The rule that was broken.
        reason: &'static str,
    },
    /// A scheduled key has no private half in the ring.
    #[error("the private key `{kid}` is missing; keep each key until its timetable removes it")]
    MissingPrivateKey {
        /// The key's id.
        kid: String,
    },
    /// A rotation is already in progress.
    #[error(
        "a rotation is in progress: key `{kid}` is published but does not sign yet; rotate again in {in_seconds} s"
    )]
    RotationUnderWay {
        /// The id of the key that does not sign yet.
        kid: String,
        /// Seconds until it signs.
        in_seconds: u64,
    },
    /// A key id is empty, too long, or contains a control character.
    #[error("invalid `kid`: must be 1 to 256 characters without control characters")]
    InvalidKid,
    /// A partner id or an e-mail address is invalid.
    #[error(transparent)]
    InvalidId(#[from] air_ids::Error),
    /// The scope is not one that the platform defines.
    #[error("unknown scope: must be `issue`, `verify` or `issue on-behalf`")]
    UnknownScope,
    /// A token's lifetime is zero or exceeds the limit.
    #[error("invalid lifetime {seconds} s: must be between 1 and {limit} s (300 is usual)")]
    LifetimeOutOfRange {
        /// The requested lifetime.
        seconds: u64,
        /// The maximum lifetime.
        limit: u64,
    },
    /// A custom claim has the name of a claim that the token builder sets.
    #[error("the claim `{name}` is set by the token itself; choose another name")]
    ReservedClaim {
        /// The claim's name.
        name: String,
    },
    /// The clock skew is so large that it would undo the expiry of tokens.
    #[error("invalid clock skew {seconds} s: must be at most {limit} s; synchronise the clocks")]
    SkewOutOfRange {
        /// The requested skew.
        seconds: u64,
        /// The maximum skew.
        limit: u64,
    },
    /// An encrypted token or its key breaks a rule of JWE.
    #[cfg(feature = "jwe")]
    #[error(transparent)]
    Jwe(#[from] crate::jwe::JweError),
    /// A DPoP proof breaks a rule of RFC 9449.
    #[cfg(feature = "dpop")]
    #[error(transparent)]
    Dpop(#[from] crate::dpop::DpopError),
    /// A client attestation or its proof of possession breaks a rule.
    #[cfg(feature = "client-attestation")]
    #[error(transparent)]
    ClientAttestation(#[from] crate::client_attestation::AttestationError),
    /// A proof of possession was signed too long ago.
    #[cfg(any(feature = "dpop", feature = "client-attestation"))]
    #[error("the proof was signed {ago} s ago: must be at most {limit} s; sign a new proof for each request")]
    ProofTooOld {
        /// Seconds since `iat`.
        ago: u64,
        /// The maximum age.
        limit: u64,
    },
    /// The input is not a JWK set.
    #[error("invalid JWK set: must be a JSON object with an array `keys` (RFC 7517, section 5)")]
    InvalidJwkSet,
    /// The JWK set exceeds its limit.
    #[error("the JWK set is too large: must be at most {limit} bytes")]
    JwkSetTooLarge {
        /// The maximum length in bytes.
        limit: usize,
    },
    /// The token exceeds its limit.
    #[error("the token is {length} bytes long: must be at most {limit}")]
    TokenTooLong {
        /// Its length in bytes.
        length: usize,
        /// The maximum length in bytes.
        limit: usize,
    },
    /// The token is not `header.payload.signature` in base64url.
    #[error("malformed token: {reason}")]
    MalformedToken {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// The header's `alg` is not the algorithm of the key.
    #[error("the header's `alg` must be {expected}, the algorithm of key `{kid}`; sign with that algorithm")]
    WrongAlgorithm {
        /// The key's id.
        kid: String,
        /// The algorithm of the key.
        expected: Algorithm,
    },
    /// The header's `typ` is absent, or is not `JWT`.
    #[error("the header's `typ` must be \"JWT\"; set it when signing")]
    WrongType,
    /// The header has no `typ`, and the token either permits `issue on-behalf` or may not be a
    /// Partner JWT at all.
    #[error("the header has no `typ`, and {reason}; set `typ` to \"JWT\" when signing")]
    AbsentType {
        /// The reason why this token needs `typ`.
        reason: &'static str,
    },
    /// The header demands an extension (`crit`), and none is supported.
    #[error("the header has `crit`, but no extensions are supported; sign without it")]
    CriticalExtension,
    /// The header has no `kid`, and the set does not have exactly one key for the algorithm.
    #[error(
        "the header has no `kid`, and the JWK set does not have exactly one key for its `alg`; set `kid` when signing"
    )]
    MissingKid,
    /// The set has the key that `kid` names, but the key was skipped.
    #[error("the JWK set has the key `{kid}`, but it is not used: {reason}")]
    KeyNotUsed {
        /// The `kid` of the header.
        kid: String,
        /// The reason why the key was skipped.
        reason: SkipReason,
    },
    /// The set has no key with the header's `kid`.
    #[error(
        "the JWK set has no key `{kid}`; publish it before signing with it, or sign with a published key"
    )]
    UnknownKid {
        /// The `kid` of the header, shortened to printable characters.
        kid: String,
    },
    /// The signature does not verify.
    #[error("invalid signature for key `{kid}`: the token was signed with another private key, or changed")]
    BadSignature {
        /// The key's id.
        kid: String,
    },
    /// A required claim is absent.
    #[error("the claim `{name}` is missing; set it when signing")]
    MissingClaim {
        /// The claim's name.
        name: &'static str,
    },
    /// A claim does not have the type that the platform requires.
    #[error("the claim `{name}` has the wrong type: must be {expected}")]
    InvalidClaim {
        /// The claim's name.
        name: &'static str,
        /// The required type.
        expected: &'static str,
    },
    /// A time is in milliseconds, as `Date.now()` returns it, instead of seconds.
    #[error("the claim `{name}` is after the year 5138 (milliseconds?): must be in seconds since 1970")]
    Milliseconds {
        /// The claim's name.
        name: &'static str,
    },
    /// The token's lifetime exceeds the verifier's limit.
    #[error("the token's lifetime is {seconds} s: must be at most {limit} s (300 is usual)")]
    LivesTooLong {
        /// The token's lifetime.
        seconds: u64,
        /// The maximum lifetime, without the clock skew.
        limit: u64,
    },
    /// The time in `exp` has passed.
    #[error("token expired {ago} s ago; sign a new one (5 minutes is usual)")]
    Expired {
        /// Seconds since `exp`.
        ago: u64,
    },
    /// The time in `iat` or `nbf` is ahead of the clock.
    #[error("token becomes valid in {ahead} s; synchronise the clocks")]
    NotYetValid {
        /// Seconds until the token is valid.
        ahead: u64,
    },
    /// `scope` does not grant the required operation.
    #[error("the token's scope does not grant `{needed}`; sign a token with that scope")]
    ScopeNotGranted {
        /// The required scope.
        needed: &'static str,
    },
}
