//! Subjects against schemas.

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
  /** The schema is a JSON Schema of this draft instead of a form. */
  draft?: "draft7" | "2020-12";
}
"#;

/// The rules that a subject breaks, at most 100 by pointer; none when it fits. The schema is a form as the dashboard has it, or with
/// `draft` any JSON Schema; an object, or its JSON as a string.
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
    let violations: Vec<_> = match validator.validate(&subject) {
        Ok(()) => Vec::new(),
        Err(violations) => violations.iter().map(plain).collect(),
    };
    json::to_js(&violations.into())
}

fn validator(schema: &str, draft: Option<Draft>) -> Result<Validator, AirError> {
    Ok(match draft {
        None => Validator::new(&CredentialSchema::from_slice(schema.as_bytes())?)?,
        Some(draft) => Validator::from_json_schema(&json::parse("schema", schema)?, draft)?,
    })
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
