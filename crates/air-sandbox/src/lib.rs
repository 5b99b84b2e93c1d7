#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "airkit")]
mod airkit;
#[cfg(feature = "airkit")]
mod airkit_hosts;
#[cfg(feature = "chain")]
#[cfg_attr(docsrs, doc(cfg(feature = "chain")))]
pub mod chain;
mod config;
mod error;
mod exposure;
mod limits;
mod operator_token;
mod platform;
mod test_platform;

mod http;
mod server;
#[cfg(feature = "smtp")]
mod smtp;
#[cfg_attr(not(feature = "https"), path = "no_tls.rs")]
mod tls;
#[cfg(feature = "otel")]
mod traces;

pub use air_ids::UnixTime;
pub use air_platform::{Clock, Quotas, Reason, Refusal, RefusalKind, channel};
#[cfg(feature = "otel")]
#[cfg_attr(docsrs, doc(cfg(feature = "otel")))]
pub use air_server::Traces;
/// Programs that make and check proofs: of W3C credentials for [`Config::proof_program`], and of conditions for
/// [`Config::predicate_program`].
pub mod proofs {
    pub use air_platform::predicate_proofs::{PredicateCommand, PredicateProgram};
    pub use air_platform::proof_program::{Asking, ProofAnswer, ProofError};
    pub use air_platform::w3c_proofs::{ProofCommand, ProofProgram};
}
pub use air_server::{EveryAddress, InvalidNetwork, Network};
#[cfg(feature = "postgres")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
pub use air_store::postgres_backup;
pub use air_store::{Data, DatabaseUrl, Error as StoreError, folder_backup, user_data};
#[cfg(feature = "airkit")]
pub use airkit::{Airkit, InvalidProofModule, ProofModule};
pub use config::Config;
pub use error::Error;
pub use limits::Limits;
pub use platform::Platform;
#[cfg(feature = "smtp")]
#[cfg_attr(docsrs, doc(cfg(feature = "smtp")))]
pub use smtp::{Smtp, SmtpError, SmtpSettings};
pub use test_platform::{TestPartner, TestPlatform, TestPlatformBuilder};
#[cfg_attr(docsrs, doc(cfg(feature = "https")))]
pub use tls::Tls;
#[cfg(feature = "otel")]
#[cfg_attr(docsrs, doc(cfg(feature = "otel")))]
pub use traces::traces_from_environment;
