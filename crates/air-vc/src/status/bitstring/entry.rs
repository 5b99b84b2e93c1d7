//! A credential's reference to its entry in a list.

use serde_json::{Map, Value, json};

use super::{StatusPurpose, has_type, messages, size};
use crate::{Error, status::StatusBits};

/// An entry of a credential's `credentialStatus` (Bitstring Status List, 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BitstringStatusListEntry {
    /// `id`: a URL of this entry, different from the list's. Verification ignores it.
    pub id: Option<String>,
    /// `statusPurpose`: the purpose of the entry.
    pub purpose: StatusPurpose,
    /// `statusListIndex`: the index in the list.
    pub index: u64,
    /// `statusListCredential`: the URL of the list's credential.
    pub list: String,
    bits: StatusBits,
    messages: Vec<String>,
    references: Vec<String>,
}

impl BitstringStatusListEntry {
    /// Creates an entry of one bit. Its ID is the list's URL with the index as the fragment, as in
    /// the specification.
    #[must_use]
    pub fn new(purpose: StatusPurpose, list: impl Into<String>, index: u64) -> Self {
        let list = list.into();
        Self {
            id: Some(format!("{list}#{index}")),
            purpose,
            index,
            list,
            bits: StatusBits::One,
            messages: Vec::new(),
            references: Vec::new(),
        }
    }

    /// Sets the size of the values and a message for each, starting at 0: `statusSize` and
    /// `statusMessage`.
    ///
    /// # Errors
    /// [`Error::MalformedStatus`] unless there is a message for each possible value.
    pub fn with_messages(mut self, bits: StatusBits, messages: Vec<String>) -> Result<Self, Error> {
        messages::check_number(&messages, bits)?;
        (self.bits, self.messages) = (bits, messages);
        Ok(self)
    }

    /// Adds the URL of a document that defines the values: `statusReference`.
    #[must_use]
    pub fn with_reference(mut self, url: impl Into<String>) -> Self {
        self.references.push(url.into());
        self
    }

    /// The bits of the value: `statusSize`, which defaults to 1.
    #[must_use]
    pub fn bits(&self) -> StatusBits {
        self.bits
    }

    /// The messages of the values, in order; empty if there are none.
    #[must_use]
    pub fn messages(&self) -> &[String] {
        &self.messages
    }

    /// The URLs of documents that define the values.
    #[must_use]
    pub fn references(&self) -> &[String] {
        &self.references
    }

    /// The JSON of the entry in `credentialStatus`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut entry = Map::new();
        let mut set = |name: &str, value| entry.insert(name.to_owned(), value);
        if let Some(id) = &self.id {
            set("id", json!(id));
        }
        set("type", json!("BitstringStatusListEntry"));
        set("statusPurpose", json!(self.purpose.as_str()));
        set("statusListIndex", json!(self.index.to_string()));
        set("statusListCredential", json!(self.list));
        if !self.messages.is_empty() {
            set("statusSize", json!(self.bits.number()));
            set("statusMessage", messages::to_value(&self.messages));
        }
        match self.references.as_slice() {
            [] => {}
            [one] => {
                set("statusReference", json!(one));
            }
            several => {
                set("statusReference", json!(several));
            }
        }
        Value::Object(entry)
    }

    /// Parses one entry of `credentialStatus`.
    ///
    /// # Errors
    /// [`Error::MalformedStatus`] or [`Error::StatusBits`].
    pub fn parse(value: &Value) -> Result<Self, Error> {
        let malformed = |reason| Error::MalformedStatus { reason };
        let entry = value
            .as_object()
            .filter(|entry| has_type(entry, "BitstringStatusListEntry"))
            .ok_or_else(|| malformed("the status is not a BitstringStatusListEntry"))?;
        let text = |name| entry.get(name).and_then(Value::as_str);
        let id = match entry.get("id") {
            None => None,
            Some(id) => Some(id.as_str().ok_or_else(|| malformed("`id` is not a string"))?),
        };
        let purpose = text("statusPurpose").ok_or_else(|| malformed("`statusPurpose` is not a string"))?;
        let list = text("statusListCredential")
            .ok_or_else(|| malformed("`statusListCredential` is not a string"))?;
        if id == Some(list) {
            return Err(malformed("`id` must not be the URL of the list"));
        }
        let index = text("statusListIndex")
            .and_then(index)
            .ok_or_else(|| malformed("`statusListIndex` is not a number in base 10, as a string"))?;
        let bits = entry.get("statusSize").map_or(Ok(StatusBits::One), size)?;
        let messages = messages::from_value(entry.get("statusMessage"), bits)?;
        if bits != StatusBits::One && messages.is_empty() {
            return Err(malformed(
                "an entry of more than one bit must have `statusMessage`",
            ));
        }
        Ok(Self {
            id: id.map(str::to_owned),
            purpose: purpose.into(),
            index,
            list: list.to_owned(),
            bits,
            messages,
            references: references(entry.get("statusReference"))?,
        })
    }
}

fn index(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|digit| digit.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

fn references(value: Option<&Value>) -> Result<Vec<String>, Error> {
    let references = match value {
        None => Some(Vec::new()),
        Some(Value::String(one)) => Some(vec![one.clone()]),
        Some(Value::Array(several)) => several
            .iter()
            .map(|one| one.as_str().map(str::to_owned))
            .collect(),
        Some(_) => None,
    };
    references.ok_or(Error::MalformedStatus {
        reason: "`statusReference` is not a URL or several",
    })
}
