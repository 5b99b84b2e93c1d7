//! The rules of JWE that a token or key can break.

/// The reason why an encrypted token or its key was refused.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum JweError {
    /// The key agreement is not ECDH-ES.
    #[error("the header's `alg` is `{name}`: must be ECDH-ES (RFC 7518, 4.6)")]
    UnsupportedAlgorithm {
        /// The `alg` of the header, shortened to printable characters.
        name: String,
    },
    /// The content encryption is not AES-GCM with 128 or 256 bits.
    #[error("the header's `enc` is `{name}`: must be A128GCM or A256GCM (RFC 7518, 5.3)")]
    UnsupportedContentEncryption {
        /// The `enc` of the header, shortened to printable characters.
        name: String,
    },
    /// The content is compressed.
    #[error("the header has `zip`, but compressed content is not accepted; encrypt without compression")]
    Compressed,
    /// The header demands an extension (`crit`), and none is supported.
    #[error("the header has `crit`, but no extensions are supported; encrypt without it")]
    CriticalExtension,
    /// `epk` is absent or is not a public key on P-256.
    #[error("invalid `epk`: {reason}")]
    InvalidEphemeralKey {
        /// The rule that was broken.
        reason: &'static str,
    },
    /// The token has an encrypted key, although the key agreement is direct.
    #[error("the part for the encrypted key must be empty, because ECDH-ES agrees on the key directly")]
    UnexpectedEncryptedKey,
    /// The initialisation vector or the tag does not have the length of AES-GCM.
    #[error("the {part} has {length} bytes: must have {expected}")]
    WrongLength {
        /// `initialisation vector` or `authentication tag`.
        part: &'static str,
        /// Its length in bytes.
        length: usize,
        /// The required length.
        expected: usize,
    },
    /// The header's `kid` names another key.
    #[error("the token is encrypted to the key `{kid}`, not to `{own}`; encrypt to a published key")]
    WrongRecipient {
        /// The `kid` of the header, shortened to printable characters.
        kid: String,
        /// The id of the key that was to decrypt.
        own: String,
    },
    /// No key has the header's `kid`, or the header has none and there is more than one key.
    #[error("no single key for {kid}; encrypt to a published key and name its `kid`")]
    UnknownRecipient {
        /// The `kid` of the header in quotes, shortened to printable characters, or a note that it
        /// has none.
        kid: String,
    },
    /// The content does not authenticate.
    #[error("decryption failed: the token was encrypted to another key, or changed")]
    DecryptionFailed,
    /// A key cannot be used for encryption.
    #[error("the key is not for ECDH-ES: {reason}")]
    UnfitKey {
        /// The rule that was broken.
        reason: &'static str,
    },
}
