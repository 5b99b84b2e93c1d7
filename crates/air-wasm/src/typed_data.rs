//! Typed data that a page asks the wallet to sign.

use std::fmt;

use air_crypto::TypedRow;
use js_sys::{Array, JsString};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{AirError, argument};

/// EIP-712 typed data, parsed strictly. The displayed values are the signed ones.
#[wasm_bindgen]
pub struct TypedData(air_crypto::TypedData);

impl TypedData {
    pub(crate) fn inner(&self) -> &air_crypto::TypedData {
        &self.0
    }
}

#[wasm_bindgen]
impl TypedData {
    /// Parses the JSON of `eth_signTypedData_v4`, at most 64 KiB.
    ///
    /// # Errors
    /// `TYPED_DATA_RESERVED` for data whose signature would reveal a key of the wallet: a type
    /// `ComplianceAccessKey`, or a domain whose name begins with `AIR `. `TYPED_DATA_REJECTED` for
    /// a violated rule of EIP-712. `INVALID_ARGUMENT` for anything but a string.
    pub fn parse(#[wasm_bindgen(unchecked_param_type = "string")] json: &JsValue) -> Result<Self, AirError> {
        let json = argument::text("json", json)?;
        Ok(Self(air_crypto::TypedData::parse(&json)?))
    }

    /// The type of the message.
    #[wasm_bindgen(getter, js_name = primaryType)]
    #[must_use]
    pub fn primary_type(&self) -> String {
        self.0.primary_type().to_owned()
    }

    /// The values of the domain, as pairs of place and value. Both are text from the page.
    #[wasm_bindgen(getter, unchecked_return_type = "[string, string][]")]
    #[must_use]
    pub fn domain(&self) -> JsValue {
        rows(self.0.domain())
    }

    /// The values of the message, as pairs of place and value. Both are text from the page.
    #[wasm_bindgen(getter, unchecked_return_type = "[string, string][]")]
    #[must_use]
    pub fn message(&self) -> JsValue {
        rows(self.0.message())
    }
}

impl fmt::Debug for TypedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn rows(rows: &[TypedRow]) -> JsValue {
    let text = |text: &str| JsValue::from(JsString::from(text));
    let row = |row: &TypedRow| JsValue::from(Array::of2(&text(&row.path), &text(&row.value)));
    rows.iter().map(row).collect::<Array>().into()
}
