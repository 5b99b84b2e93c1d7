//! Events: one for each change of the platform, stored in the same transaction as the change.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Error, PartnerId, PlatformTime};

/// One change. It has ids and states, and no personal value: no address, no subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its id, the same wherever and however often it is delivered.
    pub id: EventId,
    /// The kind: `credential.issued`, `block.sealed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The partner that the event belongs to; `None` for an event of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// When, by the platform's clock.
    pub created_at: PlatformTime,
    /// Of what: its members depend on the type.
    pub data: Map<String, Value>,
}

/// An event's id: `evt_`, its position among all events (12 hex digits), and a nonce (12 hex
/// digits) that distinguishes platforms. Its text form has 28 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventId {
    sequence: u64,
    nonce: String,
}

impl EventId {
    /// The number of hex digits in the nonce.
    pub const NONCE_DIGITS: usize = 12;
    const PREFIX: &'static str = "evt_";
    const SEQUENCE_DIGITS: usize = 12;

    /// The id of the event at this position.
    ///
    /// # Errors
    /// [`Error::InvalidEventId`] when the position is 2⁴⁸ or more, or the nonce is not 12
    /// lower-case hex digits.
    pub fn new(sequence: u64, nonce: impl Into<String>) -> Result<Self, Error> {
        let nonce = nonce.into();
        let fits = sequence < 1 << (4 * Self::SEQUENCE_DIGITS);
        if fits && nonce.len() == Self::NONCE_DIGITS && is_hex(&nonce) {
            Ok(Self { sequence, nonce })
        } else {
            Err(Error::InvalidEventId)
        }
    }

    /// The event's position. Later events have greater positions; positions may have gaps.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The part that distinguishes it from another platform's event at the same position.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }
}

fn is_hex(digits: &str) -> bool {
    digits
        .bytes()
        .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

impl FromStr for EventId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (sequence, nonce) = text
            .strip_prefix(Self::PREFIX)
            .and_then(|digits| digits.split_at_checked(Self::SEQUENCE_DIGITS))
            .filter(|(sequence, _)| is_hex(sequence))
            .ok_or(Error::InvalidEventId)?;
        let sequence = u64::from_str_radix(sequence, 16).map_err(|_| Error::InvalidEventId)?;
        Self::new(sequence, nonce)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, width) = (Self::PREFIX, Self::SEQUENCE_DIGITS);
        write!(f, "{prefix}{:0width$x}{}", self.sequence, self.nonce)
    }
}

impl TryFrom<String> for EventId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> Self {
        id.to_string()
    }
}

/// `GET /sandbox/v1/events/log`: events in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    /// Oldest first.
    pub events: Vec<Event>,
    /// The position up to which events were examined. The next page begins after it.
    pub next: u64,
    /// The place of the newest event there is; 0 where there is none.
    pub head: u64,
}

/// The query for a page of events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EventQuery {
    /// Only events after this position. A page defaults to the first event, a stream to the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The maximum number of events, 1 to 500. A page defaults to 100, a stream to no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(range(min = 1, max = 500)))]
    pub limit: Option<u32>,
    /// The prefix of the type: `credential.`
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(length(max = 100)))]
    pub kind: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_its_place() {
        let id = EventId::new(4711, "0123456789ab").unwrap();
        assert_eq!(id.to_string(), "evt_0000000012670123456789ab");
        assert_eq!(id.to_string().parse(), Ok(id.clone()));
        assert_eq!(id.sequence(), 4711);
        let last = EventId::new((1 << 48) - 1, "0123456789ab").unwrap();
        assert_eq!(
            last.to_string().parse::<EventId>().unwrap().sequence(),
            (1 << 48) - 1
        );
        assert!(EventId::new(1 << 48, "0123456789ab").is_err());
        for bad in [
            "",
            "evt_",
            "evt_00000000126",
            "evt_0000000012670123456789a",
            "evt_0000000012670123456789abc",
            "evt_+000000012670123456789ab",
            "evt_0000000012670123456789AB",
            "evt_00000000126é0123456789a",
            "000000001267000000000000abcd",
        ] {
            assert_eq!(bad.parse::<EventId>(), Err(Error::InvalidEventId), "{bad}");
        }
    }
}
