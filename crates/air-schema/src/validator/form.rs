//! The form's own validator: attributes with one type each, nothing nested, nothing that refers to anything. It decides as
//! [`Validator::from_json_schema`](super::Validator) does about the JSON Schema of the form, without what that needs for all other
//! schemas; tests hold the two side by side.

mod attribute;
mod format;
mod numbers;
mod pattern;

use serde_json::Value;

use self::attribute::Compiled;
use super::{COUNTED, limits::Patterns, messages};
use crate::{CredentialSchema, Error, Rule, Violation};

pub(super) struct Form {
    /// By name.
    attributes: Vec<Compiled>,
}

impl Form {
    pub(super) fn compile(schema: &CredentialSchema) -> Result<Self, Error> {
        let with_pattern = |attribute: &&crate::Attribute| attribute.constraints().pattern.is_some();
        let patterns = Patterns::of(schema.attributes().iter().filter(with_pattern).count());
        let attributes = schema.attributes().iter();
        let mut attributes = attributes
            .map(|attribute| Compiled::of(attribute, patterns.size()))
            .collect::<Result<Vec<_>, Error>>()?;
        attributes.sort_unstable_by(|a, b| a.name().cmp(b.name()));
        Ok(Self { attributes })
    }

    /// In no order.
    pub(super) fn violations(&self, subject: &Value) -> Vec<Violation> {
        let Value::Object(members) = subject else {
            return vec![Violation {
                pointer: String::new(),
                rule: Rule::Type,
                message: messages::of_type(subject, "object"),
            }];
        };
        let required = self.attributes.iter().filter(|attribute| attribute.is_required());
        let missing = required.filter(|attribute| !members.contains_key(attribute.name()));
        let missing = missing.map(|attribute| Violation {
            pointer: format!("/{}", attribute.name()),
            rule: Rule::Required,
            message: messages::REQUIRED.to_owned(),
        });
        let mut found: Vec<Violation> = missing.collect();
        for (name, value) in members {
            let known = self
                .attributes
                .binary_search_by(|attribute| attribute.name().cmp(name));
            match known.ok().and_then(|index| self.attributes.get(index)) {
                Some(attribute) => attribute.check(value, &mut found),
                None => found.push(Violation {
                    pointer: format!("/{}", messages::member(name)),
                    rule: Rule::UnknownAttribute,
                    message: messages::UNKNOWN.to_owned(),
                }),
            }
        }
        found.truncate(COUNTED);
        found
    }
}
