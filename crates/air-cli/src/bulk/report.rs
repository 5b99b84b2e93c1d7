//! The outcome of the rows, as text and as JSON.

use std::{path::Path, time::Duration};

use air_client::{
    Error,
    bulk::{Reason, Refusal, RefusedRow, Review, RunOutcome, Summary},
};
use serde_json::{Value, json};

use super::wording::Wording;
use crate::{count::noun, exit::Failure, files, output::Output, schema::aligned, terminal::printable};

/// The beginning of the message of an issuer's service without the schema of the options.
const UNKNOWN_SCHEMA: &str = "Invalid Schema";
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
    pub(super) results: Option<&'r Path>,
    pub(super) wording: &'r Wording,
}

/// The result of a dry run.
pub(super) fn reviewed(
    review: &Review,
    input: &Path,
    wording: &Wording,
    output: Output,
) -> Result<(), Failure> {
    let document = json!({
        "dryRun": true,
        "rows": review.rows,
        "refused": review.refused,
        "refusedRows": rows(&review.refused_rows),
    });
    output.result(&document, |_| {
        let good = review.rows - review.refused;
        format!(
            "{good} of {} {} can be sent; nothing was sent",
            review.rows,
            noun(review.rows, "row", "rows")
        )
    })?;
    let next = "fix them, and run this command again; without --dry-run, the other rows are sent";
    let (count, listed) = (review.refused, &review.refused_rows);
    refused(count, listed, review.rows, input, wording, next)
}

impl Report<'_> {
    /// Prints the report. Fails unless every row was issued.
    pub(super) fn render(&self, ended: RunOutcome, output: Output) -> Result<(), Failure> {
        output.result(&self.document(), |_| self.sentence())?;
        let left = self.left();
        let command = self.wording.command;
        let hint = format!("run `{command} --resume` with the same file and options to continue");
        match ended {
            RunOutcome::Failed(error) => {
                let has_unknown_schema = matches!(
                    &error,
                    Error::NotFound { message, .. } if message.starts_with(UNKNOWN_SCHEMA)
                );
                let failure = self.wording.failure(error).about(&self.place());
                return Err(if has_unknown_schema {
                    failure
                } else {
                    failure.with_hint(hint)
                });
            }
            RunOutcome::NotSigned(error) => {
                return Err(Failure::failed(error.to_string())
                    .about(&self.place())
                    .with_hint(hint));
            }
            _ if left > 0 => {
                let message = format!(
                    "{left} of {} {} {} not sent",
                    self.rows,
                    noun(self.rows, "row", "rows"),
                    noun(left, "was", "were")
                );
                return Err(Failure::failed(message).with_hint(hint));
            }
            _ => {}
        }
        if self.summary.unclear > 0 {
            let unclear = self.summary.unclear;
            return Err(Failure::failed(format!(
                "the outcome of {unclear} {} lost",
                noun(
                    unclear,
                    "row is unknown: its response was",
                    "rows is unknown: their responses were"
                )
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
            self.wording,
            &format!(
                "fix these rows in a separate file, and run `{command}` with it; the rows that were issued are done"
            ),
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
            "results": self.results.map(files::shown),
            "refusedRows": rows(&self.summary.refused_rows),
        })
    }

    /// Returns the summary: the counts, the files and the next step. If rows are left or refused,
    /// the failure says it.
    fn sentence(&self) -> String {
        let mut lines = vec![
            self.counts(),
            format!("journal  {}", printable(&self.journal.display().to_string())),
        ];
        lines.extend(
            self.results
                .map(|path| format!("results  {}", printable(&path.display().to_string()))),
        );
        if self.summary.issued == self.rows {
            lines.push(self.wording.next(self.results.is_some()).to_owned());
        }
        lines.join("\n")
    }

    fn counts(&self) -> String {
        if self.rows > 0 && self.sent == 0 && self.summary.issued == self.rows {
            return format!(
                "All rows were issued earlier ({0} of {0}); nothing was sent",
                self.rows
            );
        }
        format!(
            "Issued {} of {} {} in {:.1} s ({:.1} rows a second)",
            self.summary.issued,
            self.rows,
            noun(self.rows, "row", "rows"),
            self.took.as_secs_f64(),
            rate(self.sent, self.took),
        )
    }

    fn place(&self) -> String {
        format!(
            "after {} of {} {}",
            self.summary.done(),
            self.rows,
            noun(self.rows, "row", "rows")
        )
    }

    fn left(&self) -> u64 {
        self.rows.saturating_sub(self.summary.done())
    }
}

fn rows(refused: &[RefusedRow]) -> Vec<Value> {
    let row = |row: &RefusedRow| {
        json!({
            "row": row.number,
            "line": row.line,
            "reason": row.refusal.reason,
            "pointer": row.refusal.pointer,
            "rule": row.refusal.rule.as_ref().map(|rule| &rule.name),
            "message": row.refusal.rule.as_ref().map(|rule| &rule.message),
        })
    };
    refused.iter().map(row).collect()
}

/// The reason why a row was refused: the place and the rule.
pub(super) fn reason(refusal: &Refusal) -> String {
    format!("{} {}", place(refusal), rule(refusal))
}

fn place(refusal: &Refusal) -> String {
    match refusal.pointer.as_str() {
        "" => "the row".to_owned(),
        pointer => match pointer.strip_prefix("/credentialSubject") {
            Some(attribute) if !attribute.is_empty() => printable(attribute),
            _ => printable(pointer),
        },
    }
}

/// The rule of the schema with its name, or the reason.
fn rule(refusal: &Refusal) -> String {
    match &refusal.rule {
        Some(rule) => printable(&format!("{} ({})", rule.message, rule.name)),
        None => refusal.reason.to_string(),
    }
}

fn refused(
    count: u64,
    listed: &[RefusedRow],
    rows: u64,
    input: &Path,
    wording: &Wording,
    next: &str,
) -> Result<(), Failure> {
    if count == 0 {
        return Ok(());
    }
    let cells = |row: &RefusedRow| {
        let refusal = &row.refusal;
        vec![format!("line {}", row.line), place(refusal), rule(refusal)]
    };
    let mut details = aligned(listed.iter().take(SHOWN).map(cells).collect());
    let more = count.saturating_sub(details.len() as u64);
    if more > 0 {
        details.push(format!("and {more} more"));
    }
    let input = printable(&input.display().to_string());
    let lacks_schema =
        wording.has_optional_schema && listed.iter().any(|row| row.refusal.reason == Reason::NotJson);
    let hint = if lacks_schema {
        format!("with `--schema FILE`, cells are typed and need no quotation marks; {next}")
    } else {
        next.to_owned()
    };
    Err(Failure::new(
        wording.refused,
        format!(
            "{count} of {rows} {} of {input} {} refused",
            noun(rows, "row", "rows"),
            noun(count, "was", "were")
        ),
    )
    .with_details(details)
    .with_hint(hint))
}

/// Rows per second.
fn rate(rows: u64, took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "rates are printed with one decimal")]
    let rows = rows as f64;
    (rows / took.as_secs_f64().max(0.001) * 10.0).round() / 10.0
}
