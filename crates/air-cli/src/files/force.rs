//! `--force`: whether an output file that exists is replaced.

use std::{fs, path::Path};

use clap::Args;
use serde::Serialize;

use super::{AtomicFile, Audience, is_dash, is_folder, require_free, write_atomic};
use crate::{exit::Failure, output::Output};

const REPLACE: &str = "--force replaces it";

/// The option for an output file that exists. Secrets and state that must not be lost don't have
/// the option: see [`write_new`](super::write_new).
#[derive(Args, Clone, Copy)]
pub(crate) struct ForceArgs {
    /// Replace output files that exist.
    #[arg(long)]
    force: bool,
}

impl ForceArgs {
    /// Fails early, before any work is done, when the file cannot be created. Only [`Self::write`]
    /// and [`Self::publish`] exclude races.
    pub(crate) fn check(self, path: &Path) -> Result<(), Failure> {
        if is_dash(path) {
            return Ok(());
        }
        match fs::metadata(path) {
            Ok(existing) if existing.is_dir() => Err(is_folder(path)),
            // A pipe or a device is written to, not replaced.
            Ok(existing) if !existing.is_file() => Ok(()),
            _ if self.force => Ok(()),
            _ => require_free(path, REPLACE),
        }
    }

    /// Writes a file at once: whole or not at all.
    pub(crate) fn write(self, path: &Path, bytes: &[u8], audience: Audience) -> Result<(), Failure> {
        self.publish(write_atomic(path, bytes, audience)?)
    }

    /// Writes a JSON document that only its owner may read, or prints it if the path is `-`.
    pub(crate) fn write_document(
        self,
        path: &Path,
        document: &impl Serialize,
        output: Output,
    ) -> Result<(), Failure> {
        if is_dash(path) {
            return output.document(document);
        }
        let text =
            serde_json::to_string_pretty(document).map_err(|error| Failure::failed(error.to_string()))?;
        self.write(path, format!("{text}\n").as_bytes(), Audience::Owner)?;
        output.wrote(path)
    }

    /// Publishes a draft under its name.
    pub(crate) fn publish(self, file: AtomicFile) -> Result<(), Failure> {
        if self.force || !file.takes_a_name() {
            file.publish()
        } else {
            file.publish_new(REPLACE)
        }
    }
}
