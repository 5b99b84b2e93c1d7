#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "tests fail by panic"
    )
)]

mod callbacks;
pub mod catalogue;
mod credentials;
mod double;
mod error;
mod idempotency;
mod issuer_hosted;
#[cfg(feature = "openapi")]
mod openapi;
pub mod sandbox;
mod storage_path;
mod time;
mod web;
mod whole;
pub mod wire;

pub use air_ids::{
    CoreClaimHash, Curve, EmailAddress, IssuerDid, PackageId, PartnerId, ProgramId, SchemaId, StorageId,
    UnixTime, UserUuid, VcId, VerificationId, VerificationProgramId,
};
pub use callbacks::{
    CallbackEvent, CallbackRecord, CallbackStatus, InitializeVerification, IssuerRecord, ModifyIssuer,
};
pub use credentials::{CredentialStatus, IssueOnBehalf, IssuedOnBehalf, OnDuplicate, VcStatus};
pub use error::{Error, ErrorBody};
pub use idempotency::{IDEMPOTENCY_KEY_HEADER, IDEMPOTENT_REPLAYED_HEADER, IdempotencyKey};
pub use issuer_hosted::{
    EcPublicJwk, FetchedVc, HolderSigningKey, InitializeUser, InitializeUserByToken, InitializedUser,
    ProofType, StoreVc, StoredVc,
};
pub use storage_path::StoragePath;
pub use time::{IsoTime, PlatformTime};
pub use web::{WebOrigin, WebUrl};

/// The header that carries a Partner JWT.
pub const PARTNER_AUTH_HEADER: &str = "x-partner-auth";
/// The header that names the partner beside a Partner JWT in the body.
pub const PARTNER_ID_HEADER: &str = "x-partner-id";
/// The header with the local platform's id of a request, for its log and for error reports.
pub const REQUEST_ID_HEADER: &str = "x-request-id";
