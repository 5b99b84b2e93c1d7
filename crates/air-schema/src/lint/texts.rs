//! Rules about the texts that people read.

use super::{Finding, LintCode};
use crate::{Attribute, CredentialSchema};

pub(super) fn of_schema(schema: &CredentialSchema) -> Option<Finding> {
    schema.description().is_none().then(|| {
        Finding::of_schema(
            LintCode::MissingDescription,
            "description",
            "the schema has no description",
            "describe in a sentence what the credential attests, and about whom",
        )
    })
}

pub(super) fn of_attribute(index: usize, attribute: &Attribute) -> Option<Finding> {
    attribute.description().is_none().then(|| {
        Finding::of_attribute(
            LintCode::MissingDescription,
            (index, attribute),
            "description",
            "has no description",
            "describe the value in a sentence",
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{codes, findings, lint};

    #[test]
    fn the_schema_needs_a_description() {
        let attribute =
            json!({ "name": "isOver18", "type": "boolean", "required": true, "description": "x" });
        let found = lint(&json!({ "title": "Test", "attributes": [attribute] }));
        assert_eq!(codes(&found), ["missing-description"]);
        assert_eq!(
            (found[0].pointer.as_str(), &found[0].attribute),
            ("/description", &None)
        );
    }

    #[test]
    fn an_attribute_needs_a_description() {
        let mut form = json!({ "title": "Test", "description": "x", "attributes": [
            { "name": "isOver18", "type": "boolean", "required": true }] });
        let found = lint(&form);
        assert_eq!(codes(&found), ["missing-description"]);
        assert_eq!(found[0].pointer, "/attributes/0/description");
        form["attributes"][0]["description"] = json!("x");
        assert!(lint(&form).is_empty());
        assert!(findings(json!({ "name": "isOver21", "type": "boolean" })).is_empty());
    }
}
