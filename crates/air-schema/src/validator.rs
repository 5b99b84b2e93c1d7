//! Validation: compiled once, shared, every violation reported.

mod graph;
mod limits;
mod report;

use std::fmt;

use jsonschema::PatternOptions;
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::limits::Patterns;
use crate::{CredentialSchema, Draft, Error, Violation, Violations};

/// The most violations that are listed.
const LISTED: usize = 100;
/// The most violations that are counted: a subject of many wrong members must not cost as many sentences.
const COUNTED: usize = 10_000;

/// A compiled schema. Share it: it is `Send`, `Sync` and never changes.
pub struct Validator {
    compiled: jsonschema::Validator,
}

impl Validator {
    /// Compiles a schema. Formats are asserted, patterns run in linear time, nothing is fetched.
    ///
    /// # Errors
    /// [`Error::NotCompiled`] for a pattern that is not a regular expression, needs look-around, or is too large.
    pub fn new(schema: &CredentialSchema) -> Result<Self, Error> {
        let patterns = schema.attributes().iter();
        let patterns = patterns.filter(|attribute| attribute.constraints().pattern.is_some());
        let patterns = Patterns::of(patterns.count());
        Self::compile(
            &schema.to_json_schema(Draft::Draft202012),
            Draft::Draft202012,
            &patterns,
        )
    }

    /// Compiles any JSON Schema, under the same rules: formats are asserted, references lead to places in the document or to
    /// the drafts' own schemas, and nothing is fetched. Other drafts that the document names within are not followed.
    ///
    /// # Errors
    /// [`Error::NotCompiled`]: for what the draft does not allow, for references that lead elsewhere, and for schemas that could
    /// take too long. The limits are 20,000 values, 64 levels and 1 MiB; 256 patterns; and 10,000 comparisons at any one place of a
    /// subject of 64 levels, which a schema that refers to itself in more than one way exceeds.
    pub fn from_json_schema(schema: &Value, draft: Draft) -> Result<Self, Error> {
        let patterns = limits::check_schema(schema)?;
        graph::check_work(schema, library_draft(draft))?;
        Self::compile(schema, draft, &patterns)
    }

    /// Validates a subject of at most 10,000 values, 64 levels and 256 KiB of text.
    ///
    /// # Errors
    /// All violations, sorted by pointer.
    pub fn validate(&self, subject: &Value) -> Result<(), Violations> {
        if let Some(violation) = limits::check_subject(subject) {
            return Err(Violations::of(violation));
        }
        if self.compiled.is_valid(subject) {
            return Ok(());
        }
        let mut found: Vec<Violation> = self
            .compiled
            .iter_errors(subject)
            .flat_map(|error| report::describe(&error))
            .take(COUNTED)
            .collect();
        found.sort_unstable();
        found.dedup();
        let more = found.len().saturating_sub(LISTED);
        found.truncate(LISTED);
        Err(Violations { found, more })
    }

    /// Validates a subject and reads it into a type, such as the one that [`CredentialSchema::from_type`] made the schema from.
    ///
    /// # Errors
    /// All violations; or [`Rule::Unreadable`](crate::Rule::Unreadable), where the subject keeps the schema's rules and the type
    /// can't hold it.
    pub fn read<T: DeserializeOwned>(&self, subject: &Value) -> Result<T, Violations> {
        self.validate(subject)?;
        // The error's text shows the value, its path does not.
        serde_path_to_error::deserialize(subject)
            .map_err(|error| Violations::of(report::unreadable(error.path())))
    }

    fn compile(schema: &Value, draft: Draft, patterns: &Patterns) -> Result<Self, Error> {
        let compiled = jsonschema::options()
            .with_draft(library_draft(draft))
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex().size_limit(patterns.size()))
            .offline()
            .build(schema)
            .map_err(|error| report::not_compiled(&error))?;
        Ok(Self { compiled })
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").finish_non_exhaustive()
    }
}

const fn library_draft(draft: Draft) -> jsonschema::Draft {
    match draft {
        Draft::Draft7 => jsonschema::Draft::Draft7,
        Draft::Draft202012 => jsonschema::Draft::Draft202012,
    }
}
