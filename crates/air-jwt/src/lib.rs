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

mod algorithm;
mod backend;
mod claims;
#[cfg(feature = "client-attestation")]
pub mod client_attestation;
#[cfg(feature = "dpop")]
pub mod dpop;
mod error;
pub mod inspect;
#[cfg(feature = "jwe")]
pub mod jwe;
mod jwk;
mod jwk_set;
pub mod jws;
mod key;
mod media_type;
mod members;
mod numeric_date;
#[cfg(any(feature = "dpop", feature = "client-attestation"))]
mod proof;
mod public_key;
mod roca;
pub mod rotation;
mod scope;
mod shared_signer;
mod signer;
mod token;
mod verify;
mod x5c;

pub use air_ids::{EmailAddress, PartnerId, UnixTime};
pub use algorithm::Algorithm;
pub use claims::Claims;
pub use error::Error;
pub use inspect::Inspection;
pub use jwk::{Jwk, Kid, SkipReason};
pub use jwk_set::{JwkSet, PrivateMembers, SkippedKey};
pub use key::{KeyForm, RsaSize, SigningKey};
pub use media_type::is_same_media_type;
pub use numeric_date::NumericDate;
#[cfg(any(feature = "dpop", feature = "client-attestation"))]
pub use proof::{ReplayKey, TimeWindow};
pub use public_key::VerifyingKey;
pub use rotation::{KeyRing, RotationSchedule};
pub use scope::{Scope, ScopeSet};
pub use shared_signer::SharedSigner;
pub use signer::{Signer, SignerError, es256_from_der};
pub use token::{PartnerJwt, PartnerToken};
pub use verify::Verifier;
