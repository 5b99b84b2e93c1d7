//! The one place that writes to the terminal: results to stdout, all else to stderr, colour only for people.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::{
    exit::Failure,
    terminal::{coloured_lines, escaped, printable_lines},
};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const DONE: Style = AnsiColor::Green.on_default().bold();
const FAINT: Style = Style::new().dimmed();
/// Where no terminal says how wide it is.
const COLUMNS: usize = 100;

/// Where a command's words go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

#[expect(clippy::unused_self, reason = "who holds the value may print")]
impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a script reads.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Whether what goes to stdout is read at once, by a person.
    pub(crate) fn is_for_eyes(self) -> bool {
        !self.json && io::stdout().is_terminal()
    }

    /// A result: for scripts as JSON, for people as the lines that `tell` makes of it.
    pub(crate) fn result<T: Serialize>(
        self,
        value: &T,
        tell: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            self.document(value)
        } else {
            self.line(&tell(value))
        }
    }

    /// One JSON document.
    pub(crate) fn document(self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))?;
        self.line(&escaped(&text))
    }

    /// One JSON document on one line, for readers that wait for it.
    pub(crate) fn compact_document(self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(|error| Failure::failed(error.to_string()))?;
        self.line(&escaped(&text))
    }

    /// A line on stdout.
    pub(crate) fn line(self, text: &str) -> Result<(), Failure> {
        let mut stdout = anstream::stdout().lock();
        let text = coloured_lines(text);
        written(writeln!(stdout, "{text}").and_then(|()| stdout.flush()))
    }

    /// Bytes on stdout, never on a terminal.
    pub(crate) fn bytes(self, reader: &mut impl io::Read) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        if stdout.is_terminal() {
            return Err(Failure::usage("the result is binary and stdout is a terminal")
                .with_hint("name a file, or pipe the output into one"));
        }
        written(io::copy(reader, &mut stdout).and_then(|_| stdout.flush()))
    }

    /// A line of the story, for people only.
    pub(crate) fn tell(self, text: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { self.line(text) }
    }

    /// How many columns a line on stdout has.
    pub(crate) fn width(self) -> usize {
        columns(terminal_size::terminal_size_of(io::stdout()))
    }

    /// How many columns a line on stderr has.
    pub(crate) fn note_width(self) -> usize {
        columns(terminal_size::terminal_size_of(io::stderr()))
    }

    /// A remark on stderr.
    pub(crate) fn note(self, text: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{}", coloured_lines(text));
    }

    /// A question on stderr; its answer stands on the same line.
    pub(crate) fn prompt(self, question: &str) {
        let mut stderr = anstream::stderr().lock();
        let _ = write!(stderr, "{}", coloured_lines(question)).and_then(|()| stderr.flush());
    }

    /// Why the command failed, on stderr.
    pub(crate) fn failure(self, failure: &Failure) {
        let mut stderr = anstream::stderr().lock();
        let _ = writeln!(
            stderr,
            "{ERROR}error:{ERROR:#} {}",
            printable_lines(failure.message())
        );
        for detail in failure.details() {
            let _ = writeln!(stderr, "  {}", coloured_lines(detail));
        }
        if let Some(hint) = failure.hint() {
            let _ = writeln!(stderr, "{HINT}hint:{HINT:#} {}", printable_lines(hint));
        }
    }
}

fn columns(size: Option<(terminal_size::Width, terminal_size::Height)>) -> usize {
    size.map_or(COLUMNS, |(width, _)| width.0.into())
}

/// A mark for what is done.
pub(crate) fn done_mark() -> String {
    format!("{DONE}✓{DONE:#}")
}

/// A mark for what was not done.
pub(crate) fn failed_mark() -> String {
    format!("{ERROR}✗{ERROR:#}")
}

/// Text that matters less.
pub(crate) fn faint(text: &str) -> String {
    format!("{FAINT}{text}{FAINT:#}")
}

/// A reader that has read enough (`| head`) is no failure.
fn written(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("stdout can't be written: {error}")))
        }
        _ => Ok(()),
    }
}
