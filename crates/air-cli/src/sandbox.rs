//! `air sandbox`: the local platform.

mod archive;
mod backup;
mod chain;
mod clock;
mod env;
mod faults;
mod json_file;
mod mail;
mod proofs;
mod seed;
pub(crate) mod seeded;
mod snapshot;
mod up;
mod user_data;

use clap::Subcommand;

pub(crate) use self::clock::span;
use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Sandbox {
    /// Run the platform until interrupted; print one line of JSON when it is ready.
    Up(Box<up::Up>),
    /// Print the seeded platform's URL and ids as environment variables for a shell.
    Env(env::EnvArgs),
    /// Set up a running platform from a file and print the ids. What the file names exists once,
    /// however often it is applied.
    Seed(seed::SeedArgs),
    /// Show or inject faults on a running platform: delays, 429s, lost responses, outages, a stuck chain.
    Faults(faults::FaultsArgs),
    /// Show or advance the clock of a running platform, for example to test expiry.
    Clock(clock::ClockArgs),
    /// Back up a data folder or a database, sealed to a public key, while the platform runs.
    Backup(backup::BackupArgs),
    /// Restore a backup into an empty data folder or database.
    Restore(backup::RestoreArgs),
    /// Export everything that a stopped platform has of one user, as JSON.
    ExportUser(user_data::ExportUserArgs),
    /// Erase everything that a stopped platform has of one user, also from free pages, the
    /// write-ahead log and snapshots.
    EraseUser(user_data::EraseUserArgs),
    /// Save, list, restore and delete snapshots of a running platform's state.
    #[command(subcommand)]
    Snapshot(snapshot::SnapshotCommand),
    /// Delete the whole state of a running platform, except its snapshots.
    Reset(snapshot::ResetArgs),
}

impl Sandbox {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Up(arguments) => arguments.run(output).await,
            Self::Env(arguments) => arguments.run(output).await,
            Self::Seed(arguments) => arguments.run(output).await,
            Self::Faults(arguments) => arguments.run(output).await,
            Self::Clock(arguments) => arguments.run(output).await,
            Self::Backup(arguments) => Box::pin(arguments.run(output)).await,
            Self::Restore(arguments) => Box::pin(arguments.run(output)).await,
            Self::ExportUser(arguments) => Box::pin(arguments.run(output)).await,
            Self::EraseUser(arguments) => Box::pin(arguments.run(output)).await,
            Self::Snapshot(command) => command.run(output).await,
            Self::Reset(arguments) => arguments.run(output).await,
        }
    }
}
