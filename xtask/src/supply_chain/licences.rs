//! The file with the licences that `air licenses` prints.

use std::{
    fs,
    io::{Read, Write},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};

use crate::{
    dist::notices,
    shell::{Outcome, root},
};

const FILE: &str = "crates/air-cli/assets/THIRD-PARTY-LICENSES.gz";
/// The platform whose crates are in the file. The packages of a release have a file for their own platform.
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// The maximum size of the text.
const LIMIT: u64 = 8 * 1024 * 1024;

/// Checks that the file has the licences of the present crates.
pub(super) fn check() -> Outcome {
    let failed = |error: std::io::Error| format!("{FILE}: {error}");
    let bytes = fs::read(root().join(FILE)).map_err(failed)?;
    let mut text = String::new();
    GzDecoder::new(bytes.as_slice())
        .take(LIMIT)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text == notices::of("air-cli", TARGET)? {
        Ok(())
    } else {
        Err(format!(
            "{FILE} does not have the licences of the crates in Cargo.lock; run `cargo xtask supply-chain --write`"
        ))
    }
}

/// Writes the file.
pub(super) fn write() -> Outcome {
    let text = notices::of("air-cli", TARGET)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(text.as_bytes())
        .and_then(|()| encoder.finish())
        .and_then(|bytes| fs::write(root().join(FILE), bytes))
        .map_err(|error| format!("{FILE}: {error}"))
}
