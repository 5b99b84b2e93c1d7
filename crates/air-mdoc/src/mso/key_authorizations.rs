//! The elements that the device key may sign (ISO/IEC 18013-5, 9.1.2.4).

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ElementIdentifier, Error, NameSpace,
    cbor::{Fields, Raw, Writer},
    issuer_signed::{ELEMENT_LIMIT, NAMESPACE_LIMIT},
};

const PART: &str = "keyAuthorizations";

/// The namespaces and elements that a device key may sign itself. By default none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyAuthorizations {
    /// Namespaces of which the key may sign every element.
    pub namespaces: BTreeSet<NameSpace>,
    /// Single elements.
    pub elements: BTreeMap<NameSpace, BTreeSet<ElementIdentifier>>,
}

impl KeyAuthorizations {
    /// Whether the key may sign an element.
    #[must_use]
    pub fn allow(&self, namespace: &NameSpace, identifier: &ElementIdentifier) -> bool {
        let elements = self.elements.get(namespace);
        self.namespaces.contains(namespace) || elements.is_some_and(|allowed| allowed.contains(identifier))
    }

    /// Whether the key may sign nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.namespaces.is_empty() && self.elements.is_empty()
    }

    pub(super) fn parse(raw: Raw<'_>) -> Result<Self, Error> {
        let fields = Fields::of(raw, PART)?;
        let namespaces = fields.typed("nameSpaces", Raw::array)?.unwrap_or_default();
        let elements = fields.typed("dataElements", Raw::map)?.unwrap_or_default();
        if namespaces.len() + elements.len() > NAMESPACE_LIMIT {
            return Err(too_large("namespaces", NAMESPACE_LIMIT));
        }
        Ok(Self {
            namespaces: names(namespaces)?,
            elements: elements
                .into_iter()
                .map(|(namespace, identifiers)| {
                    let identifiers = identifiers.array().unwrap_or_default();
                    if identifiers.len() > ELEMENT_LIMIT {
                        return Err(too_large("elements", ELEMENT_LIMIT));
                    }
                    Ok((namespace.text().unwrap_or_default().parse()?, names(identifiers)?))
                })
                .collect::<Result<_, Error>>()?,
        })
    }

    /// Writes the member with its name, unless it is empty.
    pub(super) fn encode(&self, writer: &mut Writer) {
        if self.is_empty() {
            return;
        }
        let members = usize::from(!self.namespaces.is_empty()) + usize::from(!self.elements.is_empty());
        writer.text(PART).map(members);
        if !self.namespaces.is_empty() {
            writer.text("nameSpaces").array(self.namespaces.len());
            for namespace in &self.namespaces {
                writer.text(namespace.as_str());
            }
        }
        if !self.elements.is_empty() {
            writer.text("dataElements").map(self.elements.len());
            for (namespace, identifiers) in &self.elements {
                writer.text(namespace.as_str()).array(identifiers.len());
                for identifier in identifiers {
                    writer.text(identifier.as_str());
                }
            }
        }
    }
}

/// Reads texts that are names. Anything else is an invalid name.
fn names<T: std::str::FromStr<Err = Error> + Ord>(items: Vec<Raw<'_>>) -> Result<BTreeSet<T>, Error> {
    items
        .into_iter()
        .map(|item| item.text().unwrap_or_default().parse())
        .collect()
}

fn too_large(what: &'static str, limit: usize) -> Error {
    Error::TooLarge {
        part: PART,
        what,
        limit,
    }
}
