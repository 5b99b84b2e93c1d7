//! `air schema search`.

use air_api::sandbox::{SchemaPage, SchemaSearch, SchemaSummary};
use clap::Args;

use super::aligned;
use crate::{
    exit::Failure,
    output::Output,
    partner::{LocalOnly, PlatformArgs},
    terminal::printable,
};

#[derive(Args)]
#[command(after_help = "Example:\n  air schema search proof of age")]
pub(crate) struct Search {
    #[command(flatten)]
    platform: PlatformArgs,
    /// The page, from 1.
    #[arg(long, default_value_t = 1)]
    page: u32,
    /// The number of results on a page, at most 50.
    #[arg(long, default_value_t = 10)]
    limit: u32,
    /// Words to search for; each must be a prefix of a word in the schema [default: list all
    /// schemas, newest first].
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
}

impl Search {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let search = SchemaSearch {
            q: self.words.join(" "),
            page: self.page,
            limit: self.limit,
        };
        let found = self
            .platform
            .connect_local(LocalOnly::COMMAND)?
            .local()
            .search_schemas(&search)
            .await?;
        output.result(&found, render)
    }
}

fn render(page: &SchemaPage) -> String {
    if page.records.is_empty() {
        return "no schema matches; use fewer words, or run `air schema search` to list all".to_owned();
    }
    let mut lines = aligned(page.records.iter().map(row).collect());
    lines.push(format!(
        "{} of {}; run `air schema show ID` for details",
        page.records.len(),
        page.total
    ));
    lines.join("\n")
}

fn row(schema: &SchemaSummary) -> Vec<String> {
    vec![
        schema.schema_id.to_string(),
        printable(&format!("{} {}", schema.title, schema.version)),
        printable(&schema.attributes.join(", ")),
    ]
}
