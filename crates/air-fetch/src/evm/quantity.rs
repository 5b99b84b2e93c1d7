//! Numbers and bytes in JSON-RPC: `0x` and hex digits.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// The text is not `0x` and hex digits, or too many.
#[derive(Debug)]
pub(super) struct InvalidQuantity;

impl fmt::Display for InvalidQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be `0x` and hex digits")
    }
}

/// A number of at most 64 bits.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Number(pub(super) u64);

impl TryFrom<String> for Number {
    type Error = InvalidQuantity;

    fn try_from(text: String) -> Result<Self, InvalidQuantity> {
        u64::from_str_radix(digits(&text)?, 16)
            .map(Self)
            .map_err(|_| InvalidQuantity)
    }
}

/// An amount in wei. Amounts beyond 128 bits, as some development chains give to an account, count
/// as the largest one.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Wei(pub(super) u128);

impl TryFrom<String> for Wei {
    type Error = InvalidQuantity;

    fn try_from(text: String) -> Result<Self, InvalidQuantity> {
        let digits = digits(&text)?.trim_start_matches('0');
        match digits.len() {
            0 => Ok(Self(0)),
            1..=32 => u128::from_str_radix(digits, 16)
                .map(Self)
                .map_err(|_| InvalidQuantity),
            _ => Ok(Self(u128::MAX)),
        }
    }
}

/// Bytes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = InvalidQuantity;

    fn try_from(text: String) -> Result<Self, InvalidQuantity> {
        let digits = text.strip_prefix("0x").ok_or(InvalidQuantity)?;
        hex::decode(digits).map(Self).map_err(|_| InvalidQuantity)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&in_hex(&self.0))
    }
}

/// `0x` and the bytes in hex.
pub(super) fn in_hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// The digits after `0x`: at least one, and no sign, which `from_str_radix` would accept.
fn digits(text: &str) -> Result<&str, InvalidQuantity> {
    text.strip_prefix("0x")
        .filter(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .ok_or(InvalidQuantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_hex_digits_of_at_most_64_bits() {
        let number = |text: &str| Number::try_from(text.to_owned()).ok().map(|number| number.0);
        assert_eq!(number("0x0"), Some(0));
        assert_eq!(number("0x00ff"), Some(255));
        assert_eq!(number("0xffffffffffffffff"), Some(u64::MAX));
        for invalid in ["", "0x", "ff", "0x+1", "0x-1", "0xg", "0x10000000000000000"] {
            assert_eq!(number(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn amounts_beyond_128_bits_are_the_largest() {
        let wei = |text: &str| Wei::try_from(text.to_owned()).ok().map(|wei| wei.0);
        assert_eq!(wei("0x0"), Some(0));
        assert_eq!(wei(&format!("0x{}", "f".repeat(32))), Some(u128::MAX));
        assert_eq!(wei(&format!("0x1{}", "0".repeat(32))), Some(u128::MAX));
        assert_eq!(wei(&format!("0x{}1", "0".repeat(40))), Some(1));
        assert_eq!(wei("0x"), None);
    }

    #[test]
    fn bytes_have_an_even_number_of_digits() {
        let bytes = |text: &str| Bytes::try_from(text.to_owned()).ok().map(|bytes| bytes.0);
        assert_eq!(bytes("0x"), Some(vec![]));
        assert_eq!(bytes("0x00fF"), Some(vec![0, 255]));
        assert_eq!(bytes("0x0"), None);
        assert_eq!(bytes("00"), None);
    }
}
