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

#[cfg(feature = "sqlx")]
mod columns;
mod core_claim_hash;
mod curve;
mod email;
mod error;
mod ids;
mod loopback;
#[cfg(feature = "openapi")]
mod openapi;
mod unix_time;

pub use core_claim_hash::CoreClaimHash;
pub use curve::Curve;
pub use email::EmailAddress;
pub use error::{Error, IdKind};
pub use ids::{
    IssuerDid, PackageId, PartnerId, ProgramId, SchemaId, StorageId, UserUuid, VcId, VerificationId,
    VerificationProgramId,
};
pub use loopback::{is_loopback_authority, is_loopback_host};
pub use unix_time::UnixTime;
