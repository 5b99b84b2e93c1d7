//! Identifiers as the REST API takes them: 1 to 256 visible ASCII characters, which is less than [`IssuerDid`](crate::IssuerDid) and
//! [`SchemaId`](crate::SchemaId) hold. Functions for `#[serde(deserialize_with = "…")]`.

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error};

const LIMIT: usize = 256;

/// An identifier.
///
/// # Errors
/// When it is outside the API's limits.
pub fn id<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<T, D::Error> {
    parse(&String::deserialize(deserializer)?)
}

/// An identifier, or `null`. The member also needs `#[serde(default)]` where it may be absent.
///
/// # Errors
/// When it is outside the API's limits.
pub fn optional_id<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::<String>::deserialize(deserializer)?
        .map(|text| parse(&text))
        .transpose()
}

/// Identifiers by name.
///
/// # Errors
/// When one is outside the API's limits.
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
