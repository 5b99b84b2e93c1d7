//! Keys in PKCS#11 tokens: HSMs, smart cards, SoftHSM.
//!
//! ```no_run
//! use air_signers::{Pkcs11Signer, Pkcs11Uri, Secret};
//!
//! # fn main() -> Result<(), air_signers::Error> {
//! let uri: Pkcs11Uri =
//!     "pkcs11:token=issuer;object=tokens?module-path=/usr/lib/softhsm/libsofthsm2.so".parse()?;
//! let pin = Secret::from_file("/etc/air/pin")?;
//! let signer = Pkcs11Signer::builder(uri).pin(pin).sessions(2).open()?;
//! println!("publish {:?}", signer.public_jwk());
//! # Ok(())
//! # }
//! ```
//!
//! # Security
//! A module is code that the process runs. Take `module-path` from the operator only.

mod attributes;
mod failure;
mod generate;
mod key_session;
mod module;
mod pool;
mod refused_pins;
mod signer;
mod token;
mod uri;

pub use signer::{Pkcs11Signer, Pkcs11SignerBuilder};
pub use uri::Pkcs11Uri;
