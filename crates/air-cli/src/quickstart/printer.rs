//! Prints the steps as they run: a mark, the result and the time of each.

use std::{path::Path, time::Instant};

use serde::Serialize;

use crate::{
    exit::Failure,
    output::{Output, done_mark, failed_mark, faint},
};

const TITLE_WIDTH: usize = 17;
/// The indentation of further lines: after the number, mark, title and time.
const INDENT: usize = 4 + TITLE_WIDTH + 10;
/// The width of the results, without the indentation: on a terminal that is narrower, less.
const LINE_WIDTH: usize = 88;
const NARROWEST: usize = 20;

/// The result of a step, and its output: the first line is printed beside the step's title, the others below.
pub(super) struct StepOutput<T> {
    value: T,
    lines: Vec<String>,
    done: bool,
}

/// A step in the report.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StepTime {
    step: &'static str,
    milliseconds: u128,
}

pub(super) struct StepPrinter {
    output: Output,
    started: Instant,
    steps: Vec<StepTime>,
}

impl<T> StepOutput<T> {
    pub(super) fn new(value: T, lines: impl IntoIterator<Item = String>) -> Self {
        Self {
            value,
            lines: lines.into_iter().collect(),
            done: true,
        }
    }

    /// A step that ended without the expected result.
    pub(super) fn refused(value: T, line: &str) -> Self {
        Self {
            value,
            lines: vec![line.to_owned()],
            done: false,
        }
    }
}

impl StepPrinter {
    pub(super) fn begin(output: Output) -> Result<Self, Failure> {
        output.print("Issues a credential, seals documents and verifies with consent on this machine.\n")?;
        Ok(Self {
            output,
            started: Instant::now(),
            steps: Vec::new(),
        })
    }

    pub(super) fn output(&self) -> Output {
        self.output
    }

    pub(super) fn steps(&self) -> &[StepTime] {
        &self.steps
    }

    pub(super) async fn step<T>(
        &mut self,
        title: &'static str,
        work: impl Future<Output = Result<StepOutput<T>, Failure>>,
    ) -> Result<T, Failure> {
        let number = self.steps.len() + 1;
        let started = Instant::now();
        let step_output = match work.await {
            Ok(step_output) => step_output,
            Err(failure) => {
                self.output
                    .print(&format!("{number} {} {title}", failed_mark()))?;
                return Err(failure);
            }
        };
        let milliseconds = started.elapsed().as_millis();
        let mark = if step_output.done {
            done_mark()
        } else {
            failed_mark()
        };
        let width = self.line_width();
        let mut lines = step_output.lines.iter().flat_map(|line| wrap(line, width));
        let first = lines.next().unwrap_or_default();
        let time = faint(&format!("{milliseconds:>5} ms"));
        self.output
            .print(&format!("{number} {mark} {title:TITLE_WIDTH$}{time}  {first}"))?;
        for line in lines {
            self.output.print(&format!("{:INDENT$}{line}", ""))?;
        }
        self.steps.push(StepTime {
            step: title,
            milliseconds,
        });
        Ok(step_output.value)
    }

    pub(super) fn end(&self, folder: &Path, agreed: bool) -> Result<(), Failure> {
        let folder = folder.display();
        let seconds = self.started.elapsed().as_secs_f64();
        let outcome = if agreed {
            "Done"
        } else {
            "Stopped: the user denied consent"
        };
        self.output.print(&format!(
            "\n{outcome} ({seconds:.1} s). All generated files are in {folder}/.\n{folder}/README.txt describes each file, \
             with a command for each step."
        ))
    }

    /// The width of a result's lines: what the terminal leaves beside the indentation.
    fn line_width(&self) -> usize {
        if self.output.is_for_eyes() {
            self.output
                .width()
                .saturating_sub(INDENT)
                .clamp(NARROWEST, LINE_WIDTH)
        } else {
            LINE_WIDTH
        }
    }
}

/// Wraps lines at `width` characters. A word that is wider, such as a DID, stays on its line, which the output breaks before it.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if length > width || line.chars().count() + 1 + length <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_between_words_and_loses_none() {
        let text = "word ".repeat(100);
        let lines = wrap(text.trim(), LINE_WIDTH);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= LINE_WIDTH));
        assert_eq!(lines.join(" "), text.trim());
        let long = "x".repeat(2 * LINE_WIDTH);
        assert_eq!(wrap(&long, LINE_WIDTH), [&*long]);
        let text = format!("issuer {long} signs");
        assert_eq!(
            wrap(&text, LINE_WIDTH),
            [format!("issuer {long}"), "signs".to_owned()]
        );
    }
}
