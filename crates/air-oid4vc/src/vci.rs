//! OpenID4VCI 1.0: metadata, offers, the pre-authorized code, credential requests and proofs.
//!
//! An issuer publishes [`IssuerMetadata`] and a [`CredentialOffer`], answers [`TokenRequest`],
//! [`CredentialRequest`] and [`NotificationRequest`], and verifies each [`Proof`]. A wallet reads
//! the offer with [`OfferLink::parse`] and makes its proofs with [`prove`]. [`OfferSession`] has
//! the states of an offer that an issuer keeps.
//!
//! Not here yet: proofs of the type `di_vp`. The authorization code is in [`crate::oauth`].

mod attestation;
mod code;
mod credential;
mod encryption;
mod error_response;
mod issuer_id;
mod members;
mod metadata;
mod offer;
mod proof;
mod rule;
mod session;
mod token;

pub use attestation::{
    KEY_ATTESTATION_TYPE, KeyAttestation, KeyAttestationOptions, KeyAttestationPolicy, VerifiedKeyAttestation,
};
pub use code::ErrorCode;
pub use credential::{
    CredentialRequest, CredentialResponse, DeferredCredentialRequest, NotificationEvent, NotificationRequest,
    Proofs, RequestedCredential, ResponseEncryption,
};
pub use error_response::ErrorResponse;
pub use issuer_id::IssuerId;
pub use metadata::{
    AuthorizationServerMetadata, CredentialConfiguration, FormatMetadata, IssuerMetadata, METADATA_TYPE,
    ProofTypeMetadata,
};
pub use offer::{
    AUTHORIZATION_CODE, AuthorizationCodeGrant, CredentialOffer, HAIP_VCI, InputMode,
    OPENID_CREDENTIAL_OFFER, OfferLink, PRE_AUTHORIZED_CODE, PreAuthorizedCodeGrant, TransactionCode,
};
pub use proof::{
    PROOF_TYPE, Proof, ProofKey, ProofOptions, ProofPolicy, VerifiedProof, prove, prove_attested, prove_with,
};
pub use rule::Rule;
pub use session::OfferSession;
pub use token::{AuthorizedCredential, NonceResponse, TokenRequest, TokenResponse};
