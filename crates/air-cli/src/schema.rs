//! `air schema`.

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

use crate::{exit::Failure, files, output::Output};

#[derive(Subcommand)]
pub(crate) enum Schema {
    /// Writes a schema's form: from flags, or from answers on a terminal.
    New(new::New),
    /// Validates a subject; every violation is shown with its place, and no value (exit 3).
    Validate(validate::Validate),
    /// Advice on a schema: personal data, missing texts, missing limits.
    Lint(lint::Lint),
    /// What a new version changes, for whom it breaks something, and which version it should have.
    Compare(compare::Compare),
    /// Makes a form of any JSON Schema or of a platform's schema document, where it fits.
    FromJson(from_json::FromJson),
    /// Draws a schema, or prints it in another form: a file's, or a published one.
    Show(show::Show),
    /// Publishes a schema on the local platform.
    Publish(publish::Publish),
    /// Finds published schemas by their words, best first.
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

/// A subject that does not fit, with every violation on its own line.
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
        "{name} does not fit schema \"{}\" ({rules} broken)",
        schema.title()
    ))
    .with_details(lines)
}

/// Rows whose columns begin below one another, but for what would be far away.
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
