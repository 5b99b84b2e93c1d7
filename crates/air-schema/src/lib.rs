#![doc = include_str!("../README.md")]
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

mod attribute;
mod constraints;
mod content_id;
mod document;
mod error;
mod schema;
mod subject;
mod validator;
mod violation;

pub use attribute::{Attribute, AttributeName, AttributeType, Format};
pub use constraints::Constraints;
pub use document::Draft;
pub use error::{Error, SubjectError};
pub use schema::CredentialSchema;
pub use subject::parse_subject;
pub use validator::Validator;
pub use violation::{Rule, Violation, Violations};
