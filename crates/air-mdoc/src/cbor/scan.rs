//! Checks the structure of a CBOR item before anything reads it.

use std::collections::BTreeSet;

use ciborium_ll::{Decoder, Header};

/// The maximum depth of nesting, within one item or one embedded item (tag 24).
const DEPTH_LIMIT: usize = 32;
/// The maximum number of data items, the keys and tags included.
const ITEM_LIMIT: usize = 65_536;
const BREAK: u8 = 0xff;

/// The rule that an item breaks.
type Rule = &'static str;

const SYNTAX: Rule = "invalid or truncated CBOR (RFC 8949, 3)";

/// Whether keys are compared and the number of items is limited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The bytes are new.
    Check,
    /// The bytes were checked before.
    Skip,
}

/// Checks that `bytes` are exactly one item.
pub(super) fn check(bytes: &[u8]) -> Result<(), Rule> {
    let mut scan = Scan {
        bytes,
        items_left: ITEM_LIMIT,
        mode: Mode::Check,
    };
    if scan.item(0, 0)? == bytes.len() {
        Ok(())
    } else {
        Err("bytes follow the CBOR item")
    }
}

/// The length of the first item of bytes that were checked before.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let mut scan = Scan {
        bytes,
        items_left: usize::MAX,
        mode: Mode::Skip,
    };
    scan.item(0, 0).ok()
}

/// The head of an item, and its length in bytes.
pub(super) fn head(bytes: &[u8]) -> Option<(Header, usize)> {
    let mut decoder = Decoder::from(bytes);
    let header = decoder.pull().ok()?;
    Some((header, decoder.offset()))
}

struct Scan<'a> {
    bytes: &'a [u8],
    items_left: usize,
    mode: Mode,
}

impl<'a> Scan<'a> {
    /// Returns the end of the item that begins at `start`.
    fn item(&mut self, start: usize, depth: usize) -> Result<usize, Rule> {
        if depth > DEPTH_LIMIT {
            return Err("nesting exceeds 32 levels");
        }
        self.items_left = self
            .items_left
            .checked_sub(1)
            .ok_or("it has more than 65,536 CBOR items")?;
        let (header, length) = head(self.bytes.get(start..).ok_or(SYNTAX)?).ok_or(SYNTAX)?;
        let at = start + length;
        match header {
            Header::Positive(_) | Header::Negative(_) | Header::Float(_) | Header::Simple(_) => Ok(at),
            Header::Tag(_) => self.item(at, depth + 1),
            Header::Bytes(Some(length)) => self.slice(at, length).map(|(_, end)| end),
            Header::Text(Some(length)) => {
                let (text, end) = self.slice(at, length)?;
                if self.mode == Mode::Check && std::str::from_utf8(text).is_err() {
                    return Err("a text string is not UTF-8 (RFC 8949, 3.1)");
                }
                Ok(end)
            }
            Header::Bytes(None) | Header::Text(None) => Err("a string has no definite length"),
            Header::Array(length) => self.items(at, length, depth),
            Header::Map(length) => self.entries(at, length, depth),
            Header::Break => Err(SYNTAX),
        }
    }

    fn slice(&self, start: usize, length: usize) -> Result<(&'a [u8], usize), Rule> {
        let end = start.checked_add(length).ok_or(SYNTAX)?;
        Ok((self.bytes.get(start..end).ok_or(SYNTAX)?, end))
    }

    fn items(&mut self, start: usize, length: Option<usize>, depth: usize) -> Result<usize, Rule> {
        let mut at = start;
        let mut count = 0;
        while let Some(next) = self.next(at, count, length) {
            at = self.item(next, depth + 1)?;
            count += 1;
        }
        Ok(at + usize::from(length.is_none()))
    }

    fn entries(&mut self, start: usize, length: Option<usize>, depth: usize) -> Result<usize, Rule> {
        let mut at = start;
        let mut count = 0;
        let mut keys = BTreeSet::new();
        while let Some(next) = self.next(at, count, length) {
            let value = self.item(next, depth + 1)?;
            if self.mode == Mode::Check {
                let key = self.bytes.get(next..value).ok_or(SYNTAX)?;
                if !keys.insert(Key::of(key)) {
                    return Err("a map has a key twice (RFC 8949, 5.6)");
                }
            }
            at = self.item(value, depth + 1)?;
            count += 1;
        }
        Ok(at + usize::from(length.is_none()))
    }

    /// The beginning of the next item of an array or map; `None` at its end.
    fn next(&self, at: usize, count: usize, length: Option<usize>) -> Option<usize> {
        let is_end = match length {
            Some(length) => count == length,
            None => self.bytes.get(at) == Some(&BREAK),
        };
        (!is_end).then_some(at)
    }
}

/// A key of a map. Two encodings of one integer or string are the same key.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Positive(u64),
    Negative(u64),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    Other(&'a [u8]),
}

impl<'a> Key<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let Some((header, length)) = head(bytes) else {
            return Self::Other(bytes);
        };
        let content = bytes.get(length..).unwrap_or_default();
        match header {
            Header::Positive(number) => Self::Positive(number),
            Header::Negative(number) => Self::Negative(number),
            Header::Text(_) => Self::Text(content),
            Header::Bytes(_) => Self::Bytes(content),
            _ => Self::Other(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_one_item() {
        for (bytes, is_item) in [
            (&b"\x01"[..], true),
            (b"\x01\x02", false),
            (b"", false),
            (b"\x62a", false),
            (b"\x61\xff", false),
            (b"\x9f\x01\x02\xff", true),
            (b"\x9f\x01", false),
            (b"\xff", false),
            (b"\x5f\x41a\xff", false),
            (b"\x1c", false),
            (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", false),
            (b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff", false),
            (b"\xbf\x01\xff", false),
        ] {
            assert_eq!(check(bytes).is_ok(), is_item, "{bytes:02x?}");
        }
    }

    #[test]
    fn refuses_a_key_twice_in_any_encoding() {
        for (bytes, is_unique) in [
            (&b"\xa2\x01\x01\x02\x01"[..], true),
            (b"\xa2\x01\x01\x01\x01", false),
            (b"\xa2\x01\x01\x18\x01\x01", false),
            (b"\xa2\x61a\x01\x78\x01a\x01", false),
            (b"\xa2\x61a\x01\x41a\x01", true),
            (b"\xbf\x61a\x01\x61a\x01\xff", false),
            (b"\x81\xa2\x20\x01\x20\x02", false),
            (b"\xa2\x20\x01\x38\x00\x02", false),
            (b"\xa2\x41a\x01\x58\x01a\x02", false),
        ] {
            assert_eq!(check(bytes).is_ok(), is_unique, "{bytes:02x?}");
        }
    }

    #[test]
    fn limits_depth_and_items() {
        let nested = |levels: usize| [vec![0x81; levels], vec![0x01]].concat();
        assert!(check(&nested(DEPTH_LIMIT)).is_ok());
        assert!(check(&nested(DEPTH_LIMIT + 1)).is_err());
        assert!(check(&nested(1_000_000)).is_err());
        let tagged = |levels: usize| [vec![0xc1; levels], vec![0x01]].concat();
        assert!(check(&tagged(DEPTH_LIMIT)).is_ok());
        assert!(check(&tagged(DEPTH_LIMIT + 1)).is_err());
        // Maps whose only key is the next map.
        let keys = |levels: usize| [vec![0xa1; levels], vec![0x01; levels + 1]].concat();
        assert!(check(&keys(DEPTH_LIMIT)).is_ok());
        assert!(check(&keys(DEPTH_LIMIT + 1)).is_err());

        let wide = |count: usize| {
            let length = u32::try_from(count).unwrap().to_be_bytes();
            [vec![0x9a], length.to_vec(), vec![0x01; count]].concat()
        };
        assert!(check(&wide(ITEM_LIMIT - 1)).is_ok());
        assert!(check(&wide(ITEM_LIMIT)).is_err());
    }
}
