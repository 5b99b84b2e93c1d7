//! Validation of subjects: a schema is compiled once, and each validation reports all violations.

mod form;
#[cfg(feature = "json-schema")]
mod json_schema;
mod limits;
mod messages;

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use self::form::Form;
#[cfg(feature = "json-schema")]
pub use self::json_schema::JsonSchemaValidator;
use crate::{CredentialSchema, Error, Violations};

/// The most violations that are counted. It limits the memory that a subject with many errors
/// takes.
const COUNTED: usize = 10_000;

/// A compiled [`CredentialSchema`]. It is `Send` and `Sync` and never changes, so threads can share
/// one by reference.
///
/// Subjects are borrowed: validation copies no part of them.
pub struct Validator {
    form: Form,
}

impl Validator {
    /// Compiles a schema. Formats are asserted, patterns run in linear time, and nothing is
    /// fetched.
    ///
    /// # Errors
    /// [`Error::NotCompiled`] for a pattern that is not a regular expression, needs look-around, or
    /// is too large. Without the feature `json-schema`, also for a pattern with Unicode properties
    /// other than general categories.
    pub fn new(schema: &CredentialSchema) -> Result<Self, Error> {
        let form = Form::compile(schema)?;
        Ok(Self { form })
    }

    /// Validates a subject of at most 10,000 values, 64 levels and 256 KiB of text.
    ///
    /// # Errors
    /// All violations, sorted by pointer.
    pub fn validate(&self, subject: &Map<String, Value>) -> Result<(), Violations> {
        limits::check_object(subject)?;
        Violations::check(self.form.violations(subject))
    }

    /// Validates JSON that may not be an object, within the limits of [`Self::validate`].
    ///
    /// # Errors
    /// All violations, sorted by pointer. A value that is not an object breaks
    /// [`Rule::Type`](crate::Rule::Type) at the root.
    pub fn validate_value(&self, value: &Value) -> Result<(), Violations> {
        if let Value::Object(subject) = value {
            return self.validate(subject);
        }
        limits::check_value(value)?;
        Err(Violations::of(messages::not_an_object(value)))
    }

    /// Validates a subject and deserializes it, for example into the type that
    /// `CredentialSchema::from_type` made the schema from.
    ///
    /// # Errors
    /// All violations; or [`Rule::Unreadable`](crate::Rule::Unreadable) if the subject conforms to
    /// the schema, but the type can't hold it.
    pub fn read<T: DeserializeOwned>(&self, subject: &Map<String, Value>) -> Result<T, Violations> {
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
