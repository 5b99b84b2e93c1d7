//! `air schema`.

mod choice;
mod compare;
mod from_json;
mod lint;
mod new;
mod publish;
mod search;
mod show;
mod validate;

use std::path::Path;

use air_schema::{CredentialSchema, Validator, Violations, parse_subject};
use clap::Subcommand;
use serde_json::{Map, Value};

pub(crate) use self::choice::SchemaChoice;
use crate::{exit::Failure, files, output::Output};

#[derive(Subcommand)]
pub(crate) enum Schema {
    /// Create a schema from flags, or from answers on a terminal.
    New(new::New),
    /// Validate a subject; show every violation with its position, but without values (exit 3).
    Validate(validate::Validate),
    /// Check a schema for personal data, missing descriptions and missing limits.
    Lint(lint::Lint),
    /// Compare two versions of a schema: show changes, what they break, and the suggested version.
    Compare(compare::Compare),
    /// Convert a JSON Schema, or a platform's schema document, to a schema form.
    FromJson(from_json::FromJson),
    /// Show a schema from a file or the local platform, or print it in another format.
    Show(show::Show),
    /// Publish a schema on the local platform.
    Publish(publish::Publish),
    /// Search the local platform's schemas, best match first.
    Search(search::Search),
}

impl Schema {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::New(arguments) => arguments.run(output).await,
            Self::Validate(arguments) => arguments.run(output),
            Self::Lint(arguments) => arguments.run(output),
            Self::Compare(arguments) => arguments.run(output),
            Self::FromJson(arguments) => arguments.run(output),
            Self::Show(arguments) => arguments.run(output).await,
            Self::Publish(arguments) => arguments.run(output).await,
            Self::Search(arguments) => arguments.run(output).await,
        }
    }
}

pub(crate) fn read_schema(path: &Path) -> Result<CredentialSchema, Failure> {
    schema_of(&files::read(path)?, path)
}

/// Reads a form, or a JSON Schema that a form can express.
pub(crate) fn read_form_or_json_schema(path: &Path) -> Result<CredentialSchema, Failure> {
    CredentialSchema::from_form_or_json_schema(&files::read(path)?)
        .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))
}

fn schema_of(json: &[u8], path: &Path) -> Result<CredentialSchema, Failure> {
    CredentialSchema::from_slice(json)
        .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))
}

pub(crate) fn read_subject(path: &Path) -> Result<Map<String, Value>, Failure> {
    subject_of(&files::read(path)?, path)
}

fn subject_of(json: &[u8], path: &Path) -> Result<Map<String, Value>, Failure> {
    parse_subject(json).map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))
}

pub(crate) fn compile(schema: &CredentialSchema) -> Result<Validator, Failure> {
    Validator::new(schema).map_err(|error| Failure::rejected(error.to_string()))
}

/// A subject that does not conform, with one line for each violation.
pub(crate) fn misfit(name: &str, schema: &CredentialSchema, violations: &Violations) -> Failure {
    let lines = violations
        .iter()
        .map(|violation| vec![violation.pointer().to_owned(), violation.message().to_owned()])
        .collect();
    misfit_with(name, schema, violations, aligned(lines))
}

fn misfit_with(
    name: &str,
    schema: &CredentialSchema,
    violations: &Violations,
    lines: Vec<String>,
) -> Failure {
    let rules = match violations.count() {
        1 => "1 rule".to_owned(),
        count => format!("{count} rules"),
    };
    Failure::rejected(format!(
        "{name} does not conform to schema \"{}\" ({rules} broken)",
        schema.title()
    ))
    .with_details(lines)
}

/// Aligns the columns of rows; very wide cells are not aligned to.
pub(crate) fn aligned(rows: Vec<Vec<String>>) -> Vec<String> {
    const WIDEST: usize = 60;
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| cell.chars().count().min(WIDEST))
                .max()
                .unwrap_or_default()
        })
        .collect();
    rows.into_iter()
        .map(|row| {
            let cells = row.iter().zip(&widths);
            let padded: Vec<String> = cells.map(|(cell, width)| format!("{cell:width$}")).collect();
            padded.join("  ").trim_end().to_owned()
        })
        .collect()
}
