//! `air schema lint`.

use std::path::PathBuf;

use air_schema::{Finding, Severity};
use annotate_snippets::Level;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{aligned, schema_of};
use crate::{
    exit::Failure,
    files,
    output::{Output, done_mark},
    positions::{Position, Positions},
    quote::Quotes,
};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air schema lint examples/kyc/schema.json\n  \
                  air schema lint --deny schema.json    # exit 3 on a warning")]
pub(crate) struct Lint {
    /// Exit with code 3 on a warning, or with `--deny=note` on any finding.
    #[arg(long, value_enum, value_name = "SEVERITY", num_args = 0..=1, require_equals = true, default_missing_value = "warning")]
    deny: Option<Denied>,
    /// The schema form; `-` is stdin.
    #[arg(value_name = "SCHEMA.json")]
    schema: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Denied {
    Note,
    Warning,
}

impl Denied {
    fn severity(self) -> Severity {
        match self {
            Self::Note => Severity::Note,
            Self::Warning => Severity::Warning,
        }
    }
}

impl Lint {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let text = files::read_text(&self.schema)?;
        let name = self.schema.display().to_string();
        let findings = schema_of(text.as_bytes(), &self.schema)?.lint();
        let positions = Positions::of(&text);
        let list: Vec<Value> = findings
            .iter()
            .map(|finding| describe(finding, &positions))
            .collect();
        output.result(&json!({ "findings": list }), |_| {
            render(&findings, &positions, &name, output.width())
        })?;
        let denied = |finding: &&Finding| {
            self.deny
                .is_some_and(|denied| finding.severity >= denied.severity())
        };
        match findings.iter().filter(denied).count() {
            0 => Ok(()),
            1 => Err(Failure::rejected(format!("{name} has 1 denied finding"))),
            count => Err(Failure::rejected(format!("{name} has {count} denied findings"))),
        }
    }
}

fn describe(finding: &Finding, positions: &Positions<'_>) -> Value {
    let mut value = json!(finding);
    if let (Some(Position { line, column, .. }), Some(members)) =
        (positions.value(&finding.pointer), value.as_object_mut())
    {
        members.insert("line".to_owned(), line.into());
        members.insert("column".to_owned(), column.into());
    }
    value
}

fn render(findings: &[Finding], positions: &Positions<'_>, name: &str, width: usize) -> String {
    if findings.is_empty() {
        return format!("{} no findings in {name}", done_mark());
    }
    let places: Vec<Option<Position>> = findings
        .iter()
        .map(|finding| positions.value(&finding.pointer))
        .collect();
    let cells = findings.iter().zip(&places).map(|(finding, place)| {
        let place = place.map_or_else(
            || name.to_owned(),
            |at| format!("{name}:{}:{}", at.line, at.column),
        );
        vec![
            place,
            finding.code.name().to_owned(),
            format!("{}; {}", finding.message, finding.suggestion),
        ]
    });
    let rows = aligned(cells.collect());
    let quotes = Quotes::of_schema(positions, Level::WARNING, width);
    quotes.below(places.into_iter().zip(rows).collect()).join("\n")
}
