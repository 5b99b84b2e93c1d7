//! Errors of signers.

use std::{io, path::PathBuf, time::Duration};

/// The reason why a signer could not be opened, or did not sign. No variant or message contains a PIN, a
/// bearer token, a message or a part of a response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URI of a key is invalid.
    #[error("invalid signer URI: {reason}")]
    InvalidUri {
        /// The rule that it breaks.
        reason: String,
    },
    /// The file of a PIN or bearer token could not be read.
    #[error("{}: the secret could not be read", path.display())]
    UnreadableSecret {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The environment variable of a PIN or bearer token is not set.
    #[error("the environment variable {variable} is not set, or is not UTF-8")]
    MissingSecret {
        /// The variable.
        variable: String,
    },
    /// The PIN or bearer token is empty, too long, or has characters that are not allowed.
    #[error("invalid PIN or bearer token: must have 1 to {limit} printable ASCII characters")]
    InvalidSecret {
        /// The maximum length.
        limit: usize,
    },
    /// No PIN was given, and the URI has no `pin-source`.
    #[error("the token needs a PIN; add `pin-source=file:…` to its URI")]
    MissingPin,

    /// The PKCS#11 module could not be loaded.
    #[error("{}: the PKCS#11 module could not be loaded ({reason})", module.display())]
    ModuleNotLoaded {
        /// The module's file.
        module: PathBuf,
        /// The loader's or the module's answer.
        reason: String,
    },
    /// No token has this label or serial number.
    #[error("no token `{token}` is present; `pkcs11-tool --list-token-slots` lists the tokens of a module")]
    TokenNotFound {
        /// The label, or else the serial number.
        token: String,
    },
    /// Several tokens have this label.
    #[error("several tokens are called `{token}`; add `serial=…` to the URI")]
    AmbiguousToken {
        /// The label, or else the serial number.
        token: String,
    },
    /// The token refused the PIN. No signer of the process sends it again, because tokens lock after a few
    /// wrong PINs.
    #[error("the token refused the PIN; it is not tried again, since tokens lock after a few wrong PINs")]
    WrongPin,
    /// The token's PIN is locked or expired, or was never set.
    #[error("the token's user PIN is locked, expired or not set; its security officer can set a new one")]
    UnusablePin,
    /// The token has no private key with this label or id, or hides it.
    #[error("the token has no EC private key `{key}`")]
    KeyNotFound {
        /// The label, or else the id in hex.
        key: String,
    },
    /// The token has no public key with the same label and id.
    #[error(
        "the token has no public key beside the private key `{key}`; import it with the same label and id"
    )]
    PublicKeyNotFound {
        /// The label, or else the id in hex.
        key: String,
    },
    /// Several keys have this label.
    #[error("several keys are called `{key}`; add `id=…` to the URI")]
    AmbiguousKey {
        /// The label, or else the id in hex.
        key: String,
    },
    /// A key with this label exists.
    #[error("the token already has a key `{key}`; choose another label")]
    KeyExists {
        /// The label, or else the id in hex.
        key: String,
    },
    /// The key is not on P-256.
    #[error("the key is not a P-256 key, which ES256 needs")]
    UnsupportedKey,
    /// The key can be read or wrapped out of the token.
    #[error("the key can leave the token: it must have CKA_SENSITIVE true and CKA_EXTRACTABLE false")]
    ExtractableKey,
    /// The key under the same name is another one than when the signer was opened.
    #[error("the key was replaced by another one; open the signer again, and publish the new key")]
    KeyReplaced,
    /// The token signs with neither CKM_ECDSA nor CKM_ECDSA_SHA256.
    #[error("the token supports neither CKM_ECDSA nor CKM_ECDSA_SHA256")]
    UnsupportedToken,
    /// A call of the module failed.
    #[error("the token failed: {function} returned {code}")]
    Token {
        /// The function of PKCS#11.
        function: String,
        /// The code, by its name in the crate `cryptoki`.
        code: String,
        /// Whether the session is lost or the token is gone, so that a later attempt can succeed.
        is_lost: bool,
    },
    /// The queue of the signer is full.
    #[error("{limit} signatures are waiting already; try again later")]
    Busy {
        /// The length of the queue.
        limit: usize,
    },
    /// The signer's threads ended.
    #[error("the signer is closed")]
    Closed,

    /// The URL is not allowed: only https, or http on this machine, without user, password and query.
    #[error("the signing service's URL must be https, or http on localhost, without user and password")]
    ForbiddenUrl,
    /// The service does not accept connections.
    #[error("the signing service is not reachable; check that it runs and that its certificate is valid")]
    Unreachable,
    /// The connection ended before the response was complete.
    #[error("the signing service closed the connection before the end of its response")]
    Interrupted,
    /// There was no response in time.
    #[error("the signing service did not answer within {} ms", limit.as_millis())]
    TimedOut {
        /// The timeout of an attempt, or of all attempts.
        limit: Duration,
    },
    /// The message is too long to be sent.
    #[error("the message has {length} bytes; at most {limit} can be signed remotely")]
    MessageTooLong {
        /// The message's length in bytes.
        length: usize,
        /// The maximum.
        limit: usize,
    },
    /// The response is too long.
    #[error("the signing service's response is longer than {limit} bytes")]
    ResponseTooLong {
        /// The maximum in bytes.
        limit: usize,
    },
    /// The service refused the bearer token (401), or does not let it use this key (403).
    #[error("the signing service refused the bearer token ({status})")]
    Unauthorised {
        /// The HTTP status.
        status: u16,
    },
    /// The service has no key with this id.
    #[error("the signing service has no key `{kid}`")]
    UnknownKey {
        /// The key's id.
        kid: String,
    },
    /// The service refused the request.
    #[error("the signing service refused the request ({status})")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The service is overloaded, or failed.
    #[error("the signing service failed ({status})")]
    Unavailable {
        /// The HTTP status.
        status: u16,
    },
    /// The response does not follow the protocol.
    #[error("the signing service's response does not follow the protocol: expected {expected}")]
    InvalidResponse {
        /// The expected format, with its article.
        expected: &'static str,
    },
    /// The HTTP client could not be created.
    #[error("failed to initialise TLS")]
    Setup,

    /// The signature has another length than the algorithm's.
    #[error("the signature has {length} bytes, not {expected}")]
    SignatureLength {
        /// The length in bytes.
        length: usize,
        /// The algorithm's length in bytes.
        expected: usize,
    },
    /// The public key does not verify the signature.
    #[error("the signature is not by the expected key")]
    InvalidSignature,
}

impl Error {
    /// Whether the same request can succeed later, without a change by a person.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::TokenNotFound { .. }
            | Self::Busy { .. }
            | Self::Unreachable
            | Self::Interrupted
            | Self::TimedOut { .. }
            | Self::Unavailable { .. } => true,
            Self::Token { is_lost, .. } => *is_lost,
            Self::InvalidUri { .. }
            | Self::UnreadableSecret { .. }
            | Self::MissingSecret { .. }
            | Self::InvalidSecret { .. }
            | Self::MissingPin
            | Self::ModuleNotLoaded { .. }
            | Self::AmbiguousToken { .. }
            | Self::WrongPin
            | Self::UnusablePin
            | Self::KeyNotFound { .. }
            | Self::PublicKeyNotFound { .. }
            | Self::AmbiguousKey { .. }
            | Self::KeyExists { .. }
            | Self::UnsupportedKey
            | Self::ExtractableKey
            | Self::KeyReplaced
            | Self::UnsupportedToken
            | Self::Closed
            | Self::ForbiddenUrl
            | Self::MessageTooLong { .. }
            | Self::ResponseTooLong { .. }
            | Self::Unauthorised { .. }
            | Self::UnknownKey { .. }
            | Self::Refused { .. }
            | Self::InvalidResponse { .. }
            | Self::Setup
            | Self::SignatureLength { .. }
            | Self::InvalidSignature => false,
        }
    }
}
