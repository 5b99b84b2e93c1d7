//! The submitter: sends the ledger's checkpoints to the contract `AirLedger` on an EVM chain.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use air_ledger::evm::transaction::SigningKey;
//! use air_sandbox::{
//!     Config, Platform,
//!     chain::{ChainSettings, ChainSigner, Finality},
//! };
//!
//! # async fn example(key: SigningKey) -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::default().chain(ChainSettings {
//!     rpc: "http://127.0.0.1:8545".into(),
//!     signer: ChainSigner::Key(key),
//!     contract: None, // deploy one, and remember it
//!     every: Duration::from_secs(15),
//!     finality: Finality::Finalized,
//!     max_fee: None,
//! });
//! let platform = Platform::start(config).await?;
//! # Ok(())
//! # }
//! ```
//!
//! The rules, without requests to a node, are in `air_platform::chain`.

mod compare;
mod contract;
mod draft;
mod error;
mod follower;
mod inspection;
mod link;
mod problem;
mod proofs;
mod recent_evidence;
mod settings;
mod signer;
mod submitter;

pub use error::ChainError;
pub(crate) use proofs::AnchorProofs;
pub use settings::{ChainSettings, ChainSigner, Finality, InvalidFinality};
pub(crate) use submitter::Submitter;
