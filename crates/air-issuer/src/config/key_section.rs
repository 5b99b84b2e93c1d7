//! The keys in `[keys]` of `issuer.toml`: one table, or a list of tables in the order in which the keys sign.

use std::{fmt, path::PathBuf, str::FromStr};

use air_ids::UnixTime;
use air_jwt::Kid;
use serde::{
    Deserialize, Deserializer,
    de::{
        self, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use toml_edit::Datetime;

use super::{ConfigError, duration::Seconds};
use crate::clock::parse_rfc3339;

/// The maximum number of keys for a purpose.
const LIMIT: usize = 16;

/// The keys of a purpose. An empty list is a purpose without a setting.
#[derive(Debug, Default)]
pub(super) struct KeyList(pub(super) Vec<KeySection>);

/// A key: exactly one of `file`, `pkcs11` and `url`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct KeySection {
    pub(super) file: Option<PathBuf>,
    /// The URI of a key in a PKCS#11 token.
    pub(super) pkcs11: Option<String>,
    /// The URL of a key at a signing service.
    pub(super) url: Option<String>,
    pub(super) kid: Option<String>,
    /// The file with the bearer token of the signing service.
    pub(super) token_file: Option<PathBuf>,
    /// The time limit of a signature by a token or a service.
    pub(super) timeout: Option<Seconds>,
    pub(super) signs_from: Option<Time>,
}

/// A time in RFC 3339, such as `2026-12-15T00:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time(pub(super) UnixTime);

impl KeySection {
    pub(super) fn parsed_kid(&self, name: &str) -> Result<Option<Kid>, ConfigError> {
        self.kid.as_deref().map(|kid| parse_kid(kid, name)).transpose()
    }
}

pub(super) fn parse_kid(kid: &str, name: &str) -> Result<Kid, ConfigError> {
    kid.parse().map_err(|_| {
        ConfigError::invalid(
            name,
            "a key's id must have 1 to 256 characters, none of them a control character",
        )
    })
}

impl FromStr for Time {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_rfc3339(text)
            .map(Self)
            .ok_or("a time must have a date, a time and an offset, such as 2026-12-15T00:00:00Z")
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor)
    }
}

/// Reads a time of TOML, or a text.
struct TimeVisitor;

impl<'de> Visitor<'de> for TimeVisitor {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time, such as 2026-12-15T00:00:00Z")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Time, A::Error> {
        let time = Datetime::deserialize(MapAccessDeserializer::new(map))?;
        time.to_string().parse().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for KeyList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyListVisitor)
    }
}

/// An untagged enum would lose the message and the line of an error within a key.
struct KeyListVisitor;

impl<'de> Visitor<'de> for KeyListVisitor {
    type Value = KeyList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key, such as { file = \"key.pem\" }, or a list of keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeyList, A::Error> {
        let key = KeySection::deserialize(MapAccessDeserializer::new(map))?;
        Ok(KeyList(vec![key]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<KeyList, A::Error> {
        let keys = Vec::<KeySection>::deserialize(SeqAccessDeserializer::new(seq))?;
        if (1..=LIMIT).contains(&keys.len()) {
            Ok(KeyList(keys))
        } else {
            Err(de::Error::custom(format_args!(
                "a list of keys must have 1 to {LIMIT} keys"
            )))
        }
    }
}
