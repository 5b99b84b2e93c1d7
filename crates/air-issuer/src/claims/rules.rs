//! The rules of a schema, for sources whose claims are known before a user requests them.

use std::sync::Arc;

use air_schema::{CredentialSchema, Validator, Violations};
use serde_json::{Map, Value};

/// A schema and its compiled form.
#[derive(Debug)]
pub(crate) struct ClaimRules {
    schema: CredentialSchema,
    validator: Arc<Validator>,
}

impl ClaimRules {
    /// `validator` is the compiled form of `schema`.
    pub(crate) fn new(schema: CredentialSchema, validator: Arc<Validator>) -> Self {
        Self { schema, validator }
    }

    /// Validates the claims of a user.
    pub(super) fn validate(&self, subject: &Map<String, Value>) -> Result<(), Violations> {
        self.validator.validate(subject)
    }

    /// Whether the schema has an attribute of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        let mut attributes = self.schema.attributes().iter();
        attributes.any(|attribute| attribute.name().as_str() == name)
    }

    /// The names of the attributes that each subject must have.
    pub(super) fn required(&self) -> impl Iterator<Item = &str> {
        let attributes = self.schema.attributes().iter();
        attributes
            .filter(|attribute| attribute.is_required())
            .map(|attribute| attribute.name().as_str())
    }
}
