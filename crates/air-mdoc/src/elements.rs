//! Elements that an issuer or a device is about to sign.

use std::fmt;

use ciborium::Value;

use crate::{ElementIdentifier, Error, NameSpace};

/// RFC 8949, 3.4.1: a date with a time.
const DATE_TIME: u64 = 0;
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

/// The value of an element that is a time (`tdate`, RFC 8949, 3.4.1), from the text of RFC 3339.
///
/// # Errors
/// [`Error::InvalidDateTime`].
pub fn date_time(text: &str) -> Result<Value, Error> {
    match text.parse::<jiff::Timestamp>() {
        Ok(_) => Ok(Value::Tag(DATE_TIME, Box::new(text.into()))),
        Err(_) => Err(Error::InvalidDateTime),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_date_and_an_offset() {
        for text in ["2026-11-29T23:00:00Z", "2026-11-29T23:00:00.5+02:00"] {
            let expected = Value::Tag(0, Box::new(text.into()));
            assert_eq!(date_time(text), Ok(expected), "{text}");
        }
        for text in ["", "2026-11-29", "2026-11-29T23:00:00", "2026-13-29T23:00:00Z"] {
            assert_eq!(date_time(text), Err(Error::InvalidDateTime), "{text}");
        }
    }
}
