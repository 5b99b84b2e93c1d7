//! A person at a terminal: questions to stderr, answers from stdin.

use std::io::{self, BufRead, Read};

use tokio::sync::oneshot;

use super::dialogue::{Prompter, Stopped};
use crate::{ask, exit::Failure, output::Output};

/// The maximum length of a line: longer than any text of a form.
const LINE_LIMIT: u64 = 64 * 1024;

/// Whether questions can be asked: stdin and stderr are terminals, and `--json` is off.
pub(super) fn is_there(output: Output) -> bool {
    ask::is_possible(output)
}

/// Runs an interview until it ends, the input ends, or Ctrl-C.
///
/// Reading from a terminal can't be cancelled, so it runs in a separate thread that ends with the process.
pub(super) async fn hold<T: Send + 'static>(
    output: Output,
    interview: impl FnOnce(&mut Terminal) -> Result<T, Stopped> + Send + 'static,
) -> Result<T, Failure> {
    let answered = async {
        let (say, told) = oneshot::channel();
        std::thread::spawn(move || say.send(interview(&mut Terminal(output))).map_err(drop));
        told.await.unwrap_or(Err(Stopped))
    };
    tokio::select! {
        biased;
        Ok(()) = tokio::signal::ctrl_c() => Err(Stopped),
        outcome = answered => outcome,
    }
    .map_err(|Stopped| {
        // The cursor is behind a question.
        output.note("");
        Failure::failed("stopped before the schema was finished; nothing was written")
    })
}

/// The terminal.
pub(super) struct Terminal(Output);

impl Prompter for Terminal {
    fn answer(&mut self, question: &str) -> Result<String, Stopped> {
        self.0.prompt(question);
        let mut line = Vec::new();
        let read = io::stdin().lock().take(LINE_LIMIT).read_until(b'\n', &mut line);
        match read {
            Ok(length) if length > 0 => {}
            _ => return Err(Stopped),
        }
        // Invalid UTF-8 becomes a character that no question accepts.
        let line = String::from_utf8(line).unwrap_or_else(|_| "\0".to_owned());
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn say(&mut self, text: &str) {
        self.0.note(text);
    }
}
