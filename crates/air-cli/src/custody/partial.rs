//! `air custody partial`.

use std::path::PathBuf;

use clap::Args;

use super::files::{read_header, read_share};
use crate::{exit::Failure, files::is_dash, output::Output, sealing::read_group, time};

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air custody partial --share share-2.json --group group.json scan.sealed \\\n      \
                  > partial-2.json")]
pub(crate) struct PartialArgs {
    /// The custodian's share file.
    #[arg(long, value_name = "FILE")]
    share: PathBuf,
    /// The passphrase of an encrypted share; `-` is stdin [default: ask on the terminal].
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The group file.
    #[arg(long, value_name = "FILE")]
    group: PathBuf,
    /// State a purpose, which is signed with the share together with the time and the container's
    /// fingerprint.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    purpose: Option<String>,
    /// The sealed file; `-` is stdin. Only its header is read.
    #[arg(value_name = "CONTAINER")]
    container: PathBuf,
}

impl PartialArgs {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let from_stdin = [
            Some(&self.share),
            self.passphrase_file.as_ref(),
            Some(&self.container),
        ];
        if from_stdin
            .into_iter()
            .flatten()
            .filter(|path| is_dash(path))
            .count()
            > 1
        {
            return Err(Failure::usage(
                "only one of the share, its passphrase and the container can be read from stdin",
            ));
        }
        let group = read_group(&self.group)?;
        let share = read_share(&self.share, &group, self.passphrase_file.as_deref(), output)?;
        let header = read_header(&self.container)?;
        let rng = &mut rand::rng();
        let partial = match &self.purpose {
            None => share.partial(&group, &header, rng)?,
            Some(purpose) => share.partial_about(&group, &header, time::now(), purpose, rng)?,
        };
        output.raw_line(&partial.to_json())
    }
}
