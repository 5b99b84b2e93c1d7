//! `air status list new`.

use std::path::PathBuf;

use air_vc::status::{IndexAllocator, StatusBits, StatusList};
use clap::Args;
use serde_json::json;

use super::ledger::Ledger;
use crate::{exit::Failure, files, output::Output};

const STAYS: &str =
    "a list is not replaced: its entries would mean other credentials; choose another name with --out";

#[derive(Args)]
#[command(
    after_help = "Example:\n  air status list new --uri https://issuer.example/statuslist/1 --out list.json"
)]
pub(crate) struct New {
    /// Where the signed list will be served.
    #[arg(long)]
    uri: String,
    /// How many entries it has. Many, from the start: who asks for a list tells that it holds one of them.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    size: u64,
    /// Bits for each: 1 for valid or not, 2 and more for suspended too.
    #[arg(long, value_name = "1|2|4|8", default_value_t = 2)]
    bits: u64,
    /// The list's file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl New {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        files::require_free(&self.out, STAYS)?;
        let usage = |error: air_vc::Error| Failure::usage(error.to_string());
        let bits = StatusBits::from_number(self.bits).map_err(usage)?;
        let ledger = Ledger {
            uri: self.uri.clone(),
            list: StatusList::new(bits, self.size).map_err(usage)?,
            taken: IndexAllocator::new(self.size).map_err(usage)?,
        };
        ledger.write_new(&self.out, STAYS)?;
        let (entries, file) = (ledger.list.entries(), self.out.display());
        output.result(
            &json!({ "uri": self.uri, "entries": entries, "bits": self.bits }),
            |_| format!("{file}: {entries} entries, all free\nnext: air status list allocate --list {file}"),
        )
    }
}
