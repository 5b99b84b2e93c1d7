//! The queries (DCQL) of verification programs.

use std::collections::BTreeSet;

use air_api::sandbox::CredentialFormat;
use air_oid4vc::dcql::Query;
use serde_json::{Value, json};

use super::{issuer, mdoc};
use crate::{App, Refusal, verification::parse_conditions};
use air_store::programs::VerificationProgram;

/// Returns the query for the attributes that the conditions of a program test, in one of the formats.
pub(super) fn query(
    app: &App,
    program: &VerificationProgram,
    formats: &[CredentialFormat],
) -> Result<Query, Refusal> {
    let mut attributes: Vec<String> = Vec::new();
    for condition in parse_conditions(program)? {
        if !attributes.contains(&condition.attribute) {
            attributes.push(condition.attribute);
        }
    }
    let mut credentials = Vec::new();
    for format in formats {
        credentials.push(credential(app, program, *format, &attributes)?);
    }
    let mut query = json!({ "credentials": credentials });
    if let ([_, _, ..], Some(members)) = (formats, query.as_object_mut()) {
        let options: Vec<_> = formats.iter().map(|format| [query_id(*format)]).collect();
        members.insert("credential_sets".into(), json!([{ "options": options }]));
    }
    Query::from_value(&query).map_err(|error| {
        Refusal::bad_request(format!("the program can't be asked for by OpenID4VP: {error}"))
    })
}

/// Returns the Credential Query of a format.
fn credential(
    app: &App,
    program: &VerificationProgram,
    format: CredentialFormat,
    attributes: &[String],
) -> Result<Value, Refusal> {
    let (meta, claims): (Value, Vec<Value>) = if format == CredentialFormat::Mdoc {
        let doc_type = mdoc::doc_type(program.schema_id.as_str())?;
        let claims = attributes.iter().map(|name| {
            // The result keeps what the conditions test.
            json!({ "path": [doc_type.as_str(), name], "intent_to_retain": true })
        });
        (json!({ "doctype_value": doc_type.as_str() }), claims.collect())
    } else {
        let claims = attributes.iter().map(|name| json!({ "path": [name] }));
        let vct = issuer::type_url(app, program.schema_id.as_str());
        (json!({ "vct_values": [vct] }), claims.collect())
    };
    let mut credential = json!({ "id": query_id(format), "format": format, "meta": meta });
    if let (false, Some(members)) = (claims.is_empty(), credential.as_object_mut()) {
        members.insert("claims".into(), claims.into());
    }
    Ok(credential)
}

fn query_id(format: CredentialFormat) -> &'static str {
    match format {
        CredentialFormat::Mdoc => "mdoc",
        _ => "credential",
    }
}

/// Checks the formats of a request, and returns their text for the store.
pub(super) fn stored_formats(formats: &[CredentialFormat]) -> Result<String, Refusal> {
    let names: BTreeSet<&str> = formats.iter().map(|format| format.as_str()).collect();
    if names.is_empty() || names.len() < formats.len() {
        return Err(Refusal::bad_request(
            "invalid formats: must be one or more of dc+sd-jwt and mso_mdoc, each once",
        ));
    }
    let names: Vec<&str> = formats.iter().map(|format| format.as_str()).collect();
    Ok(names.join(" "))
}
