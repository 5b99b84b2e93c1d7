//! Questions at the terminal.

use std::io::{self, BufRead, IsTerminal};

use zeroize::Zeroizing;

use crate::{exit::Failure, output::Output};

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

/// Asks for a secret, which the terminal does not show.
pub(crate) fn secret(question: &str, output: Output) -> Result<Zeroizing<String>, Failure> {
    output.prompt(question);
    rpassword::read_password().map(Zeroizing::new).map_err(|error| {
        Failure::failed(format!(
            "failed to read the passphrase from the terminal: {error}"
        ))
    })
}
