//! Results that are printed, or written to a file.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::{
    exit::Failure,
    files::{Audience, ForceArgs, is_dash, require_own_name},
    output::Output,
};

#[derive(Args)]
pub(super) struct OutArgs {
    /// The file to write, with mode 0600 [default: stdout].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
}

impl OutArgs {
    /// Fails early if the file exists, or is another file of the command.
    pub(super) fn check(&self, others: &[&Path]) -> Result<(), Failure> {
        let Some(path) = self.out.as_deref() else {
            return Ok(());
        };
        require_own_name(path, others)?;
        self.force.check(path)
    }

    /// Writes a text, or prints it; with `--json`, as a document.
    pub(super) fn text(&self, text: &str, document: &impl Serialize, output: Output) -> Result<(), Failure> {
        match &self.out {
            Some(path) if !is_dash(path) => {
                self.force
                    .write(path, format!("{text}\n").as_bytes(), Audience::Owner)?;
                output.wrote(path)
            }
            _ if output.is_json() => output.document(document),
            _ => output.raw_line(text),
        }
    }

    /// Writes a JSON document, or prints it.
    pub(super) fn document(&self, document: &impl Serialize, output: Output) -> Result<(), Failure> {
        match &self.out {
            Some(path) => self.force.write_document(path, document, output),
            None => output.document(document),
        }
    }
}
