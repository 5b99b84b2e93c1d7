#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "PyO3 passes converted arguments by value"
)]

mod argument;
mod context;
mod credential;
mod custody;
mod document;
mod error;
mod file;
mod json;
mod key;
mod partner;
mod random;
mod root;
mod schema;

/// The extension module. The package `air_python` exports its classes and functions.
#[pyo3::pymodule]
mod _native {
    #[pymodule_export]
    use super::context::{CakContext, ManagedContext};
    #[pymodule_export]
    use super::credential::{VerifiedCredential, present, verify};
    #[pymodule_export]
    use super::custody::{Group, Partial, Share, deal, generate};
    #[pymodule_export]
    use super::key::{CakPrivateKey, CakPublicKey};
    #[pymodule_export]
    use super::partner::{SigningKey, sign_partner_token};
    #[pymodule_export]
    use super::root::RootSecret;
    #[pymodule_export]
    use super::schema::{Validator, Violation};
}
