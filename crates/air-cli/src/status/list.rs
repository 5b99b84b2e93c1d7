//! `air status list`: the issuer's side of a Token Status List, kept in one file, and a look at anybody's.

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
    /// Begins a list: a file that knows which entries are taken and what they say.
    New(new::New),
    /// Draws a free entry for a credential to be issued.
    Allocate(allocate::Allocate),
    /// Revokes, suspends or restores a credential.
    Set(set::Set),
    /// Signs the list, to be served at its URI.
    Publish(publish::Publish),
    /// What a published list says of an entry (exit 4 unless it is valid).
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

/// What an entry can be set to.
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

/// A status in words.
fn words(status: air_vc::status::Status) -> String {
    use air_vc::status::Status;
    match status {
        Status::Valid => "valid".into(),
        Status::Invalid => "invalid".into(),
        Status::Suspended => "suspended".into(),
        other => format!("{:#04x}", other.value()),
    }
}
