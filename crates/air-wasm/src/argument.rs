//! Arguments from JavaScript. Their type and length are checked before anything is copied.

#[cfg(feature = "cak")]
use js_sys::Uint8Array;
use js_sys::{JsString, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use zeroize::Zeroizing;

use crate::AirError;

/// The maximum number of bytes of a document. Sealing keeps it in memory three times.
#[cfg(feature = "cak")]
pub(crate) const DOCUMENT_LIMIT: u32 = 64 << 20;
/// The maximum number of bytes of a container, including the tags of chunks of the smallest size.
#[cfg(feature = "cak")]
pub(crate) const CONTAINER_LIMIT: u32 = DOCUMENT_LIMIT + (1 << 20);
/// The maximum number of UTF-16 units of a text, so that an invalid argument is not even copied.
/// Status lists are the longest texts.
pub(crate) const TEXT_LIMIT: u32 = 4 << 20;
/// The maximum number of bytes of a label that are copied. `air-crypto` accepts fewer.
#[cfg(feature = "cak")]
const LABEL_LIMIT: u32 = 1 << 20;

/// Copies bytes, which are wiped on drop.
#[cfg(feature = "cak")]
pub(crate) fn bytes(name: &str, value: &JsValue, limit: u32) -> Result<Zeroizing<Vec<u8>>, AirError> {
    let array = value
        .dyn_ref::<Uint8Array>()
        .ok_or_else(|| AirError::argument(name, "a Uint8Array"))?;
    let length = array.byte_length();
    if length > limit {
        return Err(AirError::too_large(name, length, limit));
    }
    Ok(Zeroizing::new(array.to_vec()))
}

/// Copies a text, which is wiped on drop.
pub(crate) fn text(name: &str, value: &JsValue) -> Result<Zeroizing<String>, AirError> {
    let string = value
        .dyn_ref::<JsString>()
        .ok_or_else(|| AirError::argument(name, "a string"))?;
    if string.length() > TEXT_LIMIT {
        return Err(AirError::too_large(name, string.length(), TEXT_LIMIT));
    }
    Ok(Zeroizing::new(String::from(string)))
}

/// A label as bytes: text is encoded as UTF-8, and undefined or null is the empty label.
#[cfg(feature = "cak")]
pub(crate) fn label(value: &JsValue) -> Result<Zeroizing<Vec<u8>>, AirError> {
    if value.is_undefined() || value.is_null() {
        return Ok(Zeroizing::default());
    }
    if value.is_string() {
        return Ok(Zeroizing::new(text("label", value)?.as_bytes().to_vec()));
    }
    bytes("label", value, LABEL_LIMIT)
}

/// A non-negative whole number.
#[cfg(any(feature = "anchor", feature = "cak", feature = "verify"))]
pub(crate) fn whole_number(name: &str, value: &JsValue) -> Result<u64, AirError> {
    const LARGEST: f64 = 9_007_199_254_740_991.0; // Number.MAX_SAFE_INTEGER
    let number = value
        .as_f64()
        .filter(|number| number.fract() == 0.0 && (0.0..=LARGEST).contains(number));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number in range"
    )]
    number
        .map(|number| number as u64)
        .ok_or_else(|| AirError::argument(name, "a whole number that is not negative"))
}

/// An object whose members are read one by one.
pub(crate) struct Members<'a> {
    name: &'static str,
    object: &'a Object,
}

impl<'a> Members<'a> {
    /// Rejects unknown members, so that a misspelt option can't disable a check.
    pub(crate) fn of(name: &'static str, value: &'a JsValue, known: &[&str]) -> Result<Self, AirError> {
        let object = value
            .dyn_ref::<Object>()
            .ok_or_else(|| AirError::argument(name, "an object"))?;
        let has_unknown = Object::keys(object)
            .iter()
            .any(|key| !key.as_string().is_some_and(|key| known.contains(&key.as_str())));
        if has_unknown {
            return Err(AirError::argument(
                name,
                &format!("an object with no other members than {}", known.join(", ")),
            ));
        }
        Ok(Self { name, object })
    }

    /// A member; `None` if it is undefined.
    pub(crate) fn get(&self, member: &str) -> Result<Option<JsValue>, AirError> {
        let value = Reflect::get(self.object, &JsValue::from_str(member))
            .map_err(|_| AirError::argument(&self.path(member), "readable"))?;
        Ok(Some(value).filter(|value| !value.is_undefined()))
    }

    pub(crate) fn text(&self, member: &str) -> Result<Option<String>, AirError> {
        let value = self.get(member)?;
        value
            .map(|value| text(&self.path(member), &value).map(|text| text.to_string()))
            .transpose()
    }

    #[cfg(any(feature = "anchor", feature = "cak", feature = "verify"))]
    pub(crate) fn required_text(&self, member: &str) -> Result<String, AirError> {
        self.text(member)?
            .ok_or_else(|| AirError::argument(&self.path(member), "a string"))
    }

    pub(crate) fn path(&self, member: &str) -> String {
        format!("{}.{member}", self.name)
    }
}
