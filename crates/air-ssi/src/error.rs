//! Errors of issuing, presenting and verifying.

use crate::Suite;

/// The reason why a credential was not issued, presented or accepted. Messages show names and places,
/// never a value of the subject.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name is not that of a suite of this crate.
    #[error("unsupported cryptosuite: must be ecdsa-rdfc-2019, eddsa-rdfc-2022, ecdsa-sd-2023 or bbs-2023")]
    UnsupportedSuite,
    /// The key is of another type than the suite needs.
    #[error("a key of this type does not sign with {suite}: use a key on {}", suite.curve())]
    WrongKeyType {
        /// The suite.
        suite: Suite,
    },
    /// The bytes or the text are not a key.
    #[error("invalid key: must be a Multikey on P-256, Ed25519 or BLS12-381 (G2), or its secret bytes")]
    InvalidKey,
    /// The name of the key is not a URL.
    #[error(
        "invalid verification method: must be an absolute URL of the key, such as did:web:issuer.example#key-1"
    )]
    InvalidMethod,
    /// The signer with a remote key failed.
    #[error(transparent)]
    Signer(#[from] air_jwt::SignerError),
    /// The document names a JSON-LD context that is not pinned. Nothing is fetched.
    #[error(
        "the credential names a JSON-LD context that is not pinned; add its document to the contexts if you trust it"
    )]
    ContextNotPinned,
    /// The document to pin is not a context.
    #[error(
        "invalid JSON-LD context: must be an object with `@context`, of at most 64 KiB, and have an absolute URL"
    )]
    InvalidContext,
    /// The address of a node is not plain.
    #[error("invalid address of a node: must be an https URL without user, query and fragment")]
    InvalidNode,
    /// The credential is too large.
    #[error("the credential is too large: must have at most {limit} {what}")]
    TooLarge {
        /// The limited quantity.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The proof would not cover a part of the document, so anyone could change it.
    #[error("the proof does not cover the whole credential: {reason}")]
    NotCovered {
        /// The rule.
        reason: &'static str,
    },
    /// The library is known to sign this document differently from other implementations.
    #[error("the credential has a form that the `ssi` library signs differently from others: {reason}")]
    KnownFault {
        /// The form, and the remedy.
        reason: &'static str,
    },
    /// The document is not a credential that the proof can be made for.
    #[error("invalid credential: {reason}")]
    Format {
        /// The rule.
        reason: &'static str,
    },
    /// The JSON-LD processor refused the document.
    #[error(
        "JSON-LD expansion failed: a context does not define a member or a type, or redefines a protected term"
    )]
    Expansion,
    /// The proof names a key that the verifier does not have for the issuer.
    #[error(
        "the proof's `verificationMethod` is not a known key of this issuer for its suite; resolve the issuer's document again"
    )]
    UnknownKey,
    /// The proof does not verify.
    #[error("the proof does not verify with the issuer's key")]
    BadProof,
    /// The suite has no selective disclosure.
    #[error("a credential with {suite} shows all its claims; issue it with ecdsa-sd-2023 or bbs-2023")]
    NotSelective {
        /// The suite.
        suite: Suite,
    },
    /// The suite has no challenge of a verifier.
    #[error("a presentation with {suite} can't be made for a challenge; issue the credential with bbs-2023")]
    NoChallenge {
        /// The suite.
        suite: Suite,
    },
    /// The presentation was made for another challenge, or for none.
    #[error("the presentation was not made for this challenge; present the credential again for it")]
    WrongChallenge,
    /// The verifier got a credential in place of a presentation.
    #[error("this is the holder's credential, not a presentation of it; derive a presentation first")]
    NotDerived,
    /// The path names no claim of the credential.
    #[error("the credential has no claim at `{path}`; choose one that it has")]
    NoSuchClaim {
        /// The path.
        path: String,
    },
    /// A check of the credential failed.
    #[error(transparent)]
    Credential(#[from] air_vc::Error),
    /// The library failed in a way that it does not report.
    #[error("the `ssi` library failed to {step} this credential")]
    Library {
        /// The step.
        step: &'static str,
    },
}

impl Error {
    /// The same error for the report of `air-vc`: which of its checks failed.
    pub(crate) fn to_check(&self) -> air_vc::Error {
        let format = |reason| air_vc::Error::Format { reason };
        match self {
            Self::UnknownKey | Self::BadProof | Self::WrongKeyType { .. } | Self::InvalidKey => {
                air_vc::Error::ProofKeyUnknown
            }
            Self::UnsupportedSuite => format("the proof's suite is not supported"),
            Self::ContextNotPinned => format("it names a JSON-LD context that is not pinned"),
            Self::NotCovered { reason } | Self::KnownFault { reason } | Self::Format { reason } => {
                format(reason)
            }
            Self::TooLarge { .. } => format("it is too large"),
            Self::WrongChallenge => format("it was not made for this challenge"),
            Self::NotDerived => format("it is a credential, not a presentation of it"),
            Self::Expansion
            | Self::InvalidContext
            | Self::InvalidMethod
            | Self::InvalidNode
            | Self::NotSelective { .. }
            | Self::NoChallenge { .. }
            | Self::NoSuchClaim { .. }
            | Self::Signer(_)
            | Self::Credential(_)
            | Self::Library { .. } => format("its proof could not be read"),
        }
    }
}
