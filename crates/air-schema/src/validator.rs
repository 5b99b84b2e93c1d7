//! Validation: compiled once, shared, every violation reported.

mod form;
#[cfg(feature = "json-schema")]
mod json_schema;
mod limits;
mod messages;

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

use self::form::Form;
#[cfg(feature = "json-schema")]
use self::json_schema::JsonSchema;
#[cfg(feature = "json-schema")]
use crate::Draft;
use crate::{CredentialSchema, Error, Violations};

/// The most violations that are listed.
const LISTED: usize = 100;
/// The most violations that are counted: a subject of many wrong members must not cost as many sentences.
const COUNTED: usize = 10_000;

/// A compiled schema. Share it: it is `Send`, `Sync` and never changes.
pub struct Validator {
    rules: Rules,
}

enum Rules {
    Form(Form),
    #[cfg(feature = "json-schema")]
    JsonSchema(Box<JsonSchema>),
}

impl Validator {
    /// Compiles a schema. Formats are asserted, patterns run in linear time, nothing is fetched.
    ///
    /// # Errors
    /// [`Error::NotCompiled`] for a pattern that is not a regular expression, needs look-around, or is too large. Without the feature
    /// `json-schema`, also for one that asks for more of Unicode than general categories.
    pub fn new(schema: &CredentialSchema) -> Result<Self, Error> {
        let rules = Rules::Form(Form::compile(schema)?);
        Ok(Self { rules })
    }

    /// Compiles any JSON Schema, under the same rules: formats are asserted, references lead to places in the document or to
    /// the drafts' own schemas, and nothing is fetched. Other drafts that the document names within are not followed.
    ///
    /// # Errors
    /// [`Error::NotCompiled`]: for what the draft does not allow, for references that lead elsewhere, and for schemas that could
    /// take too long. The limits are 20,000 values, 64 levels and 1 MiB; 256 patterns; and 10,000 comparisons at any one place of a
    /// subject of 64 levels, which a schema that refers to itself in more than one way exceeds.
    #[cfg(feature = "json-schema")]
    pub fn from_json_schema(schema: &Value, draft: Draft) -> Result<Self, Error> {
        let rules = Rules::JsonSchema(Box::new(JsonSchema::compile(schema, draft)?));
        Ok(Self { rules })
    }

    /// Validates a subject of at most 10,000 values, 64 levels and 256 KiB of text.
    ///
    /// # Errors
    /// All violations, sorted by pointer.
    pub fn validate(&self, subject: &Value) -> Result<(), Violations> {
        if let Some(violation) = limits::check_subject(subject) {
            return Err(Violations::of(violation));
        }
        let mut found = match &self.rules {
            Rules::Form(form) => form.violations(subject),
            #[cfg(feature = "json-schema")]
            Rules::JsonSchema(schema) => schema.violations(subject),
        };
        if found.is_empty() {
            return Ok(());
        }
        found.sort_unstable();
        found.dedup();
        let more = found.len().saturating_sub(LISTED);
        found.truncate(LISTED);
        Err(Violations { found, more })
    }

    /// Validates a subject and reads it into a type, such as the one that `CredentialSchema::from_type` made the schema from.
    ///
    /// # Errors
    /// All violations; or [`Rule::Unreadable`](crate::Rule::Unreadable), where the subject keeps the schema's rules and the type
    /// can't hold it.
    pub fn read<T: DeserializeOwned>(&self, subject: &Value) -> Result<T, Violations> {
        self.validate(subject)?;
        // The error's text shows the value, its path does not.
        serde_path_to_error::deserialize(subject)
            .map_err(|error| Violations::of(messages::unreadable(error.path())))
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").finish_non_exhaustive()
    }
}
