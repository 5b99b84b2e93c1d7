//! A Bitstring Status List: values by index.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{StatusPurpose, has_type, messages, size};
use crate::{
    Error,
    status::{
        StatusBits, compress,
        packed::{Order, Packed},
    },
};

/// The minimum number of entries, for herd privacy (Bitstring Status List, 3.2).
pub const MINIMUM_ENTRIES: u64 = 131_072;

/// Values by index, for one or several purposes: the subject of a
/// [`super::BitstringStatusListCredential`].
#[derive(Clone, PartialEq, Eq)]
pub struct BitstringStatusList {
    purposes: Vec<StatusPurpose>,
    /// The messages of the values, in order; empty if there are none.
    pub(super) messages: Vec<String>,
    /// Whether the list itself states the size of its values. Otherwise the entries do.
    states_size: bool,
    packed: Packed,
}

impl BitstringStatusList {
    /// Creates a list of zeros with at least `entries` and at least [`MINIMUM_ENTRIES`] entries,
    /// rounded up to whole bytes.
    ///
    /// # Errors
    /// [`Error::StatusListSize`] if the list would exceed 16 MiB.
    pub fn new(purpose: StatusPurpose, bits: StatusBits, entries: u64) -> Result<Self, Error> {
        let states_size = bits != StatusBits::One || purpose == StatusPurpose::Message;
        Ok(Self {
            packed: Packed::zeroed(Order::MostSignificantFirst, bits, entries.max(MINIMUM_ENTRIES))?,
            purposes: vec![purpose],
            messages: Vec::new(),
            states_size,
        })
    }

    /// Sets the messages of the values, starting at 0: `statusMessages`. A list with the purpose
    /// `message` must have them.
    ///
    /// # Errors
    /// [`Error::MalformedStatus`] unless there is one for each possible value.
    pub fn with_messages(mut self, messages: Vec<String>) -> Result<Self, Error> {
        messages::check_number(&messages, self.bits())?;
        self.messages = messages;
        self.states_size = true;
        Ok(self)
    }

    /// The purposes of the list.
    #[must_use]
    pub fn purposes(&self) -> &[StatusPurpose] {
        &self.purposes
    }

    /// The number of entries.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.packed.entries()
    }

    /// The bits of each entry: `statusSize`.
    #[must_use]
    pub fn bits(&self) -> StatusBits {
        self.packed.bits()
    }

    /// The value at `index`. 0 means that the status is not set: not revoked, not suspended, no
    /// message.
    ///
    /// # Errors
    /// [`Error::StatusIndexOutOfRange`].
    pub fn value(&self, index: u64) -> Result<u8, Error> {
        self.packed.value(index)
    }

    /// Sets a value.
    ///
    /// # Errors
    /// [`Error::StatusIndexOutOfRange`]; [`Error::StatusDoesNotFit`] when it needs more bits.
    pub fn set(&mut self, index: u64, value: u8) -> Result<(), Error> {
        self.packed.set(index, value)
    }

    /// The packed values. The first has the highest bits of the first byte (7.1).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.packed.bytes()
    }

    /// `encodedList`: the packed values, compressed as GZIP and encoded as base64url with the
    /// Multibase prefix `u` (2.2).
    #[must_use]
    pub fn to_encoded_list(&self) -> String {
        let mut text = String::from("u");
        URL_SAFE_NO_PAD.encode_string(compress::gzip(self.packed.bytes()), &mut text);
        text
    }

    /// The subject of the list's credential, without its `id` (2.2).
    #[must_use]
    pub fn to_subject(&self) -> Map<String, Value> {
        let mut subject = Map::new();
        let mut set = |name: &str, value| subject.insert(name.to_owned(), value);
        set("type", json!("BitstringStatusList"));
        match self.purposes.as_slice() {
            [purpose] => set("statusPurpose", json!(purpose.as_str())),
            several => set(
                "statusPurpose",
                several.iter().map(StatusPurpose::as_str).collect(),
            ),
        };
        set("encodedList", json!(self.to_encoded_list()));
        if self.states_size {
            set("statusSize", json!(self.bits().number()));
        }
        if !self.messages.is_empty() {
            set("statusMessages", messages::to_value(&self.messages));
        }
        subject
    }

    /// Parses the subject of a list's credential. Without `statusSize`, the size is 1 unless an
    /// entry states another.
    ///
    /// # Errors
    /// [`Error::MalformedStatus`], [`Error::StatusBits`], [`Error::StatusListTooLarge`],
    /// [`Error::StatusListTooShort`].
    pub fn from_subject(subject: &Map<String, Value>) -> Result<Self, Error> {
        let malformed = |reason| Error::MalformedStatus { reason };
        if !has_type(subject, "BitstringStatusList") {
            return Err(malformed("the list's `type` is not BitstringStatusList"));
        }
        let stated = subject.get("statusSize").map(size).transpose()?;
        let bits = stated.unwrap_or_default();
        let compressed = subject
            .get("encodedList")
            .and_then(Value::as_str)
            .and_then(|list| URL_SAFE_NO_PAD.decode(list.strip_prefix('u')?).ok())
            .ok_or_else(|| malformed("`encodedList` is not `u` and base64url without padding"))?;
        let bytes = compress::gunzip(&compressed)?;
        let list = Self {
            purposes: purposes(subject.get("statusPurpose"))?,
            messages: messages::from_value(subject.get("statusMessages"), bits)?,
            states_size: stated.is_some(),
            packed: Packed::from_bytes(Order::MostSignificantFirst, bits, bytes),
        };
        list.check_length(bits)?;
        Ok(list)
    }

    /// The value at an index, if values have `bits`.
    ///
    /// # Errors
    /// [`Error::StatusSizeMismatch`], [`Error::StatusListTooShort`] if there are too few entries of
    /// this size, [`Error::StatusIndexOutOfRange`].
    pub(super) fn value_of(&self, index: u64, bits: StatusBits) -> Result<u8, Error> {
        if self.states_size && bits != self.bits() {
            return Err(Error::StatusSizeMismatch);
        }
        self.check_length(bits)?;
        self.packed.value_of(index, bits)
    }

    fn check_length(&self, bits: StatusBits) -> Result<(), Error> {
        let (entries, minimum) = (self.packed.entries_of(bits), MINIMUM_ENTRIES);
        if entries < minimum {
            return Err(Error::StatusListTooShort { entries, minimum });
        }
        Ok(())
    }
}

impl fmt::Debug for BitstringStatusList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BitstringStatusList")
            .field("purposes", &self.purposes)
            .field("bits", &self.bits())
            .field("entries", &self.entries())
            .finish_non_exhaustive()
    }
}

/// One or more strings.
fn purposes(value: Option<&Value>) -> Result<Vec<StatusPurpose>, Error> {
    let purposes: Option<Vec<_>> = match value {
        Some(Value::String(one)) => Some(vec![one.as_str().into()]),
        Some(Value::Array(several)) => several
            .iter()
            .map(|one| one.as_str().map(StatusPurpose::from))
            .collect(),
        _ => None,
    };
    purposes
        .filter(|purposes| !purposes.is_empty())
        .ok_or(Error::MalformedStatus {
            reason: "`statusPurpose` is not one or more strings",
        })
}
