//! Lists of the local platform's accounts and programs.

use air_api::sandbox::{ListQuery, RecordPage};
use clap::Args;
use serde::Serialize;

use crate::{exit::Failure, output::Output, partner::SetUpArgs, schema::aligned};

/// The query of a list.
#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) platform: SetUpArgs,
    /// The page, from 1.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// A part of a name, a title or an id [default: list all, newest first].
    #[arg(value_name = "TEXT", default_value = "", hide_default_value = true)]
    text: String,
}

impl ListArgs {
    pub(crate) fn query(&self) -> ListQuery {
        ListQuery {
            q: self.text.clone(),
            page: self.page,
        }
    }

    /// Prints a page, with a row for each record.
    pub(crate) fn render<T: Serialize>(
        &self,
        page: &RecordPage<T>,
        row: impl Fn(&T) -> Vec<String>,
        output: Output,
    ) -> Result<(), Failure> {
        output.result(page, |page| {
            if page.records.is_empty() {
                return "nothing matches".to_owned();
            }
            let mut lines = aligned(page.records.iter().map(row).collect());
            if page.has_more {
                lines.push(format!("There are more: pass --page {}", self.page + 1));
            }
            lines.join("\n")
        })
    }
}

/// Returns the only record with this id or name.
pub(crate) fn only<T>(page: RecordPage<T>, noun: &str, is_it: impl Fn(&T) -> bool) -> Result<T, Failure> {
    let mut found = page.records.into_iter().filter(|record| is_it(record));
    match (found.next(), found.next()) {
        (Some(record), None) => Ok(record),
        (None, _) => Err(Failure::rejected(format!("the platform has no such {noun}"))
            .with_hint(format!("run `air {noun} list` to see the ids"))),
        (Some(_), Some(_)) => Err(Failure::usage(format!(
            "several have this name: pass the {noun}'s id"
        ))),
    }
}

/// Rows of a name and a value.
pub(crate) fn describe(rows: Vec<[String; 2]>) -> String {
    aligned(rows.into_iter().map(Vec::from).collect()).join("\n")
}

/// `yes` or `no`.
pub(crate) fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}
