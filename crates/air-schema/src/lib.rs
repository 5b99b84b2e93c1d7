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

mod attribute;
mod constraints;
mod content_id;
mod document;
#[cfg(any(test, not(feature = "json-schema")))]
mod ecma_regex;
mod error;
mod evolution;
mod form;
#[cfg(feature = "schemars")]
mod from_type;
mod lint;
mod number;
mod reading;
mod schema;
mod subject;
mod truncated;
mod validator;
mod violation;
mod words;

pub use attribute::{Attribute, AttributeName, AttributeType, Format};
pub use constraints::Constraints;
pub use document::{DocumentUris, Draft};
pub use error::{Error, SubjectError};
pub use evolution::{Change, ChangeKind, Comparison, Compatibility, Impact, compare};
pub use lint::{Finding, LintCode, Severity};
pub use schema::CredentialSchema;
pub use subject::parse_subject;
#[cfg(feature = "json-schema")]
pub use validator::JsonSchemaValidator;
pub use validator::Validator;
pub use violation::{Rule, Violation, Violations};
pub use words::words;
