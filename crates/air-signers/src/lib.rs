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

mod error;
#[cfg(any(feature = "pkcs11", feature = "remote"))]
mod percent;
#[cfg(feature = "pkcs11")]
#[cfg_attr(docsrs, doc(cfg(feature = "pkcs11")))]
pub mod pkcs11;
#[cfg(feature = "remote")]
#[cfg_attr(docsrs, doc(cfg(feature = "remote")))]
pub mod remote;
mod secret;

pub use error::Error;
#[cfg(feature = "pkcs11")]
pub use pkcs11::{Pkcs11Signer, Pkcs11Uri};
#[cfg(feature = "remote")]
pub use remote::{RemoteSigner, RemoteUrl};
pub use secret::Secret;
