//! The verifier's metadata in a request: `client_metadata` (OpenID4VP 1.0, sections 5.1 and 11.1).

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::rule::Rule;
use crate::{
    Error,
    dcql::{Meta, Query},
};

/// The maximum number of keys, formats and algorithms.
const ITEM_LIMIT: usize = 32;
/// The content encryption when none is named.
const DEFAULT_ENC: &str = "A128GCM";

/// The verifier's metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientMetadata {
    /// The public keys of `jwks`. Each has a `kid` of its own.
    pub keys: Vec<Map<String, Value>>,
    /// The values of `enc` for the encrypted response; empty for `A128GCM` alone.
    pub enc_values: Vec<String>,
    /// The supported formats, with the parameters of each.
    pub formats: Map<String, Value>,
}

impl ClientMetadata {
    /// Metadata that supports the formats of this query, with signatures by ES256.
    #[must_use]
    pub fn for_query(query: &Query) -> Self {
        let parameters = |meta: &Meta| match meta {
            Meta::SdJwtVc { .. } => json!({ "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"] }),
            Meta::Mdoc { .. } => {
                json!({ "issuerauth_alg_values": [-7, -9], "deviceauth_alg_values": [-7, -9] })
            }
            Meta::W3c { .. } if meta.format() == "ldp_vc" => {
                json!({ "proof_type_values": ["DataIntegrityProof"] })
            }
            Meta::W3c { .. } => json!({ "alg_values": ["ES256"] }),
            Meta::Unknown { .. } => json!({}),
        };
        let queries = query.credentials().iter();
        let formats = queries.map(|query| (query.meta().format().to_owned(), parameters(query.meta())));
        Self {
            formats: formats.collect(),
            ..Self::default()
        }
    }

    /// The keys for the encryption of the response: those that have `alg`, and whose `use` is `enc`
    /// or absent (section 8.3).
    pub fn encryption_keys(&self) -> impl Iterator<Item = &Map<String, Value>> {
        self.keys.iter().filter(|key| {
            let is_for_encryption = key.get("use").is_none_or(|purpose| purpose == "enc");
            is_for_encryption && key.get("alg").is_some_and(Value::is_string)
        })
    }

    /// The values of `enc` that the verifier can decrypt.
    pub fn accepted_enc_values(&self) -> impl Iterator<Item = &str> {
        let default = self.enc_values.is_empty().then_some(DEFAULT_ENC);
        self.enc_values.iter().map(String::as_str).chain(default)
    }

    pub(super) fn parse(value: &Value) -> Result<Self, Error> {
        let members = value.as_object().ok_or_else(|| refused("", Rule::Type))?;
        let metadata = Self {
            keys: members.get("jwks").map_or(Ok(Vec::new()), keys)?,
            enc_values: match members.get("encrypted_response_enc_values_supported") {
                None => Vec::new(),
                Some(values) => enc_values(values)
                    .ok_or_else(|| refused("/encrypted_response_enc_values_supported", Rule::EncValues))?,
            },
            formats: match members.get("vp_formats_supported") {
                None => Map::new(),
                Some(Value::Object(formats)) => formats.clone(),
                Some(_) => return Err(refused("/vp_formats_supported", Rule::Formats)),
            },
        };
        metadata.check()?;
        Ok(metadata)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let mut ids = HashSet::new();
        for key in &self.keys {
            let kid = key.get("kid").and_then(Value::as_str);
            if !kid.is_some_and(|kid| !kid.is_empty() && ids.insert(kid)) {
                return Err(refused("/jwks", Rule::KeyMembers));
            }
        }
        if self.formats.len() > ITEM_LIMIT || self.keys.len() > ITEM_LIMIT {
            return Err(refused("", Rule::Limit { most: ITEM_LIMIT }));
        }
        if !self.formats.values().all(Value::is_object) {
            return Err(refused("/vp_formats_supported", Rule::Formats));
        }
        Ok(())
    }

    pub(super) fn to_value(&self) -> Value {
        let mut members = Map::new();
        if !self.keys.is_empty() {
            members.insert("jwks".into(), json!({ "keys": self.keys }));
        }
        if !self.enc_values.is_empty() {
            members.insert(
                "encrypted_response_enc_values_supported".into(),
                json!(self.enc_values),
            );
        }
        members.insert("vp_formats_supported".into(), Value::Object(self.formats.clone()));
        Value::Object(members)
    }
}

fn keys(value: &Value) -> Result<Vec<Map<String, Value>>, Error> {
    let keys = value.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or_else(|| refused("/jwks", Rule::Type))?;
    if keys.len() > ITEM_LIMIT {
        return Err(refused("/jwks", Rule::Limit { most: ITEM_LIMIT }));
    }
    let objects = keys.iter().map(|key| key.as_object().cloned());
    objects
        .collect::<Option<_>>()
        .ok_or_else(|| refused("/jwks", Rule::Type))
}

fn enc_values(value: &Value) -> Option<Vec<String>> {
    let items = value
        .as_array()
        .filter(|items| (1..=ITEM_LIMIT).contains(&items.len()))?;
    items
        .iter()
        .map(|item| item.as_str().map(str::to_owned))
        .collect()
}

fn refused(place: &str, rule: Rule) -> Error {
    Error::Presentation {
        place: format!("/client_metadata{place}"),
        rule,
    }
}
