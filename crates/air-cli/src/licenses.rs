//! `air licenses`: the licences of the crates and files that `air` contains.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::json;

use crate::{exit::Failure, output::Output};

/// The list and the texts. Compressed, they have 55 KB in place of 850 KB. `cargo xtask supply-chain --write` generates
/// the file.
const TEXTS: &[u8] = include_bytes!("../assets/THIRD-PARTY-LICENSES.gz");

/// Prints the list of crates with their licences, and each text once.
pub(crate) fn print(output: Output) -> Result<(), Failure> {
    let mut text = String::new();
    GzDecoder::new(TEXTS)
        .read_to_string(&mut text)
        .map_err(|error| Failure::failed(format!("failed to read the embedded licences: {error}")))?;
    output.result(&json!({ "text": text }), |_| text.trim_end().to_owned())
}
