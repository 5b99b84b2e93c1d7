#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "UniFFI passes converted arguments by value"
)]

mod argument;
mod context;
mod credential;
mod envelope;
mod error;
mod key;
mod present;
mod random;
mod root;
mod signer;
mod stream;
mod verify;

pub use context::{Context, Curve};
pub use credential::{HeldCredential, Inspection, inspect};
pub use envelope::{HolderEnvelope, HolderPrivateKey};
pub use error::AirError;
pub use key::{CakPrivateKey, CakPublicKey};
pub use present::{Challenge, present, present_bound, present_with};
pub use root::RootSecret;
pub use signer::{HolderSigner, SigningKey};
pub use stream::{Opener, Sealer, container_header_length};
pub use verify::{CheckOutcome, VerifiedCredential, VerifyOptions, verify};

uniffi::setup_scaffolding!("air_ffi");
