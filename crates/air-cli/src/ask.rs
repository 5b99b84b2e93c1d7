//! Yes-or-no questions at the terminal.

use std::io::{self, BufRead, IsTerminal};

use crate::output::Output;

/// Whether a question can be asked: stdin and stderr are terminals, and `--json` is off.
pub(crate) fn is_possible(output: Output) -> bool {
    !output.is_json() && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question on stderr. Any answer but `y` or `yes` means no.
pub(crate) fn agrees(question: &str, output: Output) -> bool {
    output.prompt(&format!("{question} [y/N] "));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
