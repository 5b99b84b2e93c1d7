//! Reads the members of a message.

use serde_json::{Map, Value};

use super::rule::Rule;
use crate::{Error, web};

/// The maximum number of items of an array.
const ITEM_LIMIT: usize = 256;

/// The members of an object, and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Members<'a> {
    members: &'a Map<String, Value>,
    place: &'a str,
}

impl<'a> Members<'a> {
    pub(super) fn of(value: &'a Value, place: &'a str) -> Result<Self, Error> {
        let members = value.as_object().ok_or_else(|| Error::Issuance {
            place: if place.is_empty() {
                "/".into()
            } else {
                place.into()
            },
            rule: Rule::Type,
        })?;
        Ok(Self { members, place })
    }

    pub(super) fn of_map(members: &'a Map<String, Value>, place: &'a str) -> Self {
        Self { members, place }
    }

    pub(super) fn refused(&self, name: &str, rule: Rule) -> Error {
        Error::Issuance {
            place: format!("{}/{name}", self.place),
            rule,
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name)
    }

    /// A string that is not empty.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Error> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(self.refused(name, Rule::Type)),
        }
    }

    pub(super) fn required_text(&self, name: &str) -> Result<&'a str, Error> {
        self.text(name)?.ok_or_else(|| self.refused(name, Rule::Missing))
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, Error> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(boolean)) => Ok(Some(*boolean)),
            Some(_) => Err(self.refused(name, Rule::Type)),
        }
    }

    /// A whole number that is not negative.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => value
                .as_u64()
                .map(Some)
                .ok_or_else(|| self.refused(name, Rule::Type)),
        }
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, Error> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members)),
            Some(_) => Err(self.refused(name, Rule::Type)),
        }
    }

    /// An array that is not empty.
    pub(super) fn array(&self, name: &str) -> Result<Option<&'a [Value]>, Error> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Array(items)) if items.len() > ITEM_LIMIT => {
                Err(self.refused(name, Rule::Limit { most: ITEM_LIMIT }))
            }
            Some(Value::Array(items)) if !items.is_empty() => Ok(Some(items)),
            Some(_) => Err(self.refused(name, Rule::Type)),
        }
    }

    /// A non-empty array of strings; empty if it is absent.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, Error> {
        let items = self.array(name)?.unwrap_or_default().iter();
        items
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| self.refused(name, Rule::Type))
    }

    /// An https URL.
    pub(super) fn endpoint(&self, name: &str) -> Result<Option<String>, Error> {
        match self.text(name)? {
            Some(text) if web::endpoint(text).is_none() => Err(self.refused(name, Rule::Endpoint)),
            text => Ok(text.map(str::to_owned)),
        }
    }
}
