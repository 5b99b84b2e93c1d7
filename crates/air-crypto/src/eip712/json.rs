//! A strict, bounded reader for untrusted JSON. It refuses repeated names, and numbers that JSON
//! readers interpret differently.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::Error;

/// The longest accepted text, in bytes.
const TEXT_LIMIT: usize = 64 << 10;
/// The maximum nesting depth of lists and objects.
const DEPTH_LIMIT: u8 = 32;
/// The largest integer that every JSON reader reads exactly (2^53 − 1). Larger numbers must be
/// text.
const NUMBER_LIMIT: u64 = (1 << 53) - 1;
/// The start of the names that `serde_json` reserves. With its feature `arbitrary_precision`, which
/// any crate of a build can enable, `1.0` arrives as an object with such a name.
const RESERVED: &str = "$serde_json::private::";

/// A JSON value. Objects keep the order of their members.
#[derive(Debug)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let reject = |reason| Error::TypedDataRejected { reason };
        if text.len() > TEXT_LIMIT {
            return Err(reject("it is longer than 64 KiB"));
        }
        let malformed = reject(
            "it is not strict JSON (no name twice, 32 levels at most, numbers whole and below 2^53, larger ones as text)",
        );
        let mut reader = serde_json::Deserializer::from_str(text);
        let value = Level(DEPTH_LIMIT).deserialize(&mut reader);
        match value.and_then(|value| reader.end().map(|()| value)) {
            Ok(value) => Ok(value),
            Err(_) => Err(malformed),
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The values of an object that has exactly these members.
    pub(super) fn members<const N: usize>(&self, names: [&str; N]) -> Option<[&Json; N]> {
        let Self::Object(members) = self else { return None };
        if members.len() != N {
            return None;
        }
        let mut found = [self; N];
        for (place, name) in found.iter_mut().zip(names) {
            *place = self.member(name)?;
        }
        Some(found)
    }

    pub(super) fn member(&self, name: &str) -> Option<&Json> {
        let Self::Object(members) = self else { return None };
        members
            .iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }
}

/// Reads a value. The number is how many levels of nesting remain.
struct Level(u8);

impl Level {
    fn down<E: de::Error>(&self) -> Result<Self, E> {
        let left = self.0.checked_sub(1).ok_or_else(|| E::custom("too deep"))?;
        Ok(Self(left))
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Json, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
        let value = Some(value).filter(|value| *value <= NUMBER_LIMIT);
        let value = value.and_then(|value| i64::try_from(value).ok());
        value.map(Json::Number).ok_or_else(|| E::custom("too large"))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
        if value.unsigned_abs() > NUMBER_LIMIT {
            return Err(E::custom("too small"));
        }
        Ok(Json::Number(value))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Json, E> {
        Err(E::custom("not a whole number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.down()?)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut names = std::collections::BTreeSet::new();
        let mut members = Vec::new();
        while let Some(name) = entries.next_key::<String>()? {
            if name.starts_with(RESERVED) {
                return Err(de::Error::custom("not a whole number, or a reserved name"));
            }
            if !names.insert(name.clone()) {
                return Err(de::Error::custom("a name stands twice"));
            }
            members.push((name, entries.next_value_seed(self.down()?)?));
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_one_reading_and_refuses_the_rest() {
        for good in [
            "null",
            " [1, -9007199254740991, 9007199254740991, \"\\u0041\", true, {}] ",
            &format!("{}{}", "[".repeat(32), "]".repeat(32)),
        ] {
            assert!(Json::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "{} {}",
            "1.0",
            "1e3",
            "-0",
            "01",
            "9007199254740992",
            "-9007199254740992",
            "99999999999999999999",
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"$serde_json::private::Number":"1"}"#,
            r#"{"a":[1.5]}"#,
            r#"["\ud800"]"#,
            "\u{feff}{}",
            "NaN",
            "{'a':1}",
            "[1,]",
            &format!("{}{}", "[".repeat(33), "]".repeat(33)),
            &"[".repeat(100_000),
            &format!("\"{}\"", "a".repeat(64 << 10)),
        ] {
            assert!(Json::parse(bad).is_err(), "{}", &bad[..bad.len().min(40)]);
        }
    }
}
