//! `air sandbox`: the local platform on its own.

mod clock;
mod faults;
mod seed;
mod snapshot;
mod up;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Sandbox {
    /// Runs the platform until it is interrupted; prints one JSON line when it answers.
    Up(up::Up),
    /// Sets up a running platform from a file and prints the ids.
    Seed(seed::SeedArgs),
    /// What goes wrong on demand, on a running platform: delays, 429s, lost answers, outages, a stuck chain.
    Faults(faults::FaultsArgs),
    /// What time it is on a running platform; forward, to see what expires.
    Clock(clock::ClockArgs),
    /// All that a running platform has, kept under a name and put back: save, list, restore, delete.
    #[command(subcommand)]
    Snapshot(snapshot::SnapshotCommand),
    /// Takes all that a running platform has.
    Reset(snapshot::ResetArgs),
}

impl Sandbox {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Up(arguments) => arguments.run(output).await,
            Self::Seed(arguments) => arguments.run(output).await,
            Self::Faults(arguments) => arguments.run(output).await,
            Self::Clock(arguments) => arguments.run(output).await,
            Self::Snapshot(command) => command.run(output).await,
            Self::Reset(arguments) => arguments.run(output).await,
        }
    }
}
