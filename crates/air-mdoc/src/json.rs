//! Values of elements in JSON, for queries and for people.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::Value;
use serde_json::Value as Json;

/// Converts the value of an element to JSON by the advice of RFC 8949, 6.1: byte strings become base64url
/// without padding, and a tagged value becomes its content, such as the text of a date. Values that JSON
/// does not have become `null`, and members whose key is not text are left out.
#[must_use]
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Integer(number) => integer(i128::from(*number)),
        Value::Bytes(bytes) => URL_SAFE_NO_PAD.encode(bytes).into(),
        Value::Float(number) => Json::from(*number),
        Value::Text(text) => text.as_str().into(),
        Value::Bool(boolean) => (*boolean).into(),
        Value::Tag(_, content) => to_json(content),
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Map(entries) => {
            let members = entries
                .iter()
                .filter_map(|(name, value)| Some((name.as_text()?.to_owned(), to_json(value))));
            Json::Object(members.collect())
        }
        _ => Json::Null,
    }
}

/// The integers of CBOR have 65 bits.
fn integer(number: i128) -> Json {
    let signed = i64::try_from(number).map(Json::from);
    signed
        .or_else(|_| u64::try_from(number).map(Json::from))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{date_time, full_date};

    #[test]
    fn each_kind_of_value_has_its_form_in_json() {
        let members = vec![
            (Value::from("code"), Value::from("B")),
            (Value::from(1), Value::from("left out")),
        ];
        for (value, expected) in [
            (Value::from(-7), json!(-7)),
            (Value::from(u64::MAX), json!(u64::MAX)),
            (Value::from(0.5), json!(0.5)),
            (Value::from(true), json!(true)),
            (Value::from("Ada"), json!("Ada")),
            (Value::Bytes(vec![0xff, 0xfe]), json!("__4")),
            (full_date("1815-12-10").unwrap(), json!("1815-12-10")),
            (
                date_time("2026-11-29T23:00:00Z").unwrap(),
                json!("2026-11-29T23:00:00Z"),
            ),
            (
                Value::Array(vec![Value::Map(members), Value::Null]),
                json!([{ "code": "B" }, null]),
            ),
        ] {
            assert_eq!(to_json(&value), expected);
        }
        // The least integer of CBOR, -2^64, is not one of JSON's.
        let least = ciborium::value::Integer::try_from(-(1_i128 << 64)).unwrap();
        assert_eq!(to_json(&Value::Integer(least)), Json::Null);
    }
}
