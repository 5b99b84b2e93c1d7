//! One element of a credential, as the issuer encoded it.

use std::fmt;

use ciborium::Value;

use crate::{
    ElementIdentifier, Error,
    cbor::{Fields, Raw, Writer},
};

const PART: &str = "IssuerSignedItem";
/// The minimum length of `random` in bytes (ISO/IEC 18013-5, 9.1.2.5).
const RANDOM_LEAST: usize = 16;
/// The maximum, to bound what an element without content takes.
const RANDOM_MOST: usize = 256;

/// An element with its digest ID and randomness (ISO/IEC 18013-5, 8.3.2.1.2.2). It keeps the bytes
/// that were received, since the issuer signed their digest. `Debug` does not show the value.
#[derive(Clone, PartialEq)]
pub struct IssuerSignedItem {
    /// `IssuerSignedItemBytes`: tag 24, with its head.
    bytes: Vec<u8>,
    digest_id: u64,
    identifier: ElementIdentifier,
    value: Value,
}

impl IssuerSignedItem {
    pub(crate) fn parse(raw: Raw<'_>) -> Result<Self, Error> {
        let embedded = raw.embedded().ok_or(Error::Malformed {
            part: PART,
            rule: "must be encoded CBOR with tag 24 (ISO/IEC 18013-5, 8.3.2.1.2.2)",
        })?;
        let fields = Fields::of(Raw::parse(embedded, PART)?, PART)?;
        let random = fields.required("random", Raw::byte_string)?;
        if !(RANDOM_LEAST..=RANDOM_MOST).contains(&random.len()) {
            return Err(Error::Malformed {
                part: PART,
                rule: "`random` must have 16 to 256 bytes (ISO/IEC 18013-5, 9.1.2.5)",
            });
        }
        Ok(Self {
            bytes: raw.bytes().to_vec(),
            digest_id: fields.required("digestID", Raw::unsigned)?,
            identifier: fields.required("elementIdentifier", Raw::text)?.parse()?,
            value: fields.required("elementValue", Raw::to_value)?,
        })
    }

    /// Encodes a new element. The result is parsed again, so that issuers stay within the limits of
    /// verifiers.
    pub(crate) fn encode(
        digest_id: u64,
        random: &[u8],
        identifier: &ElementIdentifier,
        value: &Value,
    ) -> Result<Self, Error> {
        let mut item = Writer::default();
        item.map(4)
            .text("digestID")
            .unsigned(digest_id)
            .text("random")
            .bytes(random)
            .text("elementIdentifier")
            .text(identifier.as_str())
            .text("elementValue")
            .value(value);
        let bytes = Writer::default().embedded(&item.finish()).finish();
        Self::parse(Raw::parse(&bytes, PART)?)
    }

    /// `IssuerSignedItemBytes`, as received: the input of the digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The ID of the digest in the mobile security object.
    #[must_use]
    pub fn digest_id(&self) -> u64 {
        self.digest_id
    }

    /// The element's identifier.
    #[must_use]
    pub fn identifier(&self) -> &ElementIdentifier {
        &self.identifier
    }

    /// The element's value, which is not verified.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }
}

impl fmt::Debug for IssuerSignedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(PART)
            .field("digest_id", &self.digest_id)
            .field("identifier", &self.identifier)
            .finish_non_exhaustive()
    }
}
