//! `air custody verify`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::files::{read_group, read_header, read_partials, read_share};
use crate::{exit::Failure, output::Output};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air custody verify --group group.json --share share-2.json\n  \
                        air custody verify --group group.json --partial partial-1.json partial-2.json --container scan.sealed"
)]
pub(crate) struct Verify {
    /// The group file; its keys must be consistent.
    #[arg(long, value_name = "FILE")]
    group: PathBuf,
    /// A share file; it must belong to the group.
    #[arg(long, value_name = "FILE")]
    share: Option<PathBuf>,
    /// Partials; they must be valid for the container.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "container")]
    partial: Vec<PathBuf>,
    /// The sealed file that the partials are for.
    #[arg(long, value_name = "CONTAINER")]
    container: Option<PathBuf>,
}

impl Verify {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let group = read_group(&self.group)?;
        if let Some(path) = &self.share {
            group.verify_share(&read_share(path, &group, output)?)?;
        }
        if let Some(container) = &self.container {
            let header = read_header(container)?;
            for partial in read_partials(&self.partial, group.context().curve())? {
                group.verify_partial(&header, &partial)?;
            }
        }
        let document = json!({
            "valid": true,
            "threshold": group.threshold(),
            "shares": group.shares(),
            "publicKey": group.public_key().to_string(),
            "partials": self.partial.len(),
        });
        output.result(&document, |_| {
            format!(
                "valid: any {} of {} custodians can open",
                group.threshold(),
                group.shares()
            )
        })
    }
}
