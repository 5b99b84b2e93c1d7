//! The lists that a credential names.

#[cfg(feature = "bitstring")]
use super::BitstringStatusListVerifier;
use super::StatusListVerifier;

/// What a credential names, once its issuer's signature is verified: a verifier for each list that is to be fetched, which
/// expects the issuer's own list.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct NamedLists<'a> {
    /// Of `status.status_list`; it goes into [`crate::Verifier::with_status_lists`].
    pub token: Option<StatusListVerifier<'a>>,
    /// Of each `credentialStatus` that decides; they go into [`crate::Verifier::with_bitstring_status_lists`].
    #[cfg(feature = "bitstring")]
    pub bitstring: Vec<BitstringStatusListVerifier<'a>>,
}
