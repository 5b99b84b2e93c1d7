//! The erasure of a person: its confirmation, its report and its errors, for the platform and for the issuer's service.

use std::fmt::Display;

use clap::Args;

use crate::{ask, exit::Failure, output::Output};

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
