//! `air status list new`.

use std::path::PathBuf;

use air_vc::status::{IndexAllocator, StatusBits, StatusList};
use clap::Args;
use serde_json::json;

use super::ledger::Ledger;
use crate::{count::counted, exit::Failure, files, output::Output};

const STAYS: &str =
    "a list is never replaced, since issued credentials refer to its entries; choose another name with --out";

#[derive(Args)]
#[command(
    after_help = "Example:\n  air status list new --uri https://issuer.example/statuslist/1 --out list.json"
)]
pub(crate) struct New {
    /// The URI where the signed list will be served.
    #[arg(long)]
    uri: String,
    /// The number of entries. Use many from the start: fetching a list reveals that the verifier
    /// has one of its credentials.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    size: u64,
    /// The number of bits in an entry: 1 for valid and invalid, 2 or more to include suspended.
    #[arg(long, value_name = "1|2|4|8", default_value_t = 2)]
    bits: u64,
    /// The file to write.
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
            |_| {
                format!(
                    "Wrote {file}: {}, all free\nNext: `air status list allocate --list {file}`",
                    counted(entries, "entry", "entries")
                )
            },
        )
    }
}
