//! The crate's error.

use std::{fmt, io};

use crate::{Curve, custody::ShareIndex};

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
    /// The address of an identity wallet.
    WalletAddress,
    /// The seed of a root secret.
    Seed,
    /// The passphrase of a private key at rest.
    Passphrase,
    /// A holder's X25519 public key.
    HolderPublicKey,
    /// A holder's X25519 private key.
    HolderPrivateKey,
    /// The ephemeral public key of a holder's envelope.
    EphemeralKey,
    /// A custodian's share.
    Share,
    /// A custodian's partial.
    Partial,
    /// The proof of a partial.
    Proof,
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
            Self::WalletAddress => "wallet address",
            Self::Seed => "seed",
            Self::Passphrase => "passphrase",
            Self::HolderPublicKey => "holder's public key",
            Self::HolderPrivateKey => "holder's private key",
            Self::EphemeralKey => "ephemeral key",
            Self::Share => "share",
            Self::Partial => "partial",
            Self::Proof => "proof",
        })
    }
}

/// A form that keys come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyForm {
    /// Base64url without padding (RFC 4648, 5).
    Base64Url,
    /// A JWK of an EC key (RFC 7517, 7518 and 8812).
    Jwk,
    /// SPKI, DER or PEM (RFC 5480).
    Spki,
    /// PKCS#8 (RFC 5958) or SEC1 (RFC 5915), DER or PEM.
    Pkcs8,
    /// `did:key`.
    DidKey,
    /// SPKI of an X25519 key (RFC 8410).
    X25519Spki,
    /// PKCS#8 of an X25519 key (RFC 8410).
    X25519Pkcs8,
}

impl fmt::Display for KeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base64Url => "base64url without padding",
            Self::Jwk => "a JWK with kty EC and crv P-256 or secp256k1",
            Self::Spki => "SPKI of an EC key on secp256r1 or secp256k1",
            Self::Pkcs8 => "PKCS#8 or SEC1 of an EC key on secp256r1 or secp256k1",
            Self::X25519Spki => "SPKI of an X25519 key",
            Self::X25519Pkcs8 => "PKCS#8 of an X25519 key",
            Self::DidKey => "a did:key of a compressed key on secp256r1 or secp256k1",
        })
    }
}

/// A file of custody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CustodyFile {
    /// `group.json`.
    Group,
    /// `share-<i>.json`.
    Share,
    /// A custodian's partial.
    Partial,
    /// What custodians agreed on.
    Ceremony,
    /// What a dealer of a ceremony sends.
    Dealing,
}

impl fmt::Display for CustodyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Group => "a group file",
            Self::Share => "a share file",
            Self::Partial => "a partial",
            Self::Ceremony => "a ceremony file",
            Self::Dealing => "a dealing",
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
    /// A key that is not of the form it was read as.
    #[error("{field} is not {form}")]
    MalformedKey {
        /// Which field.
        field: Field,
        /// The form.
        form: KeyForm,
    },
    /// A file of a key that is damaged, cut off, or has another key too.
    #[error("{field} can't be read: {reason}")]
    UnreadableKey {
        /// Which field.
        field: Field,
        /// Why.
        reason: air_pem::Error,
    },
    /// A private key in a form that holds the public half as well, and another key's.
    #[error("the private key comes with another key's public half; export it again")]
    KeyHalvesDiffer,
    /// An encrypted private key without a passphrase.
    #[error("the private key is encrypted; give its passphrase")]
    PassphraseNeeded,
    /// A passphrase that does not decrypt the private key.
    #[error("the passphrase does not decrypt the private key")]
    WrongPassphrase,
    /// An encrypted private key of a scheme that is not read, or that asks for too much memory or time.
    #[error(
        "the private key's encryption is not supported; use PBES2 with AES and scrypt up to 256 MiB or PBKDF2 up to 10,000,000 iterations"
    )]
    UnsupportedEncryption,
    /// An X25519 key of low order: the shared secret would be known to all.
    #[error("{field} is of low order; generate another")]
    WeakHolderKey {
        /// Which field.
        field: Field,
    },
    /// An envelope that does not open: another holder's, or changed.
    #[error("this key does not open the envelope; it is another holder's, or was changed")]
    EnvelopeRejected,
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
    /// An identifier of another kind than a context has.
    #[error(transparent)]
    InvalidId(air_ids::Error),
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
    /// A wallet's signature by another key, of another context or for another network.
    #[error("the signature is not this wallet's of this context and network; ask the wallet again")]
    ForeignSignature,
    /// A wallet's envelope that another key signed, or for another user, address, network or content.
    #[error("the wallet's own key did not sign this envelope; open the wallet and keep it again")]
    ForeignEnvelope,
    /// EIP-712 typed data that would give a key away, or pass for the platform's own.
    #[error("{part} is reserved: such a signature would give a key of the wallet away")]
    TypedDataReserved {
        /// The type or domain name that is reserved.
        part: &'static str,
    },
    /// EIP-712 typed data that breaks a rule of the EIP, or exceeds a bound.
    #[error("the typed data can't be signed: {reason}")]
    TypedDataRejected {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// A threshold that can't be, or too many custodians.
    #[error("{threshold} of {shares} custodians is no threshold; 2 ≤ threshold ≤ shares ≤ 255 is needed")]
    ThresholdOutOfRange {
        /// How many are to be needed.
        threshold: u8,
        /// How many there are.
        shares: usize,
    },
    /// A custodian's number that is none.
    #[error("custodian {index} can't be: they are numbered 1 to 255")]
    ShareIndexOutOfRange {
        /// The number.
        index: u64,
    },
    /// A group whose keys do not belong together.
    #[error("the group's keys do not belong together; get the group file again from who made it")]
    InconsistentGroup,
    /// A share with another public half than the group has for its custodian.
    #[error("the share of custodian {index} is not this group's; use the group file that came with it")]
    ForeignShare {
        /// The share's custodian.
        index: ShareIndex,
    },
    /// A partial of someone who is not in the group.
    #[error("custodian {index} is not in the group; leave that partial out")]
    UnknownCustodian {
        /// The partial's custodian.
        index: ShareIndex,
    },
    /// Two partials of one custodian.
    #[error("custodian {index} is there twice; leave one of the two partials out")]
    DuplicatePartial {
        /// The partials' custodian.
        index: ShareIndex,
    },
    /// Fewer partials than the threshold.
    #[error("{count} partials are too few; {needed} custodians have to answer")]
    TooFewPartials {
        /// How many there are.
        count: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A proof of another length than 64 bytes.
    #[error("a proof is 128 hex digits")]
    InvalidProof,
    /// A partial that its proof contradicts, or that was made for another container.
    #[error("custodian {culprit} sent a partial that its proof contradicts; go on without it")]
    PartialRejected {
        /// Who sent it.
        culprit: ShareIndex,
    },
    /// JSON that is not the file it was read as.
    #[error("this is not {file} (line {line}, column {column})")]
    MalformedFile {
        /// Which kind was expected.
        file: CustodyFile,
        /// Where, from 1; 0 when a whole value is wrong.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// A file past its limit.
    #[error("{file} of {length} bytes can't be; at most {limit} fit")]
    FileTooLong {
        /// Which kind was expected.
        file: CustodyFile,
        /// Its length in bytes.
        length: usize,
        /// The most it may have.
        limit: usize,
    },
    /// A key that none of a ceremony's custodians has.
    #[error("this key is none of the ceremony's custodians'; use the one whose public half it names")]
    NotACustodian,
    /// Two custodians of a ceremony with one key.
    #[error("custodian {index} has the key of an earlier one; each needs their own")]
    DuplicateCustodian {
        /// The later one.
        index: ShareIndex,
    },
    /// A refresh for another number of custodians than the group has.
    #[error("a refresh keeps the number of custodians, and {count} are not {expected}; reshare in its place")]
    CustodianCount {
        /// How many there are.
        count: usize,
        /// How many the group has.
        expected: usize,
    },
    /// A dealing that this ceremony has no use for.
    #[error("this ceremony takes {needed} to deal")]
    WrongCeremony {
        /// What it takes.
        needed: &'static str,
    },
    /// A dealing of another ceremony.
    #[error("custodian {culprit} sent a dealing of another ceremony; ask for this one's")]
    ForeignDealing {
        /// Who sent it.
        culprit: ShareIndex,
    },
    /// A dealing whose proofs, commitments and sealed values contradict each other.
    #[error("custodian {culprit} sent a dealing that contradicts itself; begin anew without them")]
    DealingRejected {
        /// Who sent it.
        culprit: ShareIndex,
    },
    /// Two dealings of one custodian.
    #[error("the dealing of custodian {index} is there twice; leave one out")]
    DuplicateDealing {
        /// The dealings' custodian.
        index: ShareIndex,
    },
    /// Fewer dealings than the ceremony takes.
    #[error("{count} dealings are too few; this ceremony takes {needed}")]
    TooFewDealings {
        /// How many there are.
        count: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Reading from the caller's stream failed.
    #[error("the input could not be read")]
    Read(#[source] io::Error),
    /// Writing to the caller's stream failed.
    #[error("the output could not be written")]
    Write(#[source] io::Error),
}

impl Error {
    /// The custodian who sent something wrong, where that is known.
    #[must_use]
    pub fn culprit(&self) -> Option<ShareIndex> {
        match self {
            Self::PartialRejected { culprit }
            | Self::DealingRejected { culprit }
            | Self::ForeignDealing { culprit } => Some(*culprit),
            Self::UnknownCustodian { index }
            | Self::DuplicatePartial { index }
            | Self::DuplicateDealing { index }
            | Self::DuplicateCustodian { index }
            | Self::ForeignShare { index } => Some(*index),
            Self::FieldEmpty { .. }
            | Self::FieldTooLong { .. }
            | Self::FieldTooShort { .. }
            | Self::NotHex { .. }
            | Self::MalformedKey { .. }
            | Self::UnreadableKey { .. }
            | Self::KeyHalvesDiffer
            | Self::PassphraseNeeded
            | Self::WrongPassphrase
            | Self::UnsupportedEncryption
            | Self::WeakHolderKey { .. }
            | Self::EnvelopeRejected
            | Self::InvalidScalar { .. }
            | Self::InvalidPoint { .. }
            | Self::UnknownCurve
            | Self::InvalidId(_)
            | Self::ChunkSizeOutOfRange { .. }
            | Self::CurveMismatch { .. }
            | Self::NotAContainer { .. }
            | Self::WrongKey
            | Self::ChunkRejected { .. }
            | Self::WalletRefused { .. }
            | Self::ForeignSignature
            | Self::ForeignEnvelope
            | Self::TypedDataReserved { .. }
            | Self::TypedDataRejected { .. }
            | Self::ThresholdOutOfRange { .. }
            | Self::ShareIndexOutOfRange { .. }
            | Self::InconsistentGroup
            | Self::TooFewPartials { .. }
            | Self::InvalidProof
            | Self::MalformedFile { .. }
            | Self::FileTooLong { .. }
            | Self::NotACustodian
            | Self::CustodianCount { .. }
            | Self::WrongCeremony { .. }
            | Self::TooFewDealings { .. }
            | Self::Read(_)
            | Self::Write(_) => None,
        }
    }
}

/// The parts of a context that air-ids parses.
impl From<air_ids::Error> for Error {
    fn from(error: air_ids::Error) -> Self {
        use air_ids::{Error as Id, IdKind};
        let field = |kind| match kind {
            IdKind::Issuer => Field::Issuer,
            IdKind::Schema => Field::Schema,
            _ => Field::Context,
        };
        match error {
            Id::Empty { kind } => Self::FieldEmpty { field: field(kind) },
            Id::TooLong { kind, length, limit } => Self::FieldTooLong {
                field: field(kind),
                length,
                limit,
            },
            Id::UnknownCurve => Self::UnknownCurve,
            other => Self::InvalidId(other),
        }
    }
}
