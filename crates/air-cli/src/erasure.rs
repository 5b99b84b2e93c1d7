//! The export and the erasure of a person: confirmation, reports and errors, for the platform and for the issuer's service.

use std::{fmt::Display, path::Path};

use clap::Args;
use serde_json::{Map, Value};

use crate::{
    ask,
    count::counted,
    exit::Failure,
    files::{ForceArgs, is_dash},
    output::Output,
};

#[derive(Args, Clone, Copy)]
pub(crate) struct Confirmation {
    /// Confirm the erasure, which can't be undone; without it, the command asks on the terminal.
    #[arg(long)]
    yes: bool,
}

impl Confirmation {
    /// Fails unless the user confirms the erasure with `--yes` or on the terminal.
    pub(crate) fn require(self, consequences: &str, output: Output) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !ask::is_possible(output) {
            return Err(Failure::usage("an erasure can't be undone: confirm with --yes"));
        }
        output.note(consequences);
        if ask::agrees("Erase the user?", output) {
            Ok(())
        } else {
            Err(Failure::failed(
                "the erasure was not confirmed; nothing was changed",
            ))
        }
    }
}

/// Writes an export, whose `tables` have rows, and says what was written to a file.
pub(crate) fn write_export(
    force: ForceArgs,
    path: &Path,
    document: &Value,
    output: Output,
) -> Result<(), Failure> {
    force.write_document(path, document, output)?;
    if is_dash(path) {
        return Ok(());
    }
    let tables = document.get("tables").and_then(Value::as_object);
    let tables: Vec<&Value> = tables.into_iter().flat_map(Map::values).collect();
    let rows: usize = tables
        .iter()
        .filter_map(|rows| rows.as_array())
        .map(Vec::len)
        .sum();
    output.print(&format!(
        "Wrote {} (0600): {} of {}.",
        path.display(),
        counted(rows as u64, "row", "rows"),
        counted(tables.len() as u64, "table", "tables")
    ))
}

/// Returns the items as lines of a list.
pub(crate) fn list(items: impl IntoIterator<Item = impl Display>) -> String {
    let lines: Vec<String> = items.into_iter().map(|item| format!("  {item}")).collect();
    lines.join("\n")
}

impl From<air_sandbox::user_data::UserDataError> for Failure {
    fn from(error: air_sandbox::user_data::UserDataError) -> Self {
        use air_sandbox::user_data::UserDataError;
        match error {
            UserDataError::Store(error) => error.into(),
            error => Self::failed_by(&error),
        }
    }
}

impl From<air_issuer::UserDataError> for Failure {
    fn from(error: air_issuer::UserDataError) -> Self {
        match error {
            air_issuer::UserDataError::Database(error) => error.into(),
            error => Self::failed_by(&error),
        }
    }
}
