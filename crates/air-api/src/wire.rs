//! Deserializes identifiers with the limits of the REST API: 1 to 256 visible ASCII characters.
//! [`IssuerDid`](crate::IssuerDid) and [`SchemaId`](crate::SchemaId) themselves permit more. Use
//! the functions with `#[serde(deserialize_with = "…")]`.

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error};

const LIMIT: usize = 256;

/// Deserializes an identifier.
///
/// # Errors
/// The deserializer's error, or a custom one when the id is outside the API's limits.
pub fn id<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<T, D::Error> {
    parse(&String::deserialize(deserializer)?)
}

/// Deserializes an identifier or `null`. A member that may be absent also needs
/// `#[serde(default)]`.
///
/// # Errors
/// The deserializer's error, or a custom one when the id is outside the API's limits.
pub fn optional_id<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::<String>::deserialize(deserializer)?
        .map(|text| parse(&text))
        .transpose()
}

/// Deserializes an object whose values are identifiers.
///
/// # Errors
/// The deserializer's error, or a custom one when an id is outside the API's limits.
pub fn ids_by_name<'de, D: Deserializer<'de>, T: FromStr>(
    deserializer: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    BTreeMap::<String, String>::deserialize(deserializer)?
        .into_iter()
        .map(|(name, text)| Ok((name, parse(&text)?)))
        .collect()
}

fn parse<T: FromStr, E: Error>(text: &str) -> Result<T, E> {
    let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    (is_visible && (1..=LIMIT).contains(&text.len()))
        .then(|| text.parse().ok())
        .flatten()
        .ok_or_else(|| E::custom("an id must be 1 to 256 visible ASCII characters"))
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;
    use crate::{IssuerDid, SchemaId};

    #[derive(Deserialize)]
    struct Ids {
        #[serde(deserialize_with = "id")]
        issuer: IssuerDid,
        #[serde(default, deserialize_with = "optional_id")]
        schema: Option<SchemaId>,
        #[serde(deserialize_with = "ids_by_name")]
        schemas: BTreeMap<String, SchemaId>,
    }

    #[test]
    fn an_id_on_the_wire_is_visible_ascii_and_bounded() {
        let long = "x".repeat(256);
        let read: Ids =
            from_value(json!({ "issuer": long, "schema": "a", "schemas": { "ä": "b" } })).unwrap();
        assert_eq!(read.issuer.as_str(), long);
        assert_eq!(read.schema.unwrap().as_str(), "a");
        assert_eq!(read.schemas["ä"].as_str(), "b");
        for none in [
            json!({ "issuer": "i", "schemas": {} }),
            json!({ "issuer": "i", "schema": null, "schemas": {} }),
        ] {
            assert!(from_value::<Ids>(none).unwrap().schema.is_none());
        }

        for bad in ["", "a b", "ä", "a\n", &"x".repeat(257)] {
            for refused in [
                json!({ "issuer": bad, "schemas": {} }),
                json!({ "issuer": "i", "schema": bad, "schemas": {} }),
                json!({ "issuer": "i", "schemas": { "a": bad } }),
            ] {
                assert!(from_value::<Ids>(refused).is_err(), "{bad:?}");
            }
        }
    }
}
