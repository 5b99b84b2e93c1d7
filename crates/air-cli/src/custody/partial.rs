//! `air custody partial`.

use std::path::PathBuf;

use clap::Args;

use super::files::{read_group, read_header, read_share};
use crate::{exit::Failure, output::Output};

#[derive(Args)]
#[command(
    after_help = "Example:\n  air custody partial --share share-2.json --group group.json scan.sealed > partial-2.json"
)]
pub(crate) struct PartialArgs {
    /// The custodian's share file.
    #[arg(long, value_name = "FILE")]
    share: PathBuf,
    /// The group file.
    #[arg(long, value_name = "FILE")]
    group: PathBuf,
    /// The sealed file; `-` is stdin. Only its header is read.
    #[arg(value_name = "CONTAINER")]
    container: PathBuf,
}

impl PartialArgs {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let group = read_group(&self.group)?;
        let share = read_share(&self.share, &group, output)?;
        let header = read_header(&self.container)?;
        let partial = share.partial(&group, &header, &mut rand::rng())?;
        output.line(&partial.to_json())
    }
}
