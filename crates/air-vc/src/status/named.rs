//! The lists that a credential names.

#[cfg(feature = "bitstring")]
use super::BitstringStatusListVerifier;
use super::StatusListVerifier;

/// The lists that a credential names, after its issuer's signature is verified. Each is a verifier
/// that expects the issuer's own list.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct NamedLists<'a> {
    /// The list of `status.status_list`, for [`crate::Verifier::with_status_lists`].
    pub token: Option<StatusListVerifier<'a>>,
    /// The lists of the `credentialStatus` entries for revocation and suspension, for
    /// [`crate::Verifier::with_bitstring_status_lists`].
    #[cfg(feature = "bitstring")]
    pub bitstring: Vec<BitstringStatusListVerifier<'a>>,
}
