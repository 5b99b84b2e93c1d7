//! Lists in RLP: read as slices of the input, and written. alloy-rlp reads and writes the headers,
//! and refuses every encoding that is not the shortest.

use alloy_rlp::{Encodable, Header};

/// An item of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// A string, without its header.
    String(&'a [u8]),
    /// A list, with its header.
    List(&'a [u8]),
}

impl<'a> Item<'a> {
    pub(super) fn string(self) -> Option<&'a [u8]> {
        match self {
            Self::String(bytes) => Some(bytes),
            Self::List(_) => None,
        }
    }
}

/// The items of a list that takes up all of `bytes`; `None` if it is not one, or has more than `limit` items.
pub(super) fn list(bytes: &[u8], limit: usize) -> Option<Vec<Item<'_>>> {
    let mut rest = bytes;
    let header = Header::decode(&mut rest).ok()?;
    if !header.list || header.payload_length != rest.len() {
        return None;
    }
    let mut items = Vec::new();
    while !rest.is_empty() {
        if items.len() == limit {
            return None;
        }
        items.push(next(&mut rest)?);
    }
    Some(items)
}

/// A string that takes up all of `bytes`.
pub(super) fn string(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    let item = next(&mut rest)?;
    item.string().filter(|_| rest.is_empty())
}

/// A number of at most 64 bits, big-endian without leading zeros.
pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.len() > 8 || bytes.first() == Some(&0) {
        return None;
    }
    Some(
        bytes
            .iter()
            .fold(0, |number, byte| (number << 8) | u64::from(*byte)),
    )
}

/// Takes the item at the beginning of `rest`.
fn next<'a>(rest: &mut &'a [u8]) -> Option<Item<'a>> {
    let whole = *rest;
    let header = Header::decode(rest).ok()?;
    let (payload, after) = rest.split_at_checked(header.payload_length)?;
    *rest = after;
    Some(if header.list {
        Item::List(whole.get(..whole.len() - after.len())?)
    } else {
        Item::String(payload)
    })
}

/// A list that is being written.
#[derive(Default)]
pub(super) struct ListWriter(Vec<u8>);

impl ListWriter {
    /// Appends a string.
    pub(super) fn string(mut self, bytes: &[u8]) -> Self {
        bytes.encode(&mut self.0);
        self
    }

    /// Appends a number, without leading zeros.
    #[cfg(feature = "transactions")]
    pub(super) fn number(self, number: u128) -> Self {
        self.integer(&number.to_be_bytes())
    }

    /// Appends a big-endian number, without its leading zeros.
    #[cfg(feature = "transactions")]
    pub(super) fn integer(self, bytes: &[u8]) -> Self {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        self.string(bytes.get(zeros..).unwrap_or_default())
    }

    /// Appends a list.
    #[cfg(feature = "transactions")]
    pub(super) fn list(mut self, list: Self) -> Self {
        self.0.extend(list.finish());
        self
    }

    /// The list with its header.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut list = Vec::with_capacity(self.0.len() + 9);
        Header {
            list: true,
            payload_length: self.0.len(),
        }
        .encode(&mut list);
        list.extend(self.0);
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let long = [7; 60];
        let list = |items: &[&[u8]]| {
            let writer = ListWriter::default();
            items
                .iter()
                .fold(writer, |writer, item| writer.string(item))
                .finish()
        };
        assert_eq!(list(&[]), [0xc0]);
        assert_eq!(list(&[&[1, 2], &[], &[5]]), [0xc5, 0x82, 1, 2, 0x80, 5]);
        let items = [Item::String(&long), Item::String(&[0x80])];
        assert_eq!(
            super::list(&list(&[&long, &[0x80]]), 2).as_deref(),
            Some(&items[..])
        );
    }

    #[test]
    fn lists_are_read_in_their_shortest_form_only() {
        assert_eq!(list(&[0xc0], 0), Some(vec![]));
        let nested = [0xc6, 0x82, 1, 2, 0x80, 0xc1, 7];
        let items = [Item::String(&[1, 2]), Item::String(&[]), Item::List(&[0xc1, 7])];
        assert_eq!(list(&nested, 3).as_deref(), Some(&items[..]));
        assert_eq!(list(&nested, 2), None);
        for invalid in [
            &[][..],
            &[0x80],
            &[0xc1],
            &[0xc0, 0],
            &[0xc2, 0x81, 0x7f],
            &[0xf8, 1, 5],
            &[0xc1, 0x82],
        ] {
            assert_eq!(list(invalid, 9), None, "{invalid:?}");
        }
    }

    #[test]
    fn strings_take_up_all_bytes() {
        assert_eq!(string(&[5]), Some(&[5][..]));
        assert_eq!(string(&[0x80]), Some(&[][..]));
        assert_eq!(string(&[5, 5]), None);
        assert_eq!(string(&[0xc0]), None);
    }

    #[test]
    fn numbers_have_no_leading_zeros() {
        assert_eq!(number(&[]), Some(0));
        assert_eq!(number(&[1, 0]), Some(256));
        assert_eq!(number(&[0xff; 8]), Some(u64::MAX));
        assert_eq!(number(&[0]), None);
        assert_eq!(number(&[1; 9]), None);
    }
}
