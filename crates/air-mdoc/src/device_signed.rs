//! The device's signature over a session, and the elements that it signs itself.

use std::{collections::BTreeMap, fmt};

use ciborium::Value;

use crate::{
    DocType, ElementIdentifier, Elements, Error, NameSpace, SessionTranscript,
    cbor::{Fields, Raw, Writer},
    cose::{Signature, Unsigned},
    error::DEVICE_SIGNATURE,
    issuer_signed::{ELEMENT_LIMIT, NAMESPACE_LIMIT},
};

const PART: &str = "DeviceSigned";

/// Elements by their names.
pub(crate) type ElementMap = BTreeMap<NameSpace, BTreeMap<ElementIdentifier, Value>>;

/// The device's signature (ISO/IEC 18013-5, 8.3.2.1.2.2), not verified. `Debug` shows no values.
#[derive(Clone)]
pub struct DeviceSigned {
    /// `DeviceNameSpacesBytes`: tag 24, with its head.
    namespaces: Vec<u8>,
    pub(crate) elements: ElementMap,
    pub(crate) auth: DeviceAuth,
}

/// The device's authentication.
#[derive(Clone)]
pub(crate) enum DeviceAuth {
    Signature(Box<Signature>),
    /// A MAC with a key from the session's exchange, which this crate does not know.
    Mac,
}

impl DeviceSigned {
    pub(crate) fn parse(raw: Raw<'_>) -> Result<Self, Error> {
        let fields = Fields::of(raw, PART)?;
        let namespaces = fields.required("nameSpaces", Some)?;
        let embedded = namespaces.embedded().ok_or(Error::Malformed {
            part: PART,
            rule: "`nameSpaces` must be encoded CBOR with tag 24 (ISO/IEC 18013-5, 8.3.2.1.2.2)",
        })?;
        let auth = Fields::of(fields.required("deviceAuth", Some)?, "deviceAuth")?;
        let auth = match (auth.optional(DEVICE_SIGNATURE), auth.optional("deviceMac")) {
            (Some(signature), None) => {
                DeviceAuth::Signature(Box::new(Signature::parse(signature, DEVICE_SIGNATURE)?))
            }
            (None, Some(_)) => DeviceAuth::Mac,
            _ => {
                return Err(Error::Malformed {
                    part: "deviceAuth",
                    rule: "must have a `deviceSignature` or a `deviceMac` (ISO/IEC 18013-5, 8.3.2.1.2.2)",
                });
            }
        };
        Ok(Self {
            namespaces: namespaces.bytes().to_vec(),
            elements: elements(Raw::parse(embedded, PART)?)?,
            auth,
        })
    }

    /// The elements that the device signed, which are not verified.
    pub fn elements(&self) -> impl Iterator<Item = (&NameSpace, &BTreeMap<ElementIdentifier, Value>)> {
        self.elements.iter()
    }

    /// The payload of the device's signature: `DeviceAuthenticationBytes` (ISO/IEC 18013-5,
    /// 9.1.3.4).
    pub(crate) fn payload(&self, doc_type: &DocType, transcript: &SessionTranscript) -> Vec<u8> {
        payload(&self.namespaces, doc_type, transcript)
    }
}

impl fmt::Debug for DeviceSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.elements.iter().map(|(name, elements)| {
            let identifiers: Vec<_> = elements.keys().collect();
            (name, identifiers)
        });
        f.debug_map().entries(names).finish()
    }
}

/// A presentation that lacks the device's signature.
#[must_use]
pub(crate) struct UnsignedDevice {
    namespaces: Vec<u8>,
    unsigned: Unsigned,
    message: Vec<u8>,
}

impl UnsignedDevice {
    pub(crate) fn new(elements: &Elements, doc_type: &DocType, transcript: &SessionTranscript) -> Self {
        let mut writer = Writer::default();
        writer.map(elements.namespaces());
        for (namespace, elements) in elements.iter() {
            writer.text(namespace.as_str()).map(elements.len());
            for (identifier, value) in elements {
                writer.text(identifier.as_str()).value(value);
            }
        }
        let namespaces = Writer::default().embedded(&writer.finish()).finish();
        let unsigned = Unsigned::detached();
        let message = unsigned.message(&payload(&namespaces, doc_type, transcript));
        Self {
            namespaces,
            unsigned,
            message,
        }
    }

    /// The bytes that the device key signs.
    pub(crate) fn message(&self) -> &[u8] {
        &self.message
    }

    /// Writes `DeviceSigned`.
    pub(crate) fn finish(self, signature: Vec<u8>) -> Result<Vec<u8>, Error> {
        let signature = self.unsigned.finish(signature)?;
        Ok(Writer::default()
            .map(2)
            .text("nameSpaces")
            .raw(&self.namespaces)
            .text("deviceAuth")
            .map(1)
            .text(DEVICE_SIGNATURE)
            .raw(&signature)
            .finish())
    }
}

fn payload(namespaces: &[u8], doc_type: &DocType, transcript: &SessionTranscript) -> Vec<u8> {
    let mut authentication = Writer::default();
    authentication
        .array(4)
        .text("DeviceAuthentication")
        .raw(transcript.as_bytes())
        .text(doc_type.as_str())
        .raw(namespaces);
    Writer::default().embedded(&authentication.finish()).finish()
}

/// Reads `DeviceNameSpaces`.
fn elements(raw: Raw<'_>) -> Result<ElementMap, Error> {
    let malformed = Error::Malformed {
        part: PART,
        rule: "`nameSpaces` must be a map of maps of one or more elements (ISO/IEC 18013-5, 8.3.2.1.2.2)",
    };
    let too_large = |what, limit| Error::TooLarge {
        part: PART,
        what,
        limit,
    };
    let Some(namespaces) = raw.map() else {
        return Err(malformed);
    };
    if namespaces.len() > NAMESPACE_LIMIT {
        return Err(too_large("namespaces", NAMESPACE_LIMIT));
    }
    let mut elements_left = ELEMENT_LIMIT;
    let mut read = ElementMap::new();
    for (namespace, items) in namespaces {
        let Some(items) = items.map().filter(|items| !items.is_empty()) else {
            return Err(malformed);
        };
        elements_left = elements_left
            .checked_sub(items.len())
            .ok_or(too_large("elements", ELEMENT_LIMIT))?;
        let mut elements = BTreeMap::new();
        for (identifier, value) in items {
            let identifier = identifier.text().unwrap_or_default().parse()?;
            let Some(value) = value.to_value() else {
                return Err(malformed);
            };
            elements.insert(identifier, value);
        }
        read.insert(namespace.text().unwrap_or_default().parse()?, elements);
    }
    Ok(read)
}
