//! A checked CBOR item, as bytes.

use ciborium::Value;
use ciborium_ll::Header;

use super::{LENGTH_LIMIT, scan};
use crate::Error;

/// Encoded CBOR (RFC 8949, 3.4.5.1): a byte string that contains an item.
const EMBEDDED: u64 = 24;

/// The bytes of one item, well-formed and within the limits.
#[derive(Clone, Copy)]
pub(crate) struct Raw<'a>(&'a [u8]);

impl<'a> Raw<'a> {
    /// Checks bytes that were received.
    pub(crate) fn parse(bytes: &'a [u8], part: &'static str) -> Result<Self, Error> {
        if bytes.len() > LENGTH_LIMIT {
            return Err(Error::TooLarge {
                part,
                what: "bytes",
                limit: LENGTH_LIMIT,
            });
        }
        scan::check(bytes).map_err(|rule| Error::Malformed { part, rule })?;
        Ok(Self(bytes))
    }

    pub(crate) fn bytes(self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn array(self) -> Option<Vec<Self>> {
        let (Header::Array(length), content) = self.head()? else {
            return None;
        };
        Self::sequence(content, length)
    }

    pub(crate) fn map(self) -> Option<Vec<(Self, Self)>> {
        let (Header::Map(length), content) = self.head()? else {
            return None;
        };
        let items = Self::sequence(content, length.map(|length| length.saturating_mul(2)))?;
        let pairs = items.as_chunks::<2>().0;
        Some(pairs.iter().map(|[key, value]| (*key, *value)).collect())
    }

    pub(crate) fn text(self) -> Option<&'a str> {
        match self.head()? {
            (Header::Text(_), content) => std::str::from_utf8(content).ok(),
            _ => None,
        }
    }

    pub(crate) fn byte_string(self) -> Option<&'a [u8]> {
        match self.head()? {
            (Header::Bytes(_), content) => Some(content),
            _ => None,
        }
    }

    pub(crate) fn unsigned(self) -> Option<u64> {
        match self.head()? {
            (Header::Positive(number), _) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn integer(self) -> Option<i128> {
        match self.head()? {
            (Header::Positive(number), _) => Some(number.into()),
            (Header::Negative(number), _) => Some(-1 - i128::from(number)),
            _ => None,
        }
    }

    pub(crate) fn boolean(self) -> Option<bool> {
        match self.head()? {
            (Header::Simple(20), _) => Some(false),
            (Header::Simple(21), _) => Some(true),
            _ => None,
        }
    }

    pub(crate) fn is_null(self) -> bool {
        matches!(self.head(), Some((Header::Simple(22), _)))
    }

    /// The content of a tag.
    pub(crate) fn tagged(self, tag: u64) -> Option<Self> {
        match self.head()? {
            (Header::Tag(found), content) if found == tag => Some(Self(content)),
            _ => None,
        }
    }

    /// The bytes within encoded CBOR, not checked yet.
    pub(crate) fn embedded(self) -> Option<&'a [u8]> {
        self.tagged(EMBEDDED)?.byte_string()
    }

    /// Decodes the item; `None` for simple values other than `true`, `false`, `null` and
    /// `undefined`.
    pub(crate) fn to_value(self) -> Option<Value> {
        ciborium::from_reader(self.0).ok()
    }

    /// The head and the bytes after it.
    fn head(self) -> Option<(Header, &'a [u8])> {
        let (header, length) = scan::head(self.0)?;
        Some((header, self.0.get(length..)?))
    }

    /// The items of an array, or the keys and values of a map.
    fn sequence(mut content: &'a [u8], length: Option<usize>) -> Option<Vec<Self>> {
        if length.is_none() {
            content = content.split_last()?.1;
        }
        let mut items = Vec::new();
        while !content.is_empty() {
            let (item, rest) = content.split_at_checked(scan::length(content)?)?;
            items.push(Self(item));
            content = rest;
        }
        Some(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(bytes: &[u8]) -> Raw<'_> {
        Raw::parse(bytes, "test").unwrap()
    }

    #[test]
    fn reads_arrays_and_maps_of_both_lengths() {
        for bytes in [&b"\x82\x82\x01\x02\x03"[..], b"\x9f\x9f\x01\x02\xff\x03\xff"] {
            let items = parsed(bytes).array().unwrap();
            let inner: Vec<_> = items[0]
                .array()
                .unwrap()
                .iter()
                .map(|item| item.unsigned())
                .collect();
            assert_eq!(inner, [Some(1), Some(2)]);
            assert_eq!(items[1].unsigned(), Some(3));
            assert_eq!(items.len(), 2);
        }
        for bytes in [&b"\xa1\x61a\x20"[..], b"\xbf\x61a\x20\xff"] {
            let entries = parsed(bytes).map().unwrap();
            assert_eq!(entries[0].0.text(), Some("a"));
            assert_eq!(entries[0].1.integer(), Some(-1));
            assert_eq!(entries.len(), 1);
        }
    }

    #[test]
    fn keeps_heads_that_are_longer_than_needed() {
        let bytes = b"\x81\xd9\x00\x18\x59\x00\x01\x07";
        let item = parsed(bytes).array().unwrap()[0];
        assert_eq!(item.bytes(), &bytes[1..]);
        assert_eq!(item.embedded(), Some(&[0x07][..]));
    }

    #[test]
    fn an_item_has_one_type() {
        let number = parsed(b"\x01");
        assert!(number.array().is_none() && number.map().is_none());
        assert!(number.text().is_none() && number.byte_string().is_none());
        assert!(number.boolean().is_none() && number.embedded().is_none());
        assert!(!number.is_null() && parsed(b"\xf6").is_null());
        assert_eq!(parsed(b"\xf5").boolean(), Some(true));
        assert_eq!(parsed(b"\xf4").boolean(), Some(false));
    }
}
