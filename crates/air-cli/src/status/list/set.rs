//! `air status list set`.

use std::path::PathBuf;

use air_vc::status::Status;
use clap::Args;
use serde_json::json;

use super::{StatusName, ledger::Ledger, words};
use crate::{exit::Failure, output::Output};

#[derive(Args)]
#[command(after_help = "Example:\n  air status list set --list list.json 4711 invalid")]
pub(crate) struct Set {
    /// The file of the list.
    #[arg(long, value_name = "FILE")]
    list: PathBuf,
    /// The index of the credential's entry.
    index: u64,
    /// The new value; it takes effect when the list is published again.
    #[arg(value_enum)]
    status: StatusName,
}

impl Set {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let rejected = |error: air_vc::Error| Failure::rejected(error.to_string());
        let status = Status::from(self.status);
        let (_, (before, was_free)) = Ledger::update(&self.list, |ledger| {
            let before = ledger.list.status(self.index).map_err(rejected)?;
            ledger.list.set(self.index, status).map_err(rejected)?;
            Ok((before, ledger.taken.take(self.index).map_err(rejected)?))
        })?;
        if was_free {
            output.note("warning: this entry was not allocated before; it is marked as used now");
        }
        let document = json!({ "index": self.index, "before": words(before), "status": words(status) });
        output.result(&document, |_| {
            format!(
                "Entry {}: {} → {}\nNext: run `air status list publish`, so that verifiers see it",
                self.index,
                words(before),
                words(status)
            )
        })
    }
}
