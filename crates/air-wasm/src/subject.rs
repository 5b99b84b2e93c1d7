//! Validation of subjects against schemas.

use air_schema::{CredentialSchema, Draft, Validator, Violation};
use serde_json::json;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{AirError, argument::Members, json};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A rule that a subject breaks. */
export interface Violation {
  /** JSON Pointer of the attribute, for a missing one too. */
  pointer: string;
  rule: "required" | "unknownAttribute" | "type" | "format" | "enum" | "pattern" | "length" | "range" | "size" | "other";
  /** Goes on after the pointer: "is not a date; write it as 1990-05-01". Shows no value of the subject. */
  message: string;
}

export interface ValidateOptions {
  /** The schema is a JSON Schema of this draft instead of a form, and one that a form can hold. */
  draft?: "draft7" | "2020-12";
}
"#;

/// The rules that a subject violates, at most 100, sorted by pointer; empty if it is valid. The
/// schema is the dashboard's form, or with `draft` a JSON Schema that a form can express. It is an
/// object, or its JSON as a string.
///
/// # Errors
/// `SCHEMA_REJECTED`, `TOO_LARGE` or `INVALID_ARGUMENT`.
#[wasm_bindgen(unchecked_return_type = "Violation[]")]
pub fn validate(
    #[wasm_bindgen(unchecked_param_type = "object | string")] schema: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "unknown")] subject: &JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "ValidateOptions")] options: &JsValue,
) -> Result<JsValue, AirError> {
    let validator = validator(&json::text("schema", schema)?, draft(options)?)?;
    let subject = json::parse("subject", &json::encode("subject", subject)?)?;
    let violations: Vec<_> = match validator.validate_value(&subject) {
        Ok(()) => Vec::new(),
        Err(violations) => violations.iter().map(plain).collect(),
    };
    json::to_js(&violations.into())
}

fn validator(schema: &str, draft: Option<Draft>) -> Result<Validator, AirError> {
    let schema = match draft {
        None => CredentialSchema::from_slice(schema.as_bytes())?,
        Some(draft) => json_schema(schema, draft)?,
    };
    Ok(Validator::new(&schema)?)
}

/// Converts a JSON Schema to a form. A keyword that a form would interpret differently is rejected
/// with its place.
fn json_schema(schema: &str, draft: Draft) -> Result<CredentialSchema, AirError> {
    let mut document = json::parse("schema", schema)?;
    let refuse = |pointer: &str, keyword: &str, reason| air_schema::Error::Misfit {
        pointer: pointer.to_owned(),
        keyword: keyword.to_owned(),
        reason,
    };
    if document.pointer("/properties/credentialSubject").is_some() {
        let reason = "give the schema of the subject, without that of the credential around it";
        return Err(refuse("/properties/credentialSubject", "credentialSubject", reason).into());
    }
    if let Some(pointer) = numeric_format(&document, String::new()) {
        let reason = "on a number it asserts nothing; say `minimum` and `maximum`";
        return Err(refuse(&pointer, "format", reason).into());
    }
    if let Some(members) = document.as_object_mut() {
        if members.get("type").is_none_or(|kind| kind != "object") {
            return Err(refuse("", "type", "a subject is an object; say so at the root").into());
        }
        let is_closed = |keyword| members.get(keyword) == Some(&false.into());
        let by_draft = draft == Draft::Draft202012 && is_closed("unevaluatedProperties");
        if !is_closed("additionalProperties") && !by_draft {
            let reason = "a form allows no others than its attributes; say false at the root";
            return Err(refuse("", "additionalProperties", reason).into());
        }
        // The properties of a closed object must be at the root, not in other subschemas.
        let elsewhere = ["$ref", "$dynamicRef", "allOf", "anyOf", "oneOf"];
        if let Some(keyword) = elsewhere
            .into_iter()
            .find(|keyword| members.contains_key(*keyword))
        {
            let reason = "the properties of a closed object stand at the root";
            return Err(refuse("", keyword, reason).into());
        }
        let said = members.entry("$schema").or_insert_with(|| draft.uri().into());
        let is_said = |uri: &str| uri.trim_end_matches('#') == draft.uri().trim_end_matches('#');
        if !said.as_str().is_some_and(is_said) {
            let reason = "it is not the draft that the option says";
            return Err(refuse("", "$schema", reason).into());
        }
        // The validator does not use the title.
        members.entry("title").or_insert_with(|| "Untitled".into());
    }
    Ok(CredentialSchema::from_json_schema(
        document.to_string().as_bytes(),
    )?)
}

/// The place of a number's `format` (such as `int32`), which a form would interpret as a range.
fn numeric_format(schema: &serde_json::Value, pointer: String) -> Option<String> {
    let kind = schema.get("type").and_then(serde_json::Value::as_str);
    if matches!(kind, Some("integer" | "number")) && schema.get("format").is_some() {
        return Some(pointer);
    }
    let members = schema.as_object().into_iter().flatten();
    let members = members.map(|(name, inner)| (name.replace('~', "~0").replace('/', "~1"), inner));
    let items = schema.as_array().into_iter().flatten().enumerate();
    let items = items.map(|(index, inner)| (index.to_string(), inner));
    members
        .chain(items)
        .find_map(|(name, inner)| numeric_format(inner, format!("{pointer}/{name}")))
}

fn draft(options: &JsValue) -> Result<Option<Draft>, AirError> {
    if options.is_undefined() {
        return Ok(None);
    }
    let draft = Members::of("options", options, &["draft"])?.text("draft")?;
    match draft.as_deref() {
        None => Ok(None),
        Some("draft7") => Ok(Some(Draft::Draft7)),
        Some("2020-12") => Ok(Some(Draft::Draft202012)),
        Some(_) => Err(AirError::argument("options.draft", "\"draft7\" or \"2020-12\"")),
    }
}

fn plain(violation: &Violation) -> serde_json::Value {
    json!({
        "pointer": violation.pointer(),
        "rule": violation.rule().name(),
        "message": violation.message(),
    })
}
