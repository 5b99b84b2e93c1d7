//! Any JSON Schema, by the `jsonschema` crate.

mod graph;
mod report;

use jsonschema::PatternOptions;
use serde_json::Value;

use super::{COUNTED, limits};
use crate::{Draft, Error, Violation};

pub(super) struct JsonSchema {
    compiled: jsonschema::Validator,
}

impl JsonSchema {
    pub(super) fn compile(schema: &Value, draft: Draft) -> Result<Self, Error> {
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

    /// In no order.
    pub(super) fn violations(&self, subject: &Value) -> Vec<Violation> {
        if self.compiled.is_valid(subject) {
            return Vec::new();
        }
        self.compiled
            .iter_errors(subject)
            .flat_map(|error| report::describe(&error))
            .take(COUNTED)
            .collect()
    }
}
