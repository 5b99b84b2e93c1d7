//! Validation of subjects by forms, in which an attribute has one type and nothing is nested. It
//! gives the same violations as `JsonSchemaValidator` does for the JSON Schema of the form, with
//! much less code; `tests/form_validator.rs` compares the two.

mod attribute;
mod format;
mod numbers;
mod pattern;

use serde_json::{Map, Value};

use self::attribute::Compiled;
use super::{COUNTED, limits::Patterns, messages};
use crate::{CredentialSchema, Error, Rule, Violation};

pub(super) struct Form {
    /// The attributes, in the author's order.
    attributes: Vec<Compiled>,
    /// The indices of the attributes, sorted by name.
    by_name: Vec<usize>,
    /// The number of required attributes.
    required: usize,
}

impl Form {
    pub(super) fn compile(schema: &CredentialSchema) -> Result<Self, Error> {
        let with_pattern = |attribute: &&crate::Attribute| attribute.constraints().pattern.is_some();
        let patterns = Patterns::of(schema.attributes().iter().filter(with_pattern).count());
        let attributes = schema.attributes().iter();
        let attributes = attributes
            .map(|attribute| Compiled::of(attribute, patterns.size()))
            .collect::<Result<Vec<_>, Error>>()?;
        let mut by_name: Vec<usize> = (0..attributes.len()).collect();
        by_name.sort_unstable_by_key(|place| attributes.get(*place).map(Compiled::name));
        Ok(Self {
            required: attributes.iter().filter(|one| one.is_required()).count(),
            attributes,
            by_name,
        })
    }

    /// The violations, unsorted.
    pub(super) fn violations(&self, members: &Map<String, Value>) -> Vec<Violation> {
        let mut found = Vec::new();
        let (mut next, mut required) = (0, 0);
        for (name, value) in members {
            let Some((place, attribute)) = self.find(name, next) else {
                found.push(Violation {
                    pointer: format!("/{}", messages::member(name)),
                    rule: Rule::UnknownAttribute,
                    message: messages::UNKNOWN.to_owned(),
                });
                continue;
            };
            next = place + 1;
            required += usize::from(attribute.is_required());
            attribute.check(value, &mut found);
        }
        if required < self.required {
            // Missing attributes come first, so that a long list of others can't truncate them.
            found.splice(0..0, self.missing(members));
        }
        found.truncate(COUNTED);
        found
    }

    /// Finds an attribute and its index. `next` is tried first, since most subjects have the
    /// author's order.
    fn find(&self, name: &str, next: usize) -> Option<(usize, &Compiled)> {
        let at = |place: usize| self.attributes.get(place).map(|attribute| (place, attribute));
        if let Some(found) = at(next).filter(|(_, attribute)| attribute.name() == name) {
            return Some(found);
        }
        let named = |place: &usize| self.attributes.get(*place).map(Compiled::name);
        let found = self
            .by_name
            .binary_search_by(|place| named(place).cmp(&Some(name)));
        found.ok().and_then(|index| at(*self.by_name.get(index)?))
    }

    fn missing(&self, members: &Map<String, Value>) -> Vec<Violation> {
        let required = self.attributes.iter().filter(|attribute| attribute.is_required());
        let missing = required.filter(|attribute| !members.contains_key(attribute.name()));
        let missing = missing.map(|attribute| Violation {
            pointer: format!("/{}", attribute.name()),
            rule: Rule::Required,
            message: messages::REQUIRED.to_owned(),
        });
        missing.collect()
    }
}
