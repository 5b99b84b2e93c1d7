//! A person at the terminal who is asked for a decision.

use std::io::{self, BufRead, IsTerminal};

use crate::output::Output;

/// Whether a person can be asked: never in a script.
pub(crate) fn is_possible(output: Output) -> bool {
    !output.is_json() && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question on stderr. Anything but a clear yes is a no.
pub(crate) fn agrees(question: &str, output: Output) -> bool {
    output.prompt(&format!("{question} [y/N] "));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
