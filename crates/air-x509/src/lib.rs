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

mod algorithms;
mod anchors;
mod certificate;
mod chain;
mod error;
mod purpose;
pub mod trust_list;
mod validate;

pub use air_ids::UnixTime;
pub use anchors::Anchors;
pub use certificate::{Certificate, PublicKeyType};
pub use chain::CertificateChain;
pub use error::Error;
pub use purpose::Purpose;
pub use trust_list::TrustList;
pub use validate::{ValidChain, Validator};
