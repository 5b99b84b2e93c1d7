//! The crate's error.

use std::{fmt, io};

use crate::Curve;

/// An input that a caller gave, named in errors instead of being shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// The user's AIR id or DID.
    User,
    /// The issuer's DID.
    Issuer,
    /// The schema's id.
    Schema,
    /// The id of a managed key.
    KeyId,
    /// The caller's label, authenticated with a container.
    Label,
    /// A whole context: its fields together.
    Context,
    /// A private key.
    PrivateKey,
    /// A public key.
    PublicKey,
    /// The key of an identity wallet.
    WalletKey,
    /// The signature of an identity wallet.
    WalletSignature,
    /// The seed of a root secret.
    Seed,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Issuer => "issuer",
            Self::Schema => "schema",
            Self::KeyId => "key id",
            Self::Label => "label",
            Self::Context => "context",
            Self::PrivateKey => "private key",
            Self::PublicKey => "public key",
            Self::WalletKey => "wallet key",
            Self::WalletSignature => "wallet signature",
            Self::Seed => "seed",
        })
    }
}

/// What can go wrong; no variant holds a value that was given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A field that must say something is empty.
    #[error("{field} is empty; give it at least one byte")]
    FieldEmpty {
        /// Which field.
        field: Field,
    },
    /// A field exceeds its limit.
    #[error("{field} is {length} bytes long; at most {limit} fit")]
    FieldTooLong {
        /// Which field.
        field: Field,
        /// Its length in bytes.
        length: usize,
        /// The most it may have.
        limit: usize,
    },
    /// A secret is too short to be one.
    #[error("{field} is {length} bytes long; at least {minimum} uniformly random ones are needed")]
    FieldTooShort {
        /// Which field.
        field: Field,
        /// Its length in bytes.
        length: usize,
        /// The least it must have.
        minimum: usize,
    },
    /// Text that is not hexadecimal.
    #[error("{field} is not hexadecimal; give hex digits, with or without 0x")]
    NotHex {
        /// Which field.
        field: Field,
    },
    /// A scalar that is zero, too large, or of another length than 32 bytes.
    #[error("{field} is not a scalar of {curve}; 32 bytes between 1 and the group's order are needed")]
    InvalidScalar {
        /// Which field.
        field: Field,
        /// The curve it was read for.
        curve: Curve,
    },
    /// Bytes that are no point of the curve, or the identity.
    #[error(
        "{field} is not a point of {curve}; SEC1 bytes, compressed (33) or uncompressed (65), are needed"
    )]
    InvalidPoint {
        /// Which field.
        field: Field,
        /// The curve it was read for.
        curve: Curve,
    },
    /// A curve's name that the specification does not know.
    #[error("unknown curve; secp256r1 and secp256k1 are known")]
    UnknownCurve,
    /// A chunk size outside of the specification.
    #[error("a chunk of 2^{log2} bytes is out of range; use 2^12 to 2^24")]
    ChunkSizeOutOfRange {
        /// The base-2 logarithm that was asked for.
        log2: u8,
    },
    /// A context for one curve with a key on the other.
    #[error("the context is for {context} and the key is on {key}; use the same curve for both")]
    CurveMismatch {
        /// The curve of the context.
        context: Curve,
        /// The curve of the key.
        key: Curve,
    },
    /// Bytes that are no container of version 1.
    #[error("not a sealed container of version 1: {reason}")]
    NotAContainer {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// The key commitment differs: another key, context or label.
    #[error("this key does not open the container; check key, user, issuer, schema, curve and label")]
    WrongKey,
    /// A chunk that does not authenticate: changed, moved, or cut.
    #[error("chunk {index} does not authenticate: the container was changed or cut short; get it again")]
    ChunkRejected {
        /// Which chunk, from 0.
        index: u64,
    },
    /// The wallet could not or would not sign.
    #[error("the identity wallet did not sign: {reason}")]
    WalletRefused {
        /// What the wallet says; it must not contain secrets.
        reason: String,
    },
    /// Reading from the caller's stream failed.
    #[error("the input could not be read")]
    Read(#[source] io::Error),
    /// Writing to the caller's stream failed.
    #[error("the output could not be written")]
    Write(#[source] io::Error),
}
