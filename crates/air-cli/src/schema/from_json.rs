//! `air schema from-json`.

use std::path::PathBuf;

use air_schema::{CredentialSchema, Error};
use annotate_snippets::Level;
use clap::Args;

use crate::{exit::Failure, files, output::Output, positions::Positions, quote::Quotes};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air schema from-json credential-schema.json > schema.json\n  \
                  air schema from-json untitled.json --title \"Proof of age\" > schema.json"
)]
pub(crate) struct FromJson {
    /// A JSON Schema of an object (draft 7 or 2020-12), or a platform's schema document; `-` is stdin.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The schema's title; required if the document has none [default: the document's title].
    #[arg(long)]
    title: Option<String>,
}

impl FromJson {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let text = files::read_text(&self.file)?;
        let read = match &self.title {
            Some(title) => CredentialSchema::from_json_schema_titled(text.as_bytes(), title),
            None => CredentialSchema::from_json_schema(text.as_bytes()),
        };
        let schema = read.map_err(|error| self.refused(&error, &Positions::of(&text), output))?;
        output.document(&schema)
    }

    fn refused(&self, error: &Error, positions: &Positions<'_>, output: Output) -> Failure {
        let name = self.file.display();
        let place = match error {
            Error::Misfit { pointer, .. } => positions.value(pointer),
            _ => None,
        };
        let position = place.map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
        let failure = Failure::rejected(format!("{name}{position}: {error}"));
        let failure = match error {
            Error::Misfit { keyword, .. } if keyword == "title" => failure.with_hint("pass --title"),
            _ => failure,
        };
        let Some(at) = place else {
            return failure;
        };
        if output.is_json() {
            return failure;
        }
        let quotes = Quotes::of_schema(positions, Level::ERROR, output.note_width());
        failure.with_details(quotes.at(at))
    }
}
