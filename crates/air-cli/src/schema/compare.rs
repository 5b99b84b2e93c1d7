//! `air schema compare`.

use std::path::PathBuf;

use air_schema::{Change, Comparison, Impact, compare};
use clap::Args;
use serde_json::{Value, json};

use super::{aligned, read_schema};
use crate::{exit::Failure, output::Output};

#[derive(Args)]
#[command(after_help = "Example:\n  air schema compare kyc-1.0.json kyc-next.json --deny-breaking")]
pub(crate) struct Compare {
    /// Exit with code 3 if a change breaks anything.
    #[arg(long)]
    deny_breaking: bool,
    /// The published schema form.
    #[arg(value_name = "OLD.json")]
    old: PathBuf,
    /// The new schema form.
    #[arg(value_name = "NEW.json")]
    new: PathBuf,
}

impl Compare {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let (old, new) = (read_schema(&self.old)?, read_schema(&self.new)?);
        let comparison = compare(&old, &new);
        let breaks = comparison
            .changes()
            .iter()
            .any(|change| !change.breaks().is_empty());
        let affected: Vec<&str> = [Impact::IssuedCredentials, Impact::VerificationPrograms]
            .into_iter()
            .filter(|affected| comparison.breaks(*affected))
            .map(Impact::name)
            .collect();
        let changes: Vec<Value> = comparison.changes().iter().map(describe).collect();
        let document = json!({
            "compatibility": comparison.compatibility().name(),
            "breaks": affected,
            "oldVersion": old.version(),
            "newVersion": new.version(),
            "suggestedVersion": comparison.suggested_version(),
            "changes": changes,
        });
        output.result(&document, |_| render(&comparison, new.version()))?;
        if breaks && self.deny_breaking {
            return Err(Failure::rejected(format!(
                "{} has breaking changes to {}",
                self.new.display(),
                self.old.display()
            )));
        }
        Ok(())
    }
}

fn describe(change: &Change) -> Value {
    json!({
        "attribute": change.attribute(),
        "what": change.kind().name(),
        "compatibility": change.compatibility().name(),
        "breaks": change.breaks().iter().map(|affected| affected.name()).collect::<Vec<_>>(),
        "message": change.message(),
    })
}

fn render(comparison: &Comparison, version: &str) -> String {
    if comparison.changes().is_empty() {
        return "no changes".to_owned();
    }
    let rows = comparison.changes().iter().map(|change| {
        let name = change
            .attribute()
            .map_or_else(|| "the schema".to_owned(), ToString::to_string);
        let breaks: Vec<&str> = change.breaks().iter().map(|affected| affected.name()).collect();
        let verdict = match breaks.as_slice() {
            [] => change.compatibility().name().to_owned(),
            breaks => format!("breaks {}", breaks.join(", ")),
        };
        vec![verdict, name, change.message().to_owned()]
    });
    let mut lines = aligned(rows.collect());
    lines.push(match comparison.suggested_version() {
        Some(suggested) if suggested == version => format!("The new version is {version}, as it should be."),
        Some(suggested) => format!("The new version should be {suggested}, but is {version}."),
        None => {
            format!("The old version is not numeric, so no version is suggested; the new one is {version}.")
        }
    });
    lines.join("\n")
}
