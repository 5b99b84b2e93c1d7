//! The results file: a CSV that maps each address to its credential's hash or id, or to the reason
//! why there is none.

use std::{io::Write, path::Path};

use air_client::bulk::{BulkError, Journal, NumberedRow, RowOutcome};

use super::input::Input;
use crate::{
    exit::Failure,
    files::{self, Audience},
};

/// The number of rows whose outcomes are in memory at once.
const BLOCK: u64 = 100_000;

/// Writes the file whole, readable by its owner only. `credential` is the name of the column of the
/// hash or id. The file replaces the file of an earlier part of the run.
pub(super) fn write(
    path: &Path,
    input: &Input,
    journal: &Journal,
    credential: &str,
    failed: impl Fn(BulkError) -> Failure,
) -> Result<(), Failure> {
    let mut text = format!("row,line,email,outcome,{credential},reason\n").into_bytes();
    let mut block = Vec::new();
    let mut begin = 0;
    for row in input.unchecked_rows().map_err(&failed)? {
        let row = row.map_err(&failed)?;
        if row.number >= begin + block.len() as u64 {
            begin = row.number;
            block = journal.outcomes(begin..begin + BLOCK).map_err(&failed)?;
        }
        let place = usize::try_from(row.number - begin).unwrap_or(usize::MAX);
        let outcome = block.get(place).and_then(Option::as_ref);
        write_row(&mut text, &row, outcome);
    }
    files::write(path, &text, Audience::Owner)
}

fn write_row(text: &mut Vec<u8>, row: &NumberedRow, outcome: Option<&RowOutcome>) {
    let email = match &row.content {
        Ok(content) => content.email.as_str(),
        Err(_) => "",
    };
    let (outcome, hash, reason) = match outcome {
        Some(RowOutcome::Issued(hash)) => ("issued", hash.to_string(), String::new()),
        Some(RowOutcome::Stored { external_id }) => {
            ("issued", external_id.clone().unwrap_or_default(), String::new())
        }
        Some(RowOutcome::Refused(refusal)) => ("refused", String::new(), super::report::reason(refusal)),
        Some(RowOutcome::Unclear { request_id }) => {
            let request = request_id.as_ref().map(|id| format!(" (request {id})"));
            let reason = format!("the response was lost{}", request.unwrap_or_default());
            ("unclear", String::new(), reason)
        }
        _ => ("left", String::new(), String::new()),
    };
    let cells = [email, outcome, &hash, &reason].map(quoted);
    // Writing to memory does not fail.
    let _ = writeln!(text, "{},{},{}", row.number, row.line, cells.join(","));
}

/// A cell, in quotation marks if it needs them (RFC 4180).
fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_needs_quotation_marks_has_them() {
        assert_eq!(quoted("ada@example.com"), "ada@example.com");
        assert_eq!(quoted("\"a,b\"@example.com"), "\"\"\"a,b\"\"@example.com\"");
    }
}
