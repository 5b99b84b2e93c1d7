//! Values that are accepted once.

use air_jwt::ReplayKey;
use air_oid4vc::UnixTime;

/// A value that the backend accepts once. It keeps the digest until [`Self::expires_at`], when the
/// value is refused because of its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SingleUse {
    /// The kind of the value.
    pub kind: SingleUseKind,
    /// The SHA-256 digest of the value and its context.
    pub digest: [u8; 32],
    /// The time until which the digest is kept.
    pub expires_at: UnixTime,
}

/// The kind of a value that is accepted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SingleUseKind {
    /// A `c_nonce` of the nonce endpoint.
    CredentialNonce,
    /// A DPoP proof (RFC 9449, 11.1).
    DpopProof,
    /// A proof that a client's instance holds its attested key.
    ClientProof,
}

impl SingleUse {
    pub(crate) fn attestation(key: &ReplayKey) -> Self {
        Self {
            kind: SingleUseKind::ClientProof,
            ..Self::dpop(key)
        }
    }

    pub(crate) fn dpop(key: &ReplayKey) -> Self {
        Self {
            kind: SingleUseKind::DpopProof,
            digest: *key.as_bytes(),
            expires_at: key.expires_at(),
        }
    }
}
