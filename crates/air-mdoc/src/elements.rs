//! Elements that an issuer or a device is about to sign.

use std::fmt;

use ciborium::Value;

use crate::{ElementIdentifier, Error, NameSpace};

/// RFC 8943: a date without a time.
const FULL_DATE: u64 = 1004;

/// Elements by namespace, in the order in which they were added. `Debug` shows no values.
#[derive(Clone, Default)]
pub struct Elements(Vec<(NameSpace, Vec<(ElementIdentifier, Value)>)>);

impl Elements {
    /// Creates a set without elements.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an element.
    ///
    /// # Errors
    /// [`Error::InvalidName`], and [`Error::DuplicateElement`] if the namespace has the identifier.
    pub fn with(mut self, namespace: &str, identifier: &str, value: impl Into<Value>) -> Result<Self, Error> {
        let identifier: ElementIdentifier = identifier.parse()?;
        let known = self.0.iter().position(|(name, _)| name.as_str() == namespace);
        if known.is_none() {
            self.0.push((namespace.parse()?, Vec::new()));
        }
        let index = known.unwrap_or(self.0.len() - 1);
        if let Some((_, elements)) = self.0.get_mut(index) {
            if elements.iter().any(|(name, _)| *name == identifier) {
                return Err(Error::DuplicateElement {
                    namespace: namespace.to_owned(),
                    what: "identifier",
                });
            }
            elements.push((identifier, value.into()));
        }
        Ok(self)
    }

    /// The elements of each namespace.
    pub fn iter(&self) -> impl Iterator<Item = (&NameSpace, &[(ElementIdentifier, Value)])> {
        self.0
            .iter()
            .map(|(namespace, elements)| (namespace, elements.as_slice()))
    }

    pub(crate) fn namespaces(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Debug for Elements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(namespace, elements)| {
                let identifiers = elements.iter().map(|(identifier, _)| identifier.as_str());
                (namespace.as_str(), identifiers.collect::<Vec<_>>())
            }))
            .finish()
    }
}

/// The value of an element that is a date (`full-date`, RFC 8943), from `YYYY-MM-DD`.
///
/// # Errors
/// [`Error::InvalidDate`].
pub fn full_date(date: &str) -> Result<Value, Error> {
    let is_date = date.len() == 10 && date.parse::<jiff::civil::Date>().is_ok();
    if !is_date {
        return Err(Error::InvalidDate);
    }
    Ok(Value::Tag(FULL_DATE, Box::new(date.into())))
}
