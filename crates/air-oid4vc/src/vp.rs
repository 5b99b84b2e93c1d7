//! OpenID4VP 1.0: requests and responses.
//!
//! A verifier makes an [`AuthorizationRequest`], signs it, and shows an [`Invocation`] as a link or QR
//! code. A wallet reads the link with [`Invocation::parse`], verifies the [`RequestObject`], and answers
//! with a [`ResponseBody`], or with [`AuthorizationResponse::to_members`] through the Digital
//! Credentials API. [`PresentationSession`] has the states of a request that a verifier keeps.
//!
//! Encryption of responses, verification of certificates and of presentations, and the transport are
//! the caller's.

mod client_id;
mod code;
mod link;
mod metadata;
mod nonce;
mod object;
mod request;
mod response;
mod rule;
mod session;
mod transaction_data;

pub use client_id::ClientId;
pub use code::ErrorCode;
pub use link::{HAIP_VP, Invocation, OPENID4VP, RequestUriMethod, RequestUriPost};
pub use metadata::ClientMetadata;
pub use nonce::Nonce;
pub use object::{Expected, REQUEST_OBJECT_TYPE, RequestObject, SELF_ISSUED_AUDIENCE};
pub use request::{AuthorizationRequest, RequestOptions, ResponseMode, Signature};
pub use response::{AuthorizationResponse, Presentation, ResponseBody, VpToken};
pub use rule::Rule;
pub use session::PresentationSession;
pub use transaction_data::{SHA_256, TransactionData};
