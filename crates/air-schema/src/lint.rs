//! Advice on schemas: personal data that a derived claim can replace, unclear names, missing texts
//! and missing limits.
//!
//! Findings don't make a schema invalid, and do not affect the validation of subjects.
//!
//! Some findings are *certain*, because the form shows the problem: missing descriptions, strings
//! without a limit, enums of one value, ranges of one number, patterns that match within other
//! texts, schemas without required attributes, names that differ only in case, terms of the W3C's
//! data model, names that are not in camelCase, and personal data by format.
//!
//! Others are *guesses*, because only the author knows the meaning of an attribute: personal data
//! by name, and unclear names. The lint compares the words of a name with phrases in thirteen
//! languages: `surname` matches, `surnamed` does not. It ignores attributes that can't hold the
//! datum: a boolean, a text with an enum (unless the datum is a category, such as a nationality),
//! or a date instead of an address. It also ignores names of derived claims (`isOver18`,
//! `addressVerifiedAt`, `documentType`). Personal data with a name that is not in the vocabulary is
//! not found.

mod finding;
mod names;
mod personal;
mod texts;
mod values;
mod vocabulary;

pub use self::finding::{Finding, LintCode, Severity};
use crate::CredentialSchema;

impl CredentialSchema {
    /// Lists findings: first those of the schema, then those of its attributes, in the form's
    /// order.
    ///
    /// ```
    /// let schema = air_schema::CredentialSchema::from_slice(br#"{ "title": "Adult", "description": "An adult.",
    ///     "attributes": [{ "name": "birthDate", "type": "date", "required": true, "description": "When born." }] }"#)?;
    /// let findings = schema.lint();
    /// assert_eq!(findings[0].code.name(), "personal-data");
    /// assert_eq!(findings[0].pointer, "/attributes/0/name");
    /// assert_eq!(findings[0].claims, ["isOver18", "isOver21"]);
    /// # Ok::<(), air_schema::Error>(())
    /// ```
    #[must_use]
    pub fn lint(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = texts::of_schema(self)
            .into_iter()
            .chain(values::of_schema(self))
            .collect();
        for (index, attribute) in self.attributes().iter().enumerate() {
            let before = self.attributes().get(..index).unwrap_or_default();
            findings.extend(personal::of_attribute(index, attribute));
            findings.extend(names::of_attribute(index, attribute, before));
            findings.extend(texts::of_attribute(index, attribute));
            findings.extend(values::of_attribute(index, attribute));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The findings of a schema that has none, with one more attribute.
    pub(super) fn findings(attribute: Value) -> Vec<Finding> {
        let plain = json!({ "name": "plainLevel", "description": "How plain it is.", "type": "string",
            "enum": ["basic", "enhanced"], "required": true });
        let mut attribute = attribute;
        let members = attribute.as_object_mut().unwrap();
        members.entry("description").or_insert(json!("What it is."));
        members.entry("type").or_insert(json!("string"));
        if members["type"] == "string" && !members.contains_key("format") {
            members.entry("maxLength").or_insert(json!(80));
        }
        lint(&json!({ "title": "Test", "description": "A test.", "attributes": [plain, attribute] }))
    }

    pub(super) fn lint(form: &Value) -> Vec<Finding> {
        CredentialSchema::from_slice(form.to_string().as_bytes())
            .unwrap()
            .lint()
    }

    pub(super) fn codes(findings: &[Finding]) -> Vec<&'static str> {
        findings.iter().map(|finding| finding.code.name()).collect()
    }

    #[test]
    fn a_schema_of_derived_claims_has_no_finding() {
        assert_eq!(
            findings(json!({ "name": "isOver18", "type": "boolean" })),
            Vec::new()
        );
    }

    #[test]
    fn findings_stand_in_the_forms_order() {
        let form = json!({ "title": "Test", "attributes": [
            { "name": "email", "type": "string" },
            { "name": "x", "type": "boolean" },
        ]});
        let pointers: Vec<String> = lint(&form).into_iter().map(|finding| finding.pointer).collect();
        assert_eq!(
            pointers,
            [
                "/description",
                "/attributes",
                "/attributes/0/name",
                "/attributes/0/description",
                "/attributes/0/maxLength",
                "/attributes/1/name",
                "/attributes/1/description",
            ]
        );
    }

    #[test]
    fn a_finding_is_readable_by_machines() {
        let found = findings(json!({ "name": "birthDate", "type": "date" }));
        assert_eq!(
            serde_json::to_value(&found).unwrap(),
            json!([{
                "severity": "warning",
                "code": "personal-data",
                "attribute": "birthDate",
                "pointer": "/attributes/1/name",
                "message": "`birthDate` looks like a date of birth",
                "suggestion": "attest `isOver18` or `isOver21` instead",
                "claims": ["isOver18", "isOver21"],
            }])
        );
    }

    #[test]
    fn codes_are_distinct_and_explained() {
        let mut names: Vec<&str> = LintCode::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), LintCode::ALL.len());
        for code in LintCode::ALL {
            assert_eq!(LintCode::from_name(code.name()), Some(*code));
            assert!(code.explanation().len() > 40, "{code:?}");
        }
        assert_eq!(LintCode::from_name("personal"), None);
    }
}
