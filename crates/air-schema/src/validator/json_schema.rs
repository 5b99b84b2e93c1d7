//! Validation by any JSON Schema, with the `jsonschema` crate.

mod graph;
mod report;

use std::fmt;

use jsonschema::PatternOptions;
use serde_json::Value;

use super::{COUNTED, limits};
use crate::{Draft, Error, Violations};

/// A compiled JSON Schema, which can express more than a form. It is `Send` and `Sync` and never
/// changes, so threads can share one by reference.
///
/// It validates a `Value`, since a JSON Schema can allow values of any type. Values are borrowed:
/// validation copies no part of them.
pub struct JsonSchemaValidator {
    compiled: jsonschema::Validator,
}

impl JsonSchemaValidator {
    /// Compiles any JSON Schema. Formats are asserted, references lead to places in the document or
    /// to the drafts' own schemas, and nothing is fetched. A `$schema` within the document that
    /// names another draft has no effect.
    ///
    /// # Errors
    /// [`Error::NotCompiled`] for a schema that the draft does not allow, for references that lead
    /// outside the document, and for schemas that could take too long. The limits are 20,000
    /// values, 64 levels and 1 MiB of text; 256 patterns; and 10,000 comparisons at any one place
    /// of a subject of 64 levels, which a schema that refers to itself more than once exceeds.
    pub fn new(schema: &Value, draft: Draft) -> Result<Self, Error> {
        let patterns = limits::check_schema(schema)?;
        let draft = match draft {
            Draft::Draft7 => jsonschema::Draft::Draft7,
            Draft::Draft202012 => jsonschema::Draft::Draft202012,
        };
        graph::check_work(schema, draft)?;
        let compiled = jsonschema::options()
            .with_draft(draft)
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex().size_limit(patterns.size()))
            .offline()
            .build(schema)
            .map_err(|error| report::not_compiled(&error))?;
        Ok(Self { compiled })
    }

    /// Validates a value of at most 10,000 values, 64 levels and 256 KiB of text.
    ///
    /// # Errors
    /// All violations, sorted by pointer.
    pub fn validate(&self, value: &Value) -> Result<(), Violations> {
        limits::check_value(value)?;
        if self.compiled.is_valid(value) {
            return Ok(());
        }
        let errors = self.compiled.iter_errors(value);
        let found = errors.flat_map(|error| report::describe(&error));
        Violations::check(found.take(COUNTED).collect())
    }
}

impl fmt::Debug for JsonSchemaValidator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonSchemaValidator").finish_non_exhaustive()
    }
}
