//! `air custody`: the CAK specification, section 5.

mod deal;
mod files;
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
}

impl Custody {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Deal(arguments) => arguments.run(output),
            Self::Partial(arguments) => arguments.run(output),
            Self::Verify(arguments) => arguments.run(output),
            Self::Open(arguments) => arguments.run(output),
        }
    }
}
