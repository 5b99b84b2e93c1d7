//! Files that others published, each with the verdict of its source or the reason for another one.
//! The folders of `vectors/` have their origins and licences.

mod conformance_suite;
mod eudi_issuer;
mod eudi_verifier;
mod haip;
mod identity;
mod specification;

use air_oid4vc::{
    Error,
    vci::{IssuerMetadata, Rule},
};
use serde_json::Value;

use crate::support::{read, vector_path};

/// The text of a vector file.
fn text(name: &str) -> String {
    String::from_utf8(read(&vector_path(name))).unwrap()
}

/// A vector file that air-x509's tests have.
fn chained(name: &str) -> String {
    text(&format!("../../../air-x509/tests/vectors/eudi/{name}"))
}

/// Removes the line breaks of a folded token.
fn joined(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Reads metadata like a wallet that knows the issuer by the same name, then checks it like the issuer.
fn checked(metadata: &Value) -> Result<IssuerMetadata, Error> {
    let issuer = metadata["credential_issuer"].as_str().unwrap_or_default();
    let read = IssuerMetadata::parse(metadata.to_string().as_bytes(), &issuer.parse()?)?;
    read.check_as_issuer()?;
    Ok(read)
}

/// The place and the rule of a message of issuance that was refused.
fn broken<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, Rule) {
    match result {
        Err(Error::Issuance { place, rule }) => (place, rule),
        other => panic!("{other:?}"),
    }
}
