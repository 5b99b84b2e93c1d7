//! The outcome of the rows, as text and as JSON.

use std::{path::Path, time::Duration};

use air_client::bulk::{RefusedRow, Review, RunOutcome, Summary};
use serde_json::{Value, json};

use super::rate;
use crate::{exit::Failure, files, output::Output, schema::aligned, terminal::printable};

/// The maximum number of refused rows in the text output.
const SHOWN: usize = 20;

pub(super) struct Report<'r> {
    pub(super) rows: u64,
    /// The number of rows that this invocation sent.
    pub(super) sent: u64,
    pub(super) took: Duration,
    pub(super) summary: &'r Summary,
    pub(super) run_id: String,
    pub(super) input: &'r Path,
    pub(super) journal: &'r Path,
}

/// The result of a dry run.
pub(super) fn reviewed(review: &Review, input: &Path, output: Output) -> Result<(), Failure> {
    let document = json!({
        "dryRun": true,
        "rows": review.rows,
        "refused": review.refused,
        "refusedRows": rows(&review.refused_rows),
    });
    output.result(&document, |_| {
        let good = review.rows - review.refused;
        format!("{good} of {} rows can be sent; nothing was sent", review.rows)
    })?;
    refused(review.refused, &review.refused_rows, review.rows, input)
}

impl Report<'_> {
    /// Prints the report. Fails unless every row was issued.
    pub(super) fn render(&self, ended: RunOutcome, output: Output) -> Result<(), Failure> {
        output.result(&self.document(), |_| self.sentence())?;
        let left = self.left();
        let hint = "run `air bulk --resume` with the same file and options to continue";
        match ended {
            RunOutcome::Failed(error) => {
                return Err(Failure::from(error).about(&self.place()).with_hint(hint));
            }
            RunOutcome::NotSigned(error) => {
                return Err(Failure::failed(error.to_string())
                    .about(&self.place())
                    .with_hint(hint));
            }
            _ if left > 0 => {
                return Err(
                    Failure::failed(format!("{left} of {} rows were not sent", self.rows)).with_hint(hint),
                );
            }
            _ => {}
        }
        if self.summary.unclear > 0 {
            return Err(Failure::failed(format!(
                "the outcome of {} rows is unknown: their responses were lost",
                self.summary.unclear
            ))
            .with_hint(
                "the journal lists these rows with their request ids; --on-duplicate ignore avoids this",
            ));
        }
        refused(
            self.summary.refused,
            &self.summary.refused_rows,
            self.rows,
            self.input,
        )
    }

    fn document(&self) -> Value {
        json!({
            "runId": self.run_id,
            "complete": self.left() == 0,
            "rows": self.rows,
            "issued": self.summary.issued,
            "refused": self.summary.refused,
            "unclear": self.summary.unclear,
            "left": self.left(),
            "seconds": self.took.as_secs_f64(),
            "rowsPerSecond": rate(self.sent, self.took),
            "journal": files::shown(self.journal),
            "refusedRows": rows(&self.summary.refused_rows),
        })
    }

    fn sentence(&self) -> String {
        format!(
            "Issued {} of {} rows in {:.1} s ({:.1} rows a second). Journal: {}",
            self.summary.issued,
            self.rows,
            self.took.as_secs_f64(),
            rate(self.sent, self.took),
            told(&self.journal.display().to_string()),
        )
    }

    fn place(&self) -> String {
        format!("after {} of {} rows", self.summary.done(), self.rows)
    }

    fn left(&self) -> u64 {
        self.rows.saturating_sub(self.summary.done())
    }
}

/// Makes text of the input printable on one line.
pub(super) fn told(text: &str) -> String {
    printable(text)
}

fn rows(refused: &[RefusedRow]) -> Vec<Value> {
    let row = |row: &RefusedRow| {
        json!({
            "row": row.number,
            "line": row.line,
            "reason": row.refusal.reason,
            "pointer": row.refusal.pointer,
        })
    };
    refused.iter().map(row).collect()
}

fn refused(count: u64, listed: &[RefusedRow], rows: u64, input: &Path) -> Result<(), Failure> {
    if count == 0 {
        return Ok(());
    }
    let cells = |row: &RefusedRow| {
        let place = match row.refusal.pointer.as_str() {
            "" => "the row".to_owned(),
            pointer => told(pointer),
        };
        vec![
            format!("line {}", row.line),
            place,
            row.refusal.reason.to_string(),
        ]
    };
    let mut details = aligned(listed.iter().take(SHOWN).map(cells).collect());
    let more = count.saturating_sub(details.len() as u64);
    if more > 0 {
        details.push(format!("and {more} more"));
    }
    let input = told(&input.display().to_string());
    Err(
        Failure::rejected(format!("{count} of {rows} rows of {input} were refused"))
            .with_details(details)
            .with_hint("fix these rows in a separate file; the rows that were issued are done"),
    )
}
