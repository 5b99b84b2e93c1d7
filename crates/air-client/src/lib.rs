#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod bulk;
pub mod catalogue;
mod client;
mod credentials;
mod environment;
mod error;
mod events;
mod holder;
mod idempotency;
mod issuer_hosted;
mod local;
pub mod middleware;
mod packages;
mod poll;
mod proxy;
mod transport;
mod verifications;

pub use catalogue::Catalogue;
pub use client::{AirClient, AirClientBuilder};
pub use environment::Environment;
pub use error::Error;
pub use events::{EventStream, RequestStream};
pub use holder::{Holder, IssueCredential, IssuedCredential, Verification, VerifyCredential};
pub use issuer_hosted::{HolderKeys, ReceivedCredential, SealedCredential};
pub use local::SandboxClient;
pub use poll::PollSchedule;

/// The types that most users need.
pub mod prelude {
    pub use air_api::{CoreClaimHash, IssueOnBehalf, OnDuplicate, ProgramId, VcStatus};

    pub use crate::{AirClient, Environment, Error, Holder, IssueCredential, VerifyCredential};
}
