//! Conversion between JavaScript and Rust values as JSON.

use js_sys::JSON;
use serde_json::Value;
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

use crate::{AirError, argument};

/// The JSON text of a value. A string is already JSON text.
pub(crate) fn text(name: &str, value: &JsValue) -> Result<Zeroizing<String>, AirError> {
    if value.is_string() {
        return argument::text(name, value);
    }
    encode(name, value)
}

/// Encodes any value as JSON text.
pub(crate) fn encode(name: &str, value: &JsValue) -> Result<Zeroizing<String>, AirError> {
    // Fails for cyclic values. The result is undefined for undefined and functions.
    let json = JSON::stringify(value).map_err(|_| AirError::argument(name, "a value that JSON can hold"))?;
    if JsValue::is_undefined(&json) {
        return Err(AirError::argument(name, "a value that JSON can hold"));
    }
    argument::text(name, &json)
}

#[cfg(feature = "validate")]
pub(crate) fn parse(name: &str, json: &str) -> Result<Value, AirError> {
    serde_json::from_str(json).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        AirError::argument(name, &format!("JSON (it breaks at line {line}, column {column})"))
    })
}

pub(crate) fn to_js(value: &Value) -> Result<JsValue, AirError> {
    JSON::parse(&value.to_string()).map_err(|_| AirError::argument("result", "JSON"))
}
