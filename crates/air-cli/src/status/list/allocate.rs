//! `air status list allocate`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::ledger::Ledger;
use crate::{exit::Failure, output::Output};

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  INDEX=$(air status list allocate --list list.json)\n  \
                  air credential issue … --status-uri https://issuer.example/statuslist/1 \\\n      \
                  --status-index $INDEX subject.json")]
pub(crate) struct Allocate {
    /// The file of the list.
    #[arg(long, value_name = "FILE")]
    list: PathBuf,
}

impl Allocate {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        // Save before printing: an index that was printed but not saved could be drawn again.
        let (ledger, index) = Ledger::update(&self.list, |ledger| {
            ledger.taken.allocate(&mut rand::rng()).ok_or_else(|| {
                Failure::failed(format!("all entries of {} are in use", self.list.display()))
                    .with_hint("create another list with another URI: `air status list new`")
            })
        })?;
        let document = json!({ "index": index, "uri": ledger.uri, "free": ledger.taken.free() });
        output.result(&document, |_| index.to_string())
    }
}
