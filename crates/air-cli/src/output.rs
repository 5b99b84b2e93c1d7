//! The only module that writes to the terminal: results to stdout, everything else to stderr,
//! colour only on terminals.

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::json;

use crate::{
    exit::Failure,
    paths::{is_dash, shown},
    terminal::{coloured_lines, escaped, printable_lines},
    wrap::wrapped,
};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const DONE: Style = AnsiColor::Green.on_default().bold();
const FAINT: Style = Style::new().dimmed();
/// The line width without a terminal.
const COLUMNS: usize = 100;

/// Whether something was printed on stdout. With `--json`, there is exactly one document: the
/// answer, or else the error.
static HAS_PRINTED: AtomicBool = AtomicBool::new(false);
/// Whether stderr is a log of JSON, whose lines are all events.
static IS_LOG: AtomicBool = AtomicBool::new(false);

/// From now on, notes and failures are events of the log.
pub(crate) fn log_notes() {
    IS_LOG.store(true, Ordering::Relaxed);
}

/// The document of `--json` if there is no answer.
#[derive(Serialize)]
struct ErrorDocument<'a> {
    error: ErrorMembers<'a>,
}

#[derive(Serialize)]
struct ErrorMembers<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    details: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

/// The destination of a command's output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

#[expect(clippy::unused_self, reason = "only owners of the value may print")]
impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether `--json` is on.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Whether stdout is a terminal.
    pub(crate) fn is_for_eyes(self) -> bool {
        !self.json && io::stdout().is_terminal()
    }

    /// Prints a result: as JSON with `--json`, else as the text that `render` makes of it.
    pub(crate) fn result<T: Serialize>(
        self,
        value: &T,
        render: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            self.document(value)
        } else {
            self.line(&render(value))
        }
    }

    /// Prints one JSON document.
    pub(crate) fn document(self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))?;
        self.raw_line(&escaped(&text))
    }

    /// With `--json`, prints the document of a command whose result is a file. A file on stdout is
    /// the result itself.
    pub(crate) fn wrote(self, path: &Path) -> Result<(), Failure> {
        if self.json && !is_dash(path) {
            self.document(&json!({ "out": shown(path) }))
        } else {
            Ok(())
        }
    }

    /// Prints one JSON document on one line, for programs that read line by line.
    pub(crate) fn compact_document(self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(|error| Failure::failed(error.to_string()))?;
        self.raw_line(&escaped(&text))
    }

    /// Prints text for people on stdout. On a terminal, long lines are broken between words.
    pub(crate) fn line(self, text: &str) -> Result<(), Failure> {
        if io::stdout().is_terminal() {
            self.raw_line(&wrapped(text, self.width()))
        } else {
            self.raw_line(text)
        }
    }

    /// Prints a value for programs on stdout, as it is.
    pub(crate) fn raw_line(self, text: &str) -> Result<(), Failure> {
        HAS_PRINTED.store(true, Ordering::Relaxed);
        let mut stdout = anstream::stdout().lock();
        let text = coloured_lines(text);
        written(writeln!(stdout, "{text}").and_then(|()| stdout.flush()))
    }

    /// Prints bytes on stdout, but never on a terminal.
    pub(crate) fn bytes(self, reader: &mut impl io::Read) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        if stdout.is_terminal() {
            return Err(Failure::usage("the result is binary, and stdout is a terminal")
                .with_hint("pass an output file, or redirect stdout"));
        }
        HAS_PRINTED.store(true, Ordering::Relaxed);
        written(io::copy(reader, &mut stdout).and_then(|_| stdout.flush()))
    }

    /// Prints a line on stdout, unless `--json` is on.
    pub(crate) fn print(self, text: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { self.line(text) }
    }

    /// The number of columns of stdout.
    pub(crate) fn width(self) -> usize {
        columns(terminal_size::terminal_size_of(io::stdout()))
    }

    /// The number of columns of stderr.
    pub(crate) fn note_width(self) -> usize {
        columns(terminal_size::terminal_size_of(io::stderr()))
    }

    /// Prints a note on stderr.
    pub(crate) fn note(self, text: &str) {
        if !IS_LOG.load(Ordering::Relaxed) {
            self.error_line(text);
        } else if let Some(warning) = text.strip_prefix("warning: ") {
            tracing::warn!("{warning}");
        } else {
            tracing::info!("{text}");
        }
    }

    /// Prints text for people on stderr. On a terminal, long lines are broken between words.
    fn error_line(self, text: &str) {
        let text = coloured_lines(text);
        let text = if io::stderr().is_terminal() {
            wrapped(&text, self.note_width())
        } else {
            text
        };
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }

    /// Prints a question on stderr, without a line break.
    pub(crate) fn prompt(self, question: &str) {
        let mut stderr = anstream::stderr().lock();
        let _ = write!(stderr, "{}", coloured_lines(question)).and_then(|()| stderr.flush());
    }

    /// Prints a failure on stderr. With `--json`, it is also the document on stdout, unless there
    /// was an answer.
    pub(crate) fn failure(self, failure: &Failure) {
        self.error_document(failure);
        if IS_LOG.load(Ordering::Relaxed) {
            let details = failure.details().join("; ");
            tracing::error!(details, hint = failure.hint(), "{}", failure.message());
            return;
        }
        let message = printable_lines(failure.message());
        self.error_line(&format!("{ERROR}error:{ERROR:#} {message}"));
        for detail in failure.details() {
            self.error_line(&format!("  {detail}"));
        }
        if let Some(hint) = failure.hint() {
            self.error_line(&format!("{HINT}hint:{HINT:#} {}", printable_lines(hint)));
        }
    }

    /// Prints clap's message about wrong arguments on stderr. With `--json`, the failure is also
    /// the document on stdout.
    pub(crate) fn wrong_usage(self, failure: &Failure, message: &str) {
        self.error_document(failure);
        self.error_line(message.trim_end());
    }

    /// With `--json` and without an answer, prints a failure as a document on stdout.
    pub(crate) fn error_document(self, failure: &Failure) {
        if !self.json || HAS_PRINTED.load(Ordering::Relaxed) {
            return;
        }
        // stderr has the failure, too: nothing is lost if stdout is closed.
        let _ = self.document(&ErrorDocument {
            error: ErrorMembers {
                code: failure.exit().code(),
                message: failure.message(),
                details: failure.details(),
                hint: failure.hint(),
            },
        });
    }
}

fn columns(size: Option<(terminal_size::Width, terminal_size::Height)>) -> usize {
    size.map_or(COLUMNS, |(width, _)| width.0.into())
}

/// The mark of a success.
pub(crate) fn done_mark() -> String {
    format!("{DONE}✓{DONE:#}")
}

/// The mark of a failure.
pub(crate) fn failed_mark() -> String {
    format!("{ERROR}✗{ERROR:#}")
}

/// Dimmed text.
pub(crate) fn faint(text: &str) -> String {
    format!("{FAINT}{text}{FAINT:#}")
}

/// Ignores a closed pipe (`| head`).
fn written(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("failed to write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}
