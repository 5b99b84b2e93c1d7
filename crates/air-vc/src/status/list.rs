//! The list of the IETF's Token Status List.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{
    Status, StatusBits, compress,
    packed::{Order, Packed},
};
use crate::Error;

/// Statuses by index (Token Status List, section 4).
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    packed: Packed,
    aggregation_uri: Option<String>,
}

impl StatusList {
    /// Creates a list of at least `entries` valid statuses, rounded up to whole bytes.
    ///
    /// # Errors
    /// [`Error::StatusListSize`] for 0 entries, or if the list would exceed 16 MiB.
    pub fn new(bits: StatusBits, entries: u64) -> Result<Self, Error> {
        Packed::zeroed(Order::LeastSignificantFirst, bits, entries).map(Self::of)
    }

    fn of(packed: Packed) -> Self {
        Self {
            packed,
            aggregation_uri: None,
        }
    }

    /// Sets the URI of the list aggregation, which lists all lists of the issuer (section 9).
    #[must_use]
    pub fn with_aggregation_uri(mut self, uri: impl Into<String>) -> Self {
        self.aggregation_uri = Some(uri.into());
        self
    }

    /// The URI of the list aggregation, if the list has one.
    #[must_use]
    pub fn aggregation_uri(&self) -> Option<&str> {
        self.aggregation_uri.as_deref()
    }

    /// The number of entries.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.packed.entries()
    }

    /// The bits of each entry.
    #[must_use]
    pub fn bits(&self) -> StatusBits {
        self.packed.bits()
    }

    /// The status at `index`.
    ///
    /// # Errors
    /// [`Error::StatusIndexOutOfRange`].
    pub fn status(&self, index: u64) -> Result<Status, Error> {
        self.packed.value(index).map(Status::from_value)
    }

    /// Sets a status.
    ///
    /// # Errors
    /// [`Error::StatusIndexOutOfRange`]; [`Error::StatusDoesNotFit`] if the status needs more bits.
    pub fn set(&mut self, index: u64, status: Status) -> Result<(), Error> {
        self.packed.set(index, status.value())
    }

    /// The packed statuses. The first has the lowest bits of the first byte (4.1).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.packed.bytes()
    }

    /// The packed statuses, compressed (4.1).
    #[must_use]
    pub fn to_zlib(&self) -> Vec<u8> {
        compress::zlib(self.packed.bytes())
    }

    /// Inflates statuses of `bits` each.
    ///
    /// # Errors
    /// [`Error::MalformedStatus`], or [`Error::StatusListTooLarge`] over 16 MiB.
    pub fn from_zlib(bits: StatusBits, compressed: &[u8]) -> Result<Self, Error> {
        let bytes = compress::unzlib(compressed)?;
        Ok(Self::of(Packed::from_bytes(
            Order::LeastSignificantFirst,
            bits,
            bytes,
        )))
    }

    /// The claim `status_list` of a token: `bits`, `lst` and, if there is one, `aggregation_uri`
    /// (4.2).
    #[must_use]
    pub fn to_claim(&self) -> Map<String, Value> {
        let mut claim = Map::new();
        claim.insert("bits".into(), json!(self.bits().number()));
        claim.insert("lst".into(), json!(URL_SAFE_NO_PAD.encode(self.to_zlib())));
        if let Some(uri) = &self.aggregation_uri {
            claim.insert("aggregation_uri".into(), json!(uri));
        }
        claim
    }

    /// Parses a claim `status_list`. Members that the draft does not define are ignored.
    ///
    /// # Errors
    /// [`Error::MalformedStatus`], [`Error::StatusBits`] or [`Error::StatusListTooLarge`].
    pub fn from_claim(claim: &Map<String, Value>) -> Result<Self, Error> {
        let malformed = |reason| Error::MalformedStatus { reason };
        let bits = claim
            .get("bits")
            .and_then(Value::as_u64)
            .ok_or_else(|| malformed("`status_list` has no number `bits`"))?;
        let compressed = claim
            .get("lst")
            .and_then(Value::as_str)
            .and_then(|lst| URL_SAFE_NO_PAD.decode(lst).ok())
            .ok_or_else(|| malformed("`status_list` has no `lst` in base64url without padding"))?;
        let mut list = Self::from_zlib(StatusBits::from_number(bits)?, &compressed)?;
        list.aggregation_uri = match claim.get("aggregation_uri") {
            None => None,
            Some(Value::String(uri)) => Some(uri.clone()),
            Some(_) => return Err(malformed("`aggregation_uri` is not a string")),
        };
        Ok(list)
    }
}

impl fmt::Debug for StatusList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusList")
            .field("bits", &self.bits())
            .field("entries", &self.entries())
            .finish_non_exhaustive()
    }
}
