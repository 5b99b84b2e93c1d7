//! `air custody`: the CAK specification, section 5.

mod agree;
mod agreement;
mod change_passphrase;
mod contribute;
mod deal;
mod diagnosis;
mod files;
mod finish;
mod join;
mod log;
mod new_files;
mod open;
mod partial;
mod passphrase;
mod sealed_under;
mod verify;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Custody {
    /// Split a managed key into shares: write a group file for everyone, and a share file for each custodian.
    Deal(deal::Deal),
    /// Create a custodian's partial for one sealed file, with its proof, as JSON.
    Partial(partial::PartialArgs),
    /// Check a group file, and optionally a share, partials, or whether the custodians can open a
    /// sealed file.
    Verify(verify::Verify),
    /// Open a sealed file with the partials of enough custodians.
    Open(open::Open),
    /// Check the log of openings.
    #[command(subcommand)]
    Log(log::LogCommand),
    /// Change the passphrase of a share.
    Passphrase(change_passphrase::ChangePassphrase),
    /// Generate a custodian's own key, for the ceremonies below.
    Join(join::Join),
    /// Start a ceremony that generates a key which nobody ever holds (distributed key generation).
    Dkg(agree::Dkg),
    /// Start a ceremony that renews the shares of a group, or restores a lost share.
    Refresh(agree::Refresh),
    /// Start a ceremony that moves a group's key to other custodians or another threshold.
    Reshare(agree::Reshare),
    /// Create one custodian's dealing for a ceremony, to be sent to all the others.
    Contribute(contribute::Contribute),
    /// Finish a ceremony: compute a custodian's share and the group file from all dealings.
    Finish(finish::Finish),
}

impl Custody {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Deal(arguments) => arguments.run(output),
            Self::Partial(arguments) => arguments.run(output),
            Self::Verify(arguments) => arguments.run(output),
            Self::Open(arguments) => arguments.run(output),
            Self::Log(command) => command.run(output),
            Self::Passphrase(arguments) => arguments.run(output),
            Self::Join(arguments) => arguments.run(output),
            Self::Dkg(arguments) => arguments.run(output),
            Self::Refresh(arguments) => arguments.run(output),
            Self::Reshare(arguments) => arguments.run(output),
            Self::Contribute(arguments) => arguments.run(output),
            Self::Finish(arguments) => arguments.run(output),
        }
    }
}
