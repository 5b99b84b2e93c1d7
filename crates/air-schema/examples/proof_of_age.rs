//! A schema's life: authored as a Rust type, published as documents, kept by a subject, changed in
//! a new version.
//!
//! `cargo run -p air-schema --example proof_of_age`

use std::{error::Error, fmt::Write};

use air_schema::{CredentialSchema, DocumentUris, Draft, Impact, Validator, compare, parse_subject};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};

/// Attests that a person is of age.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ProofOfAge {
    /// Whether the person was at least 18 years old when it was checked.
    is_over18: bool,
    /// How it was checked.
    method: Method,
    /// How sure the issuer is, from 0 to 100.
    #[schemars(range(min = 0, max = 100))]
    confidence: Option<u8>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Method {
    Document,
    BankAccount,
}

/// The same a year later: one attribute more, one choice fewer.
mod next {
    use super::{Deserialize, JsonSchema};

    /// Attests that a person is of age.
    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    #[schemars(extend("$metadata" = { "type": "ProofOfAge", "version": "1.1" }))]
    pub(super) struct ProofOfAge {
        /// Whether the person was at least 18 years old when it was checked.
        pub(super) is_over18: bool,
        /// Whether the person was at least 21 years old when it was checked.
        pub(super) is_over21: Option<bool>,
        /// How it was checked.
        pub(super) method: Method,
        /// How sure the issuer is, from 0 to 100.
        #[schemars(range(min = 0, max = 100))]
        pub(super) confidence: Option<u8>,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(super) enum Method {
        Document,
    }
}

#[expect(clippy::print_stdout, reason = "an example tells what it does")]
fn main() -> Result<(), Box<dyn Error>> {
    let schema = CredentialSchema::from_type::<ProofOfAge>()?;
    println!("{}", author(&schema)?);
    println!("{}", publish(&schema)?);
    println!("{}", validate(&schema)?);
    println!("{}", change(&schema)?);
    Ok(())
}

/// The form, its content id, and what the lint says of it: nothing, since it holds a derived claim
/// and no birth date.
fn author(schema: &CredentialSchema) -> Result<String, Box<dyn Error>> {
    let mut text = format!("{} {}\n", schema.title(), schema.content_id());
    writeln!(text, "{}", serde_json::to_string_pretty(schema)?)?;
    for finding in schema.lint() {
        writeln!(
            text,
            "{}: {}; {}",
            finding.pointer, finding.message, finding.suggestion
        )?;
    }
    Ok(text)
}

/// The two documents to put where their URIs say. They name one another, so the URIs come first.
fn publish(schema: &CredentialSchema) -> Result<String, Box<dyn Error>> {
    let uris = DocumentUris::new(
        "https://example.org/proof-of-age.json",
        "https://example.org/proof-of-age.jsonld",
    )?;
    let (document, context) = (
        schema.to_document(&uris, Draft::Draft7),
        schema.to_json_ld_context(&uris),
    );
    // Parsing the document yields the same schema.
    let read_back = CredentialSchema::from_json_schema(document.to_string().as_bytes())?;
    assert_eq!(read_back.content_id(), schema.content_id());
    Ok(format!(
        "{}\n{document:#}\n\n{}\n{context:#}\n",
        uris.json_schema(),
        uris.json_ld_context()
    ))
}

/// A subject that fits, as a value of the type; and one that doesn't, of which no value shows.
fn validate(schema: &CredentialSchema) -> Result<String, Box<dyn Error>> {
    let validator = Validator::new(schema)?;
    let proof: ProofOfAge = read(
        &validator,
        br#"{ "isOver18": true, "method": "document", "confidence": 97 }"#,
    )?;
    let mut text = format!(
        "fits: of age {}, by {:?}, confidence {:?}\n",
        proof.is_over18, proof.method, proof.confidence
    );
    let subject = parse_subject(br#"{ "isOver18": "yes", "birthDate": "1991-02-28" }"#)?;
    if let Err(violations) = validator.validate(&subject) {
        for violation in &violations {
            writeln!(text, "does not fit: {violation}")?;
        }
    }
    Ok(text)
}

fn read<T: DeserializeOwned>(validator: &Validator, json: &[u8]) -> Result<T, Box<dyn Error>> {
    Ok(validator.read(&parse_subject(json)?)?)
}

/// The effect of the new version on existing credentials and on programs that verify them.
fn change(schema: &CredentialSchema) -> Result<String, Box<dyn Error>> {
    let new = CredentialSchema::from_type::<next::ProofOfAge>()?;
    let comparison = compare(schema, &new);
    let mut text = String::new();
    for change in comparison.changes() {
        let name = change
            .attribute()
            .map_or("the schema".to_owned(), ToString::to_string);
        let breaks: Vec<&str> = change.breaks().iter().map(|affected| affected.name()).collect();
        writeln!(text, "{name}: {}; breaks {breaks:?}", change.message())?;
    }
    writeln!(
        text,
        "breaks issued credentials: {}; version {} should be {:?}",
        comparison.breaks(Impact::IssuedCredentials),
        new.version(),
        comparison.suggested_version(),
    )?;
    // A proof of the new version is a value of the new type.
    let proof: next::ProofOfAge = read(
        &Validator::new(&new)?,
        br#"{ "isOver18": true, "isOver21": false, "method": "document" }"#,
    )?;
    writeln!(
        text,
        "fits: of age {}, 21 {:?}, by {:?}, confidence {:?}",
        proof.is_over18, proof.is_over21, proof.method, proof.confidence
    )?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> CredentialSchema {
        CredentialSchema::from_type::<ProofOfAge>().unwrap()
    }

    #[test]
    fn the_type_is_a_schema_without_personal_data() {
        assert_eq!(schema().type_name(), "ProofOfAge");
        assert_eq!(schema().lint(), []);
        assert!(publish(&schema()).unwrap().contains("@context"));
    }

    #[test]
    fn a_subject_that_fits_is_a_value_and_another_is_told_without_its_values() {
        let text = validate(&schema()).unwrap();
        assert!(
            text.contains("fits: of age true, by Document, confidence Some(97)"),
            "{text}"
        );
        assert!(
            text.contains("does not fit: /birthDate is not an attribute"),
            "{text}"
        );
        assert!(!text.contains("1991"), "{text}");
    }

    #[test]
    fn a_choice_fewer_breaks_issued_credentials_and_asks_for_a_major_version() {
        let text = change(&schema()).unwrap();
        assert!(
            text.contains("breaks issued credentials: true; version 1.1 should be Some(\"2.0\")"),
            "{text}"
        );
    }
}
