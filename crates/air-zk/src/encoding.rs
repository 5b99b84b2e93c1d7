//! Values of attributes as scalars: docs/book/src/zk.md has the specification.

mod decimal;
mod time;

use std::sync::LazyLock;

use ark_bls12_381::Fr;
use serde_json::Value as Json;

use crate::hash::hash_to_scalar;

/// The maximum length of a text, in bytes.
pub(crate) const TEXT_LIMIT: usize = 4096;
/// The maximum number of decimal places.
pub(crate) const SCALE_LIMIT: u8 = 18;

/// The scalar of an absent attribute. Like a text's, it is a hash, so it is no number's and no text's.
static ABSENT: LazyLock<Fr> = LazyLock::new(|| hash_to_scalar(b"", b"AIR_ZK_V1_ABSENT_"));

/// How the values of an attribute are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Boolean,
    /// A multiple of 10^-scale.
    Number {
        scale: u8,
    },
    /// Days since 1970-01-01.
    Date,
    /// Microseconds since 1970-01-01T00:00:00Z.
    DateTime,
}

/// A value of an attribute. It has no `Debug`, since it can be personal.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Absent,
    Text(String),
    Boolean(bool),
    /// A number, date or time, as a signed 64-bit integer.
    Ordered(i64),
}

impl Kind {
    /// The byte of the kind in the header of a signature.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Text => 1,
            Self::Boolean => 2,
            Self::Number { .. } => 3,
            Self::Date => 4,
            Self::DateTime => 5,
        }
    }

    pub(crate) fn scale(self) -> u8 {
        match self {
            Self::Number { scale } => scale,
            Self::Text | Self::Boolean | Self::Date | Self::DateTime => 0,
        }
    }

    /// Whether values have an order.
    pub(crate) fn is_ordered(self) -> bool {
        match self {
            Self::Number { .. } | Self::Date | Self::DateTime => true,
            Self::Text | Self::Boolean => false,
        }
    }

    /// The value of JSON. An error is the rule that it breaks.
    pub(crate) fn read(self, json: &Json) -> Result<Value, &'static str> {
        match (self, json) {
            (Self::Text, Json::String(text)) if text.len() <= TEXT_LIMIT => Ok(Value::Text(text.clone())),
            (Self::Text, Json::String(_)) => Err("a text has at most 4,096 bytes"),
            (Self::Boolean, Json::Bool(value)) => Ok(Value::Boolean(*value)),
            (Self::Number { scale }, Json::Number(number)) => {
                decimal::read(number, scale).map(Value::Ordered)
            }
            (Self::Date, Json::String(text)) => time::read_date(text).map(Value::Ordered),
            (Self::DateTime, Json::String(text)) => time::read_date_time(text).map(Value::Ordered),
            _ => Err("it is not of the attribute's type"),
        }
    }

    /// The value as JSON; `None` for an absent one, and for a number without a date.
    pub(crate) fn write(self, value: &Value) -> Option<Json> {
        match (self, value) {
            (Self::Text, Value::Text(text)) => Some(Json::from(text.as_str())),
            (Self::Boolean, Value::Boolean(value)) => Some(Json::from(*value)),
            (Self::Number { scale }, Value::Ordered(number)) => decimal::write(*number, scale),
            (Self::Date, Value::Ordered(days)) => time::write_date(*days).map(Json::from),
            (Self::DateTime, Value::Ordered(micros)) => time::write_date_time(*micros).map(Json::from),
            _ => None,
        }
    }
}

impl Value {
    /// The message that the issuer signs.
    pub(crate) fn to_scalar(&self) -> Fr {
        match self {
            Self::Absent => *ABSENT,
            Self::Text(text) => hash_to_scalar(text.as_bytes(), b"AIR_ZK_V1_TEXT_"),
            Self::Boolean(value) => Fr::from(u64::from(*value)),
            Self::Ordered(number) => Fr::from(offset(*number)),
        }
    }

    /// A number as an unsigned one with the same order.
    pub(crate) fn to_offset(&self) -> Option<u64> {
        match self {
            Self::Ordered(number) => Some(offset(*number)),
            Self::Absent | Self::Text(_) | Self::Boolean(_) => None,
        }
    }
}

/// Adds 2^63.
fn offset(number: i64) -> u64 {
    number.cast_unsigned() ^ (1 << 63)
}

#[cfg(test)]
mod tests {
    use ark_ff::PrimeField;

    use super::*;

    #[test]
    fn the_offset_keeps_the_order_at_both_ends() {
        let numbers = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
        let offsets = numbers.map(offset);
        assert!(offsets.is_sorted());
        assert_eq!((offsets[0], offsets[3], offsets[6]), (0, 1 << 63, u64::MAX));
    }

    #[test]
    fn an_absent_value_is_far_from_all_numbers_on_both_sides() {
        // A range proof shows that a difference to a bound is below 2^64, modulo the order.
        for scalar in [*ABSENT, -*ABSENT] {
            let limbs = scalar.into_bigint().0;
            assert!(limbs[2] != 0 || limbs[3] != 0, "{limbs:?}");
        }
        assert!(Value::Text(String::new()).to_scalar() != *ABSENT);
    }

    #[test]
    fn values_of_another_type_are_refused() {
        for (kind, json) in [
            (Kind::Text, Json::from(1)),
            (Kind::Boolean, Json::from("true")),
            (Kind::Number { scale: 0 }, Json::from("1")),
            (Kind::Date, Json::from(19_000)),
            (Kind::DateTime, Json::Null),
            (Kind::Text, serde_json::json!(["a"])),
        ] {
            assert!(kind.read(&json).is_err(), "{kind:?}");
        }
        assert!(Kind::Text.read(&Json::from("a".repeat(TEXT_LIMIT))).is_ok());
        assert!(Kind::Text.read(&Json::from("a".repeat(TEXT_LIMIT + 1))).is_err());
    }
}
