//! Values of elementary types, each encoded as one 32-byte word.

use sha3::{Digest, Keccak256};

use super::{Word, json::Json, string_word, types::Kind};
use crate::{Error, WalletAddress};

/// Encodes a value of an elementary type. Returns its word, and its readable form.
pub(super) fn encode(kind: &Kind, value: &Json) -> Result<(Word, String), Error> {
    let rejected = |reason| Error::TypedDataRejected { reason };
    let text = value.text();
    match kind {
        Kind::Address => {
            let address = text.and_then(|text| text.parse::<WalletAddress>().ok());
            let address = address.ok_or(rejected(
                "an address is not `0x` and 40 hex digits, of one case or with the capitals of EIP-55",
            ))?;
            let mut word = [0; 32];
            if let Some(tail) = word.last_chunk_mut() {
                *tail = *address.as_bytes();
            }
            Ok((word, address.to_string()))
        }
        Kind::Bool => match value {
            Json::Bool(value) => {
                let mut word = [0; 32];
                word[31] = u8::from(*value);
                Ok((word, value.to_string()))
            }
            _ => Err(rejected("a bool is not `true` or `false`")),
        },
        Kind::Text => {
            let text = text.ok_or(rejected("a string is not a text"))?;
            Ok((string_word(text), text.to_owned()))
        }
        Kind::Bytes => {
            let bytes = text.and_then(from_hex);
            let bytes = bytes.ok_or(rejected("bytes are not `0x` and pairs of hex digits"))?;
            Ok((Keccak256::digest(&bytes).into(), to_hex(&bytes)))
        }
        Kind::FixedBytes(length) => {
            let bytes = text.and_then(from_hex).filter(|bytes| bytes.len() == *length);
            let bytes = bytes.ok_or(rejected("bytes of a fixed length have another length"))?;
            let mut word = [0; 32];
            for (to, from) in word.iter_mut().zip(&bytes) {
                *to = *from;
            }
            Ok((word, to_hex(&bytes)))
        }
        Kind::Unsigned(bits) => integer(value, *bits, false),
        Kind::Signed(bits) => integer(value, *bits, true),
        Kind::Struct(_) | Kind::List { .. } => Err(rejected("a value is not of its type")),
    }
}

/// Encodes an integer. The JSON value is a number, or text of decimal digits or of `0x` and hex
/// digits.
fn integer(value: &Json, bits: usize, signed: bool) -> Result<(Word, String), Error> {
    let rejected = Error::TypedDataRejected {
        reason: "an integer is not a whole number in the range of its type",
    };
    let written = match value {
        Json::Number(number) => number.to_string(),
        Json::Text(text) => text.clone(),
        _ => return Err(rejected),
    };
    let digits = written.strip_prefix('-').unwrap_or(&written);
    let is_negative = digits.len() < written.len();
    let magnitude = magnitude(digits).filter(|magnitude| fits(magnitude, bits, signed, is_negative));
    let magnitude = magnitude.ok_or(rejected)?;
    let word = if is_negative {
        negated(magnitude)
    } else {
        magnitude
    };
    Ok((word, written))
}

/// Parses at most 256 bits. Returns `None` for larger numbers, and for decimal digits with leading
/// zeros.
fn magnitude(digits: &str) -> Option<Word> {
    let (digits, base) = match digits.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None if digits.len() > 1 && digits.starts_with('0') => return None,
        None => (digits, 10),
    };
    if digits.is_empty() {
        return None;
    }
    let mut word = [0; 32];
    for digit in digits.chars() {
        let mut carry = digit.to_digit(base)?;
        for byte in word.iter_mut().rev() {
            carry += u32::from(*byte) * base;
            let [.., low] = carry.to_be_bytes();
            *byte = low;
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(word)
}

fn fits(magnitude: &Word, bits: usize, signed: bool, is_negative: bool) -> bool {
    let is_zero = magnitude.iter().all(|byte| *byte == 0);
    if is_negative && (!signed || is_zero) {
        return false;
    }
    let used = used_bits(magnitude);
    let is_lowest = is_negative && used == bits && is_power_of_two(magnitude);
    used <= bits - usize::from(signed) || is_lowest
}

fn used_bits(word: &Word) -> usize {
    let first = word.iter().position(|byte| *byte != 0);
    first.map_or(0, |index| {
        let top = word.get(index).map_or(0, |byte| byte.leading_zeros());
        (32 - index) * 8 - top as usize
    })
}

fn is_power_of_two(word: &Word) -> bool {
    word.iter().map(|byte| byte.count_ones()).sum::<u32>() == 1
}

/// The two's complement.
fn negated(word: Word) -> Word {
    let mut carry = true;
    let mut negated = word;
    for byte in negated.iter_mut().rev() {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
    negated
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x")?).ok()
}

fn to_hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Json {
        Json::Text(value.to_owned())
    }

    #[test]
    fn integers_are_held_to_their_range_on_both_sides() {
        let word = |bits, signed, written: &str| {
            integer(&text(written), bits, signed)
                .ok()
                .map(|(word, _)| hex::encode(word))
        };
        let (zero, ones) = ("00".repeat(32), "ff".repeat(32));
        assert_eq!(word(8, false, "0"), Some(zero.clone()));
        assert_eq!(word(8, false, "255"), Some(format!("{}ff", "00".repeat(31))));
        assert_eq!(word(8, false, "0xff"), word(8, false, "255"));
        assert_eq!(word(8, true, "-1"), Some(ones.clone()));
        assert_eq!(word(8, true, "-128"), Some(format!("{}80", "ff".repeat(31))));
        assert_eq!(word(256, false, &format!("0x{ones}")), Some(ones));
        assert!(word(8, true, "127").is_some());
        let lowest = "-57896044618658097711785492504343953926634992332820282019728792003956564819968";
        assert_eq!(word(256, true, lowest), Some(format!("80{}", "00".repeat(31))));
        for (bits, signed, written) in [
            (8, false, "256"),
            (8, false, "-1"),
            (8, false, "-0"),
            (8, true, "-0"),
            (8, true, "128"),
            (8, true, "-129"),
            (8, false, ""),
            (8, false, "0x"),
            (8, false, "01"),
            (8, false, "+1"),
            (8, false, " 1"),
            (8, false, "1.0"),
            (8, false, "--1"),
            (8, false, "٣"),
            (
                256,
                true,
                "57896044618658097711785492504343953926634992332820282019728792003956564819968",
            ),
            (
                256,
                true,
                "-57896044618658097711785492504343953926634992332820282019728792003956564819969",
            ),
            (
                256,
                false,
                "115792089237316195423570985008687907853269984665640564039457584007913129639936",
            ),
        ] {
            assert_eq!(word(bits, signed, written), None, "{bits} {signed} {written}");
        }
    }

    #[test]
    fn a_value_is_of_its_type_alone() {
        let list = || Json::List(vec![]);
        for (kind, value) in [
            (Kind::Address, text("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccc")),
            (Kind::Address, text("0xccccccccccccccccccccccccccccccccccccccc")),
            (Kind::Address, Json::Number(0)),
            (Kind::Bool, text("true")),
            (Kind::Bool, Json::Number(1)),
            (Kind::Text, Json::Null),
            (Kind::Text, Json::Number(1)),
            (Kind::Bytes, text("00")),
            (Kind::Bytes, text("0x0")),
            (Kind::Bytes, text("0xgg")),
            (Kind::Bytes, text("hello")),
            (Kind::FixedBytes(2), text("0x00")),
            (Kind::FixedBytes(2), text("0x000000")),
            (Kind::Unsigned(8), Json::Bool(true)),
            (Kind::Unsigned(8), Json::Null),
            (Kind::Unsigned(8), list()),
            (Kind::Struct("A".into()), list()),
        ] {
            assert!(encode(&kind, &value).is_err(), "{kind:?} {value:?}");
        }
        assert!(encode(&Kind::Bytes, &text("0x")).is_ok());
    }
}
