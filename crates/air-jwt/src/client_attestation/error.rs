//! The rules of client attestation that a request can break.

use std::fmt;

use crate::{Error, SkipReason};

/// One of the two tokens of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Token {
    /// The attestation, in the header `OAuth-Client-Attestation`.
    Attestation,
    /// Its proof of possession, in the header `OAuth-Client-Attestation-PoP`.
    Pop,
}

impl Token {
    /// The name of the HTTP header.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Attestation => "OAuth-Client-Attestation",
            Self::Pop => "OAuth-Client-Attestation-PoP",
        }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Attestation => "client attestation",
            Self::Pop => "proof of the client attestation",
        })
    }
}

/// The reason why a client was not authenticated. Missing claims, times and the form of the tokens
/// have their variants in [`Error`].
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttestationError {
    /// The request lacks one of the tokens.
    #[error("the request has no {token}; send it in the header `{}`", .token.header())]
    Missing {
        /// The missing token.
        token: Token,
    },
    /// The request has a header more than once.
    #[error("the request has several headers `{}`: must have exactly one", .token.header())]
    Several {
        /// The repeated token.
        token: Token,
    },
    /// The header's `typ` is absent or another one.
    #[error("the {token} must have the `typ` \"{expected}\"")]
    WrongType {
        /// The token.
        token: Token,
        /// The required `typ`.
        expected: &'static str,
    },
    /// The attestation has no `cnf.jwk`.
    #[error("the client attestation has no key in `cnf.jwk`")]
    MissingKey,
    /// `cnf.jwk` has a private member.
    #[error("the client attestation contains a private key, which is known to others now; replace the key")]
    PrivateKey,
    /// `cnf.jwk` is not a public key for signatures.
    #[error("invalid `cnf.jwk` of the client attestation: {reason}")]
    InvalidKey {
        /// The rule that was broken.
        reason: SkipReason,
    },
    /// A signature does not verify.
    #[error("the signature of the {token} does not verify")]
    BadSignature {
        /// The token.
        token: Token,
    },
    /// The attestation was issued too long ago.
    #[error("the client attestation was issued {ago} s ago: must be at most {limit} s; get a new one")]
    NotFresh {
        /// Seconds since `iat`.
        ago: u64,
        /// The maximum age.
        limit: u64,
    },
    /// `aud` of the proof is another server.
    #[error("the proof of the client attestation is for another server: `aud` must be {expected}")]
    WrongAudience {
        /// The identifier of the server.
        expected: String,
    },
    /// `iss` of the proof is another client.
    #[error("`iss` of the proof is not the client of the attestation's `sub`")]
    WrongIssuer,
    /// The server requires a challenge, and the proof has none.
    #[error("the proof of the client attestation has no `challenge`; get one from the server")]
    MissingChallenge,
    /// The challenge is not one of the server's, or is too old.
    #[error("the `challenge` of the proof is not current; get a new one from the server")]
    WrongChallenge,
    /// The DPoP proof has another key than the attestation.
    #[error("the key of the DPoP proof is not the key in `cnf.jwk` of the client attestation")]
    WrongDpopKey,
}

/// The error code that a server responds with: `use_attestation_challenge`,
/// `use_fresh_attestation`, or `invalid_client_attestation` otherwise.
#[must_use]
pub fn error_code(error: &Error) -> &'static str {
    match error {
        Error::ClientAttestation(AttestationError::MissingChallenge | AttestationError::WrongChallenge) => {
            "use_attestation_challenge"
        }
        Error::ClientAttestation(AttestationError::NotFresh { .. }) => "use_fresh_attestation",
        _ => "invalid_client_attestation",
    }
}
