//! `air schema validate`.

use std::path::PathBuf;

use air_schema::{CredentialSchema, Rule, Violation, Violations};
use clap::Args;
use serde_json::{Value, json};

use super::{aligned, compile, misfit_with, read_schema, subject_of};
use crate::{
    count::counted,
    exit::Failure,
    files,
    output::Output,
    positions::{Position, Positions},
    quote::Quotes,
};

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air schema validate --schema examples/kyc/schema.json \\\n      \
                  examples/kyc/subject.json")]
pub(crate) struct Validate {
    /// The schema form; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    schema: PathBuf,
    /// The file with the subject's claims; `-` is stdin.
    #[arg(value_name = "SUBJECT.json")]
    subject: PathBuf,
}

impl Validate {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        if files::is_dash(&self.schema) && files::is_dash(&self.subject) {
            return Err(Failure::usage("schema and subject can't both be read from stdin"));
        }
        let schema = read_schema(&self.schema)?;
        let text = files::read_text(&self.subject)?;
        let subject = subject_of(text.as_bytes(), &self.subject)?;
        let (name, attributes) = (self.subject.display().to_string(), subject.len());
        let found = compile(&schema)?.validate(&subject);
        let positions = Positions::of(&text);
        if output.is_json() {
            output.document(&report(found.as_ref().err(), &positions))?;
        }
        match found {
            Ok(()) => output.print(&format!(
                "{name} conforms to schema \"{}\": {}",
                schema.title(),
                counted(attributes as u64, "attribute", "attributes")
            )),
            Err(violations) => {
                let lines = lines(&violations, &positions, &schema, &name, output);
                Err(misfit_with(&name, &schema, &violations, lines))
            }
        }
    }
}

/// The position of a violation: the name of an unknown member, a wrong value, or the object that
/// lacks a member.
fn position(violation: &Violation, positions: &Positions<'_>) -> Option<Position> {
    match violation.rule() {
        Rule::UnknownAttribute => positions.name(violation.pointer()),
        _ => positions.value(violation.pointer()),
    }
}

/// One row for each violation, and with text output the quoted line below it.
fn lines(
    violations: &Violations,
    positions: &Positions<'_>,
    schema: &CredentialSchema,
    name: &str,
    output: Output,
) -> Vec<String> {
    let cells = violations
        .iter()
        .map(|violation| cells(violation, positions, name));
    let rows = aligned(cells.collect());
    if output.is_json() {
        return rows;
    }
    let places = violations.iter().map(|violation| position(violation, positions));
    Quotes::of_subject(positions, schema, output.note_width()).below(places.zip(rows).collect())
}

fn cells(violation: &Violation, positions: &Positions<'_>, name: &str) -> Vec<String> {
    let mut cells = vec![violation.pointer().to_owned(), violation.message().to_owned()];
    if let Some(Position { line, column, .. }) = position(violation, positions) {
        cells.push(format!("{name}:{line}:{column}"));
    }
    cells
}

fn report(violations: Option<&Violations>, positions: &Positions<'_>) -> Value {
    let list: Vec<Value> = violations
        .into_iter()
        .flat_map(Violations::iter)
        .map(|violation| {
            let position = position(violation, positions);
            json!({
                "pointer": violation.pointer(),
                "rule": violation.rule().name(),
                "message": violation.message(),
                "line": position.map(|position| position.line),
                "column": position.map(|position| position.column),
            })
        })
        .collect();
    json!({ "valid": list.is_empty(), "violations": list })
}
