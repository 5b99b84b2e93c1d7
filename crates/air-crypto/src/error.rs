//! The crate's error.

use std::{fmt, io};

use crate::{Curve, custody::ShareIndex};

/// An input. Errors name it and do not show its value.
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
    /// A whole context: all of its fields together.
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
    /// The passphrase of a private key or a share at rest.
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
    /// The purpose that a custodian states for a partial.
    Purpose,
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
            Self::Purpose => "purpose",
        })
    }
}

/// A format of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyForm {
    /// Base64url without padding (RFC 4648, section 5).
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

/// A custody file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CustodyFile {
    /// `group.json`.
    Group,
    /// `share-<i>.json`.
    Share,
    /// A custodian's partial.
    Partial,
    /// The parameters of a ceremony.
    Ceremony,
    /// A dealer's message in a ceremony.
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

/// An error of this crate. No variant contains an input value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A required field is empty.
    #[error("{field} is empty: must be at least one byte")]
    FieldEmpty {
        /// The field.
        field: Field,
    },
    /// A field exceeds its limit.
    #[error("{field} is {length} bytes long: must be at most {limit}")]
    FieldTooLong {
        /// The field.
        field: Field,
        /// Its length in bytes.
        length: usize,
        /// The maximum length in bytes.
        limit: usize,
    },
    /// A secret is too short.
    #[error("{field} is {length} bytes long: must be at least {minimum} uniformly random bytes")]
    FieldTooShort {
        /// The field.
        field: Field,
        /// Its length in bytes.
        length: usize,
        /// The minimum length in bytes.
        minimum: usize,
    },
    /// Text that is not hexadecimal.
    #[error("{field} is not hexadecimal: must be hex digits, with or without 0x")]
    NotHex {
        /// The field.
        field: Field,
    },
    /// A key is not in the expected format.
    #[error("{field} is not {form}")]
    MalformedKey {
        /// The field.
        field: Field,
        /// The expected format.
        form: KeyForm,
    },
    /// A key file is damaged, truncated, or contains several keys.
    #[error("{field} can't be read: {reason}")]
    UnreadableKey {
        /// The field.
        field: Field,
        /// The reason.
        reason: air_pem::Error,
    },
    /// A private key contains a public half that does not match.
    #[error("the private key does not match its public half; export it again")]
    KeyHalvesDiffer,
    /// A private key is encrypted, and no passphrase was given.
    #[error("the private key is encrypted: a passphrase is needed")]
    PassphraseNeeded,
    /// A passphrase that does not decrypt the private key.
    #[error("the passphrase does not decrypt the private key")]
    WrongPassphrase,
    /// An encrypted private key with an unsupported scheme, or one that needs too much memory or time.
    #[error(
        "the private key's encryption is not supported; use PBES2 with AES and scrypt up to 256 MiB or PBKDF2 up to 10,000,000 iterations"
    )]
    UnsupportedEncryption,
    /// A private key or a share is encrypted, and the crate's feature `passphrase` is off.
    #[error(
        "the key or the share is encrypted, which this build cannot read; enable the feature `passphrase`"
    )]
    NoPassphrases,
    /// A share is encrypted, and no passphrase was given.
    #[error("the share of custodian {index} is encrypted: a passphrase is needed")]
    SharePassphraseNeeded {
        /// The custodian of the share.
        index: ShareIndex,
    },
    /// A passphrase that does not decrypt a share, or a share's file that was changed.
    #[error(
        "the passphrase does not decrypt the share of custodian {index}, or its file was changed; try the passphrase again, or a backup of the file"
    )]
    WrongSharePassphrase {
        /// The custodian of the share.
        index: ShareIndex,
    },
    /// An encrypted share with an unsupported scheme, or one that needs too much memory or time.
    #[error(
        "the share's encryption is not supported: must be scrypt with logN 14 to 18, r 8 and p 1 to 16, and aes-256-gcm"
    )]
    UnsupportedShareEncryption,
    /// An X25519 key has a low order: anyone could compute the shared secret (RFC 7748, 6.1).
    #[error("{field} is of low order; generate another")]
    WeakHolderKey {
        /// The field.
        field: Field,
    },
    /// An envelope does not open: it is sealed to another holder, or was changed.
    #[error("this key does not open the envelope: it is sealed to another holder, or was changed")]
    EnvelopeRejected,
    /// A scalar that is zero, too large, or of another length than 32 bytes.
    #[error("{field} is not a scalar of {curve}: must be 32 bytes, from 1 to the group order less 1")]
    InvalidScalar {
        /// The field.
        field: Field,
        /// The curve it was read for.
        curve: Curve,
    },
    /// The bytes are not a point of the curve, or are the identity.
    #[error("{field} is not a point of {curve}: must be SEC1 bytes, compressed (33) or uncompressed (65)")]
    InvalidPoint {
        /// The field.
        field: Field,
        /// The curve it was read for.
        curve: Curve,
    },
    /// An unknown curve name.
    #[error("unknown curve: must be secp256r1 or secp256k1")]
    UnknownCurve,
    /// An identifier of a context is invalid, and no other variant describes it.
    #[error(transparent)]
    InvalidId(air_ids::Error),
    /// A chunk size is outside the limits of the specification.
    #[error("invalid chunk size 2^{log2}: must be 2^12 to 2^24 bytes")]
    ChunkSizeOutOfRange {
        /// The base-2 logarithm that was asked for.
        log2: u8,
    },
    /// A context and a key, or two keys, are on different curves.
    #[error("the context is for {context} and the key is on {key}; use the same curve for both")]
    CurveMismatch {
        /// The curve of the context, or the expected curve.
        context: Curve,
        /// The curve of the key.
        key: Curve,
    },
    /// The bytes are not a container of version 1.
    #[error("not a sealed container of version 1: {reason}")]
    NotAContainer {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// The key commitment differs: the key, context or label is not the container's.
    #[error("this key does not open the container; check key, user, issuer, schema, curve and label")]
    WrongKey,
    /// A chunk does not authenticate: it was changed, moved or truncated.
    #[error("chunk {index} does not authenticate: the container was changed or cut short; get it again")]
    ChunkRejected {
        /// The number of the chunk, counted from 0.
        index: u64,
    },
    /// The wallet could not or would not sign.
    #[error("the identity wallet did not sign: {reason}")]
    WalletRefused {
        /// The reason that the wallet gave. It must not contain secrets.
        reason: String,
    },
    /// A wallet's signature is by another key, of another context or for another network.
    #[error("the signature is not by this wallet for this context and network; ask the wallet again")]
    ForeignSignature,
    /// A wallet's envelope is signed by another key, or for another user, address, network or
    /// content.
    #[error(
        "the envelope is not signed by the wallet's own key; open the wallet and store the envelope again"
    )]
    ForeignEnvelope,
    /// An acceptance of a CAK is signed by another key, or for another user, issuer, schema, curve,
    /// public key or network.
    #[error(
        "the acceptance is not signed by the user's wallet for this key; open the wallet and accept again"
    )]
    ForeignAcceptance,
    /// EIP-712 typed data would reveal a key when signed, or imitates the platform's own.
    #[error("{part} is reserved: such a signature would reveal a key of the wallet")]
    TypedDataReserved {
        /// The type or domain name that is reserved.
        part: &'static str,
    },
    /// EIP-712 typed data breaks a rule of the EIP, or exceeds a limit.
    #[error("the typed data can't be signed: {reason}")]
    TypedDataRejected {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// The threshold is out of range, or there are too many custodians.
    #[error(
        "invalid threshold {threshold} for {shares} custodians: must be between 2 and the number of custodians, which is at most 255"
    )]
    ThresholdOutOfRange {
        /// The number of custodians that are needed to open.
        threshold: u8,
        /// The number of custodians.
        shares: usize,
    },
    /// A custodian's index is not between 1 and 255.
    #[error("invalid custodian index {index}: must be between 1 and 255")]
    ShareIndexOutOfRange {
        /// The invalid index.
        index: u64,
    },
    /// The keys of a group are inconsistent.
    #[error("the keys of the group are inconsistent; get the group file from its author again")]
    InconsistentGroup,
    /// A share does not match the group's key for its custodian.
    #[error(
        "the share of custodian {index} does not belong to this group; use the group file that came with it"
    )]
    ForeignShare {
        /// The custodian of the share.
        index: ShareIndex,
    },
    /// A custodian is not in the group.
    #[error("custodian {index} is not in the group; omit that partial")]
    UnknownCustodian {
        /// The custodian that was named.
        index: ShareIndex,
    },
    /// Two partials are from the same custodian.
    #[error("there are two partials of custodian {index}; omit one")]
    DuplicatePartial {
        /// The custodian of both partials.
        index: ShareIndex,
    },
    /// There are fewer partials than the threshold.
    #[error("too few partials: {count} of {needed}; get the missing ones from other custodians")]
    TooFewPartials {
        /// The number of partials.
        count: usize,
        /// The number that is needed.
        needed: usize,
    },
    /// A proof of another length than 64 bytes.
    #[error("invalid proof: must be 128 hex digits")]
    InvalidProof,
    /// A partial has an invalid proof, or is for another container.
    #[error(
        "custodian {culprit}'s partial is for another container, or was changed; ask for a partial for this container, or continue without it"
    )]
    PartialRejected {
        /// The custodian who sent it.
        culprit: ShareIndex,
    },
    /// The statement that a partial carries is not signed with its custodian's share, or is about
    /// another container.
    #[error(
        "the statement about custodian {culprit}'s partial is not signed by custodian {culprit} for this container; ask for another partial"
    )]
    AboutRejected {
        /// The custodian of the partial.
        culprit: ShareIndex,
    },
    /// A file is not the JSON that was expected.
    #[error("this is not {file} (line {line}, column {column})")]
    MalformedFile {
        /// The expected kind.
        file: CustodyFile,
        /// The line, counted from 1; 0 when a whole value is wrong.
        line: usize,
        /// The column in the line.
        column: usize,
    },
    /// A file exceeds its limit.
    #[error("{file} is {length} bytes long: must be at most {limit}")]
    FileTooLong {
        /// The expected kind.
        file: CustodyFile,
        /// Its length in bytes.
        length: usize,
        /// The maximum length in bytes.
        limit: usize,
    },
    /// A key belongs to no custodian of the ceremony.
    #[error(
        "this key belongs to no custodian of the ceremony; use the private key of a public key that it names"
    )]
    NotACustodian,
    /// Two custodians of a ceremony have the same key.
    #[error("custodian {index} has the same key as an earlier custodian; each needs a separate key")]
    DuplicateCustodian {
        /// The later of the two.
        index: ShareIndex,
    },
    /// A refresh has another number of custodians than the group.
    #[error(
        "a refresh needs the group's {expected} custodians, not {count}; use a reshare to change the number"
    )]
    CustodianCount {
        /// The number of custodians in the refresh.
        count: usize,
        /// The number of custodians in the group.
        expected: usize,
    },
    /// The dealer's input does not fit the kind of ceremony.
    #[error("wrong input for this ceremony: it needs {needed} to deal")]
    WrongCeremony {
        /// The needed input.
        needed: &'static str,
    },
    /// A dealing is for another ceremony.
    #[error("custodian {culprit} sent a dealing for another ceremony; ask for one for this ceremony")]
    ForeignDealing {
        /// The custodian who sent it.
        culprit: ShareIndex,
    },
    /// The proofs, commitments and sealed values of a dealing contradict each other.
    #[error("custodian {culprit} sent an inconsistent dealing; start a new ceremony without them")]
    DealingRejected {
        /// The custodian who sent it.
        culprit: ShareIndex,
    },
    /// Two dealings are from the same custodian.
    #[error("there are two dealings of custodian {index}; omit one")]
    DuplicateDealing {
        /// The custodian of both dealings.
        index: ShareIndex,
    },
    /// There are fewer dealings than the ceremony needs.
    #[error("too few dealings: {count} of {needed}")]
    TooFewDealings {
        /// The number of dealings.
        count: usize,
        /// The number that is needed.
        needed: usize,
    },
    /// Reading from the caller's stream failed.
    #[error("failed to read the input")]
    Read(#[source] io::Error),
    /// Writing to the caller's stream failed.
    #[error("failed to write the output")]
    Write(#[source] io::Error),
}

impl Error {
    /// The custodian who sent invalid input, when it is known.
    #[must_use]
    pub fn culprit(&self) -> Option<ShareIndex> {
        match self {
            Self::PartialRejected { culprit }
            | Self::AboutRejected { culprit }
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
            | Self::NoPassphrases
            | Self::UnsupportedShareEncryption
            | Self::SharePassphraseNeeded { .. }
            | Self::WrongSharePassphrase { .. }
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
            | Self::ForeignAcceptance
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

/// Converts the errors of the parts of a context that air-ids parses.
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
