//! The queries (DCQL) of verification programs.

use std::collections::BTreeSet;

use air_api::sandbox::CredentialFormat;
use air_oid4vc::dcql::Query;
use air_x509::TrustList;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{issuer, mdoc};
use crate::{App, Refusal, trust_lists, verification::parse_conditions};
use air_store::programs::VerificationProgram;

/// The maximum number of authorities in a query.
const AUTHORITY_LIMIT: usize = 128;

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
    let trust_list = trust_lists::of_program(app, program)?;
    let formats = issued_formats(app, program, trust_list.as_deref(), formats)?;
    let formats = formats.as_slice();
    let mut credentials = Vec::new();
    for format in formats {
        let mut credential = credential(app, program, *format, &attributes)?;
        if let Some(authorities) = trusted_authorities(app, program, trust_list.as_deref(), *format)? {
            credential["trusted_authorities"] = authorities;
        }
        credentials.push(credential);
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

/// Returns the formats in which the issuers of the trust list may issue, if there is a list.
fn issued_formats(
    app: &App,
    program: &VerificationProgram,
    trust_list: Option<&TrustList>,
    formats: &[CredentialFormat],
) -> Result<Vec<CredentialFormat>, Refusal> {
    let Some(list) = trust_list else {
        return Ok(formats.to_vec());
    };
    let mut issued = Vec::new();
    let mut types = Vec::new();
    for format in formats {
        let credential_type = credential_type(app, program, *format)?;
        if list.issuers_of(&credential_type).next().is_some() {
            issued.push(*format);
        }
        types.push(credential_type);
    }
    if issued.is_empty() {
        return Err(Refusal::bad_request(format!(
            "no issuer of the program's trust list may issue the type {}; add it to the `types` of an issuer",
            types.join(" or ")
        )));
    }
    Ok(issued)
}

/// Returns the trusted authorities of a Credential Query: the key identifiers of the trust list's
/// anchors (OpenID4VP 1.0, section 6.1.1.1), if no other issuer may issue the type.
fn trusted_authorities(
    app: &App,
    program: &VerificationProgram,
    trust_list: Option<&TrustList>,
    format: CredentialFormat,
) -> Result<Option<Value>, Refusal> {
    let Some(list) = trust_list else {
        return Ok(None);
    };
    let credential_type = credential_type(app, program, format)?;
    let ids = list
        .exclusive_authority_key_ids(&credential_type)
        .filter(|ids| ids.len() <= AUTHORITY_LIMIT);
    Ok(ids.map(|ids| {
        let values: Vec<String> = ids.iter().map(|id| URL_SAFE_NO_PAD.encode(id)).collect();
        json!([{ "type": "aki", "values": values }])
    }))
}

/// Returns the type of a program's credentials in a format: `vct` or the document type.
fn credential_type(
    app: &App,
    program: &VerificationProgram,
    format: CredentialFormat,
) -> Result<String, Refusal> {
    let schema_id = program.schema_id.as_str();
    Ok(match format {
        CredentialFormat::Mdoc => mdoc::doc_type(schema_id)?.as_str().to_owned(),
        _ => issuer::type_url(app, schema_id),
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

pub(super) fn query_id(format: CredentialFormat) -> &'static str {
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
