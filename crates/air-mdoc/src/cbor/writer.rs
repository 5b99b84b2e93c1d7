//! Writes CBOR with the shortest heads.

use ciborium::Value;
use ciborium_ll::{Encoder, Header};

const IN_MEMORY: &str = "writing to a vector does not fail";

/// Writes one item after another.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn map(&mut self, entries: usize) -> &mut Self {
        self.head(Header::Map(Some(entries)))
    }

    pub(crate) fn array(&mut self, items: usize) -> &mut Self {
        self.head(Header::Array(Some(items)))
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.head(Header::Text(Some(text.len()))).raw(text.as_bytes())
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(Header::Bytes(Some(bytes.len()))).raw(bytes)
    }

    pub(crate) fn unsigned(&mut self, number: u64) -> &mut Self {
        self.head(Header::Positive(number))
    }

    pub(crate) fn negative(&mut self, below_minus_one: u64) -> &mut Self {
        self.head(Header::Negative(below_minus_one))
    }

    pub(crate) fn null(&mut self) -> &mut Self {
        self.head(Header::Simple(22))
    }

    /// RFC 3339, in UTC and whole seconds.
    pub(crate) fn date_time(&mut self, text: &str) -> &mut Self {
        self.head(Header::Tag(0)).text(text)
    }

    /// Encoded CBOR (RFC 8949, 3.4.5.1).
    pub(crate) fn embedded(&mut self, item: &[u8]) -> &mut Self {
        self.head(Header::Tag(24)).bytes(item)
    }

    pub(crate) fn value(&mut self, value: &Value) -> &mut Self {
        self.raw(&encode_value(value))
    }

    /// An item that is encoded already.
    pub(crate) fn raw(&mut self, item: &[u8]) -> &mut Self {
        self.0.extend_from_slice(item);
        self
    }

    pub(crate) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    fn head(&mut self, header: Header) -> &mut Self {
        Encoder::from(&mut self.0).push(header).expect(IN_MEMORY);
        self
    }
}

fn encode_value(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect(IN_MEMORY);
    bytes
}
