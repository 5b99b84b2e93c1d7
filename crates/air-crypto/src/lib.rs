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

mod address;
mod backend;
mod batch;
mod container;
mod context;
pub mod custody;
mod derive;
mod eip712;
mod error;
pub mod holder;
mod hpke;
mod key;
mod recoverable;
mod root;
mod scalar;
mod seal;
mod stream;
mod wallet;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod vector_tests;
#[cfg(test)]
mod version_two_tests;

#[cfg(feature = "tokio")]
pub use stream::asynchronous;

pub use address::WalletAddress;
pub use air_ids::{Curve, IssuerDid, SchemaId, UnixTime};
pub use container::{ChunkSize, ContainerHeader, ContainerLayout};
pub use context::{CakContext, CakUser, KeyId, ManagedContext, SealingContext};
pub use eip712::{CakAcceptance, TypedData, TypedRow, WalletEnvelope};
pub use error::{CustodyFile, Error, Field, KeyForm};
pub use key::{CakPrivateKey, CakPublicKey, Jwk};
pub use recoverable::RecoverableSignature;
pub use root::RootSecret;
pub use stream::{Opener, Sealer};
pub use wallet::{ChainId, IdentityWallet, LocalWallet, WalletSignature};

/// Compiles and runs the examples of this crate in the book and in the workspace's README.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../../docs/book/src/cak.md")]
    struct CakPage;
    #[doc = include_str!("../../../docs/book/src/guide/sealing.md")]
    struct SealingPage;
    #[doc = include_str!("../../../README.md")]
    struct WorkspaceReadme;
}
