//! `air schema from-json`.

use std::path::PathBuf;

use air_schema::{CredentialSchema, Error};
use clap::Args;

use crate::{exit::Failure, files, output::Output, positions::Positions};

#[derive(Args)]
#[command(after_help = "Example:\n  air schema from-json credential-schema.json > schema.json")]
pub(crate) struct FromJson {
    /// A JSON Schema of an object (draft 7 or 2020-12), or a platform's schema document; `-` is stdin.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl FromJson {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let text = files::read_text(&self.file)?;
        let schema = CredentialSchema::from_json_schema(text.as_bytes()).map_err(|error| {
            let mut place = self.file.display().to_string();
            if let Error::Misfit { pointer, .. } = &error
                && let Some(at) = Positions::of(&text).value(pointer)
            {
                place = format!("{place}:{}:{}", at.line, at.column);
            }
            Failure::rejected(format!("{place}: {error}"))
        })?;
        output.document(&schema)
    }
}
