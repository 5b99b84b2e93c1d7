//! `air custody`: the CAK specification, section 5.

mod agree;
mod agreement;
mod contribute;
mod deal;
mod files;
mod finish;
mod join;
mod open;
mod partial;
mod verify;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Custody {
    /// Shares a managed key among custodians: a group file for everyone, a share file for each.
    Deal(deal::Deal),
    /// A custodian's partial for one sealed file, with its proof, as JSON.
    Partial(partial::PartialArgs),
    /// Checks a group file, and with it a share or partials.
    Verify(verify::Verify),
    /// Opens a sealed file with the partials of enough custodians.
    Open(open::Open),
    /// Makes a custodian's own key, for what follows.
    Join(join::Join),
    /// Calls custodians together to make a key that nobody ever holds.
    Dkg(agree::Dkg),
    /// Calls a group's custodians together to renew their shares, or to give one back who lost theirs.
    Refresh(agree::Refresh),
    /// Calls a group's custodians together to hand its key to others, or to another threshold.
    Reshare(agree::Reshare),
    /// What one custodian sends to all the others of a ceremony.
    Contribute(contribute::Contribute),
    /// Ends a ceremony: a custodian's share and the group, from everyone's dealings.
    Finish(finish::Finish),
}

impl Custody {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Deal(arguments) => arguments.run(output),
            Self::Partial(arguments) => arguments.run(output),
            Self::Verify(arguments) => arguments.run(output),
            Self::Open(arguments) => arguments.run(output),
            Self::Join(arguments) => arguments.run(output),
            Self::Dkg(arguments) => arguments.run(output),
            Self::Refresh(arguments) => arguments.run(output),
            Self::Reshare(arguments) => arguments.run(output),
            Self::Contribute(arguments) => arguments.run(output),
            Self::Finish(arguments) => arguments.run(output),
        }
    }
}
