//! `air status list`: manages a Token Status List in a file, and checks entries of published lists.

mod allocate;
mod check;
mod ledger;
mod new;
mod publish;
mod set;

use clap::{Subcommand, ValueEnum};

use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum List {
    /// Create a list in a file, which records the entries in use and their values.
    New(new::New),
    /// Allocate a free entry for a credential to be issued.
    Allocate(allocate::Allocate),
    /// Revoke, suspend or restore a credential.
    Set(set::Set),
    /// Sign the list, to be served at its URI.
    Publish(publish::Publish),
    /// Check an entry of a published list (exit 4 unless it is valid).
    Check(check::Check),
}

impl List {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::New(arguments) => arguments.run(output),
            Self::Allocate(arguments) => arguments.run(output),
            Self::Set(arguments) => arguments.run(output),
            Self::Publish(arguments) => arguments.run(output),
            Self::Check(arguments) => arguments.run(output).await,
        }
    }
}

/// The values of an entry.
#[derive(Clone, Copy, ValueEnum)]
enum StatusName {
    Valid,
    Invalid,
    Suspended,
}

impl From<StatusName> for air_vc::status::Status {
    fn from(name: StatusName) -> Self {
        match name {
            StatusName::Valid => Self::Valid,
            StatusName::Invalid => Self::Invalid,
            StatusName::Suspended => Self::Suspended,
        }
    }
}

/// A status as text.
fn words(status: air_vc::status::Status) -> String {
    use air_vc::status::Status;
    match status {
        Status::Valid => "valid".into(),
        Status::Invalid => "invalid".into(),
        Status::Suspended => "suspended".into(),
        other => format!("{:#04x}", other.value()),
    }
}
