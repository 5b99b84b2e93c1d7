//! The JSON form of a trust list.

use std::{fmt, marker::PhantomData};

use air_jwt::JwkSet;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde_json::{Map, Value};

use super::{Party, Trust, TrustList, Types};
use crate::{Anchors, Error};

/// The maximum length in bytes.
const LIMIT: usize = 1024 * 1024;
/// The maximum number of issuers, and of verifiers.
const PARTY_LIMIT: usize = 1024;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    issuers: Vec<Object<Entry>>,
    #[serde(default)]
    verifiers: Vec<Object<Entry>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    did: Option<String>,
    keys: Option<Object<Keys>>,
    x509: Option<Object<X509>>,
    types: TypesEntry,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    id: String,
    jwks: Map<String, Value>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct X509 {
    anchors: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum TypesEntry {
    Word(String),
    Listed(Vec<String>),
}

/// A struct that is read from an object only. Serde also reads structs from arrays.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData)).map(Self)
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(access))
    }
}

pub(super) fn read(json: &[u8]) -> Result<TrustList, Error> {
    if json.len() > LIMIT {
        return Err(invalid("it has more than 1 MiB"));
    }
    let Object(list): Object<List> = serde_json::from_slice(json).map_err(|error| {
        // The message names a member and a place, and no value of the file but a misspelt member.
        invalid(error.to_string())
    })?;
    Ok(TrustList {
        issuers: parties(list.issuers)?,
        verifiers: parties(list.verifiers)?,
    })
}

fn parties(entries: Vec<Object<Entry>>) -> Result<Vec<Party>, Error> {
    if entries.len() > PARTY_LIMIT {
        return Err(invalid("it has more than 1024 issuers or verifiers"));
    }
    entries
        .into_iter()
        .map(|Object(entry)| entry.into_party())
        .collect()
}

impl Entry {
    fn into_party(self) -> Result<Party, Error> {
        let name = self.name;
        let in_party = |reason: String| invalid(format!("party `{name}`: {reason}"));
        if name.is_empty() {
            return Err(invalid("a party has an empty `name`"));
        }
        let trust = match (self.did, self.keys, self.x509) {
            (Some(did), None, None) => did_trust(did),
            (None, Some(Object(keys)), None) => keys.into_trust(),
            (None, None, Some(Object(x509))) => x509.into_trust(),
            _ => Err("it must have exactly one of `did`, `keys` and `x509`".to_owned()),
        }
        .map_err(in_party)?;
        let types = match self.types {
            TypesEntry::Word(word) if word == "*" => Types::All,
            TypesEntry::Listed(types) if !types.is_empty() && !types.iter().any(String::is_empty) => {
                Types::Listed(types.into_iter().collect())
            }
            _ => return Err(in_party("`types` must be \"*\" or an array of types".to_owned())),
        };
        Ok(Party { name, trust, types })
    }
}

fn did_trust(did: String) -> Result<Trust, String> {
    let is_did = did
        .strip_prefix("did:")
        .and_then(|rest| rest.split_once(':'))
        .is_some_and(|(method, id)| !method.is_empty() && !id.is_empty());
    if !is_did || did.contains(['#', '?', '/']) {
        return Err("`did` must be a DID without path, query and fragment".to_owned());
    }
    Ok(Trust::Did(did))
}

impl Keys {
    fn into_trust(self) -> Result<Trust, String> {
        let json = Value::Object(self.jwks).to_string();
        let keys = JwkSet::from_slice(json.as_bytes()).map_err(|error| error.to_string())?;
        if let Some(skipped) = keys.skipped().first() {
            return Err(format!(
                "key {} is not usable: {}",
                skipped.name(),
                skipped.reason
            ));
        }
        if self.id.is_empty() || keys.iter().next().is_none() {
            return Err("`keys` must have an `id` and at least one key in `jwks`".to_owned());
        }
        Ok(Trust::Keys { id: self.id, keys })
    }
}

impl X509 {
    fn into_trust(self) -> Result<Trust, String> {
        let anchors =
            Anchors::from_pem(self.anchors.join("\n").as_bytes()).map_err(|error| error.to_string())?;
        if self.names.iter().any(String::is_empty) {
            return Err("a name is empty".to_owned());
        }
        Ok(Trust::X509 {
            anchors,
            names: self.names,
        })
    }
}

fn invalid(reason: impl Into<String>) -> Error {
    Error::InvalidTrustList {
        reason: reason.into(),
    }
}
