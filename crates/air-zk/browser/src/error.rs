//! The thrown error: a JavaScript `Error` with a stable `code`.

use js_sys::Reflect;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Everything that is thrown. The message shows no secret and no value. */
export interface AirZkError extends Error {
  name: "AirZkError";
  code: "INVALID_ARGUMENT" | "REJECTED" | "NO_RANDOMNESS" | "INTERNAL";
}
"#;

/// An error to throw in JavaScript.
#[derive(Debug)]
pub struct AirZkError {
    code: &'static str,
    message: String,
}

impl AirZkError {
    fn new(code: &'static str, message: &str) -> Self {
        Self {
            code,
            message: message.to_owned(),
        }
    }

    pub(crate) fn argument(message: &str) -> Self {
        Self::new("INVALID_ARGUMENT", message)
    }

    pub(crate) fn rejected(message: &str) -> Self {
        Self::new("REJECTED", message)
    }

    pub(crate) fn no_randomness() -> Self {
        Self::new(
            "NO_RANDOMNESS",
            "there is no crypto.getRandomValues; use a browser",
        )
    }

    pub(crate) fn internal() -> Self {
        Self::new("INTERNAL", "the answer could not be read")
    }
}

impl From<AirZkError> for JsValue {
    fn from(error: AirZkError) -> Self {
        let thrown = js_sys::Error::new(&error.message);
        thrown.set_name("AirZkError");
        // Setting a member of a new error can't fail.
        let _ = Reflect::set(&thrown, &Self::from_str("code"), &Self::from_str(error.code));
        thrown.into()
    }
}
