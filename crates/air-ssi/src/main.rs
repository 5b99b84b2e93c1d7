//! Reads one command as JSON on stdin, and writes its answer as JSON on stdout.

use std::{
    io::{self, Read, Write},
    process::ExitCode,
    time::SystemTime,
};

use air_ssi::command::{self, PROTOCOL};
use air_vc::UnixTime;

/// One byte more than the library accepts.
const LIMIT: u64 = 8 * 1024 * 1024 + 1;

const USAGE: &str = "Usage: air-ssi < COMMAND.json
       air-ssi --version

Reads one command as JSON on stdin, and writes its answer as JSON on stdout. A command is an object
whose `command` is issue, present or verify. The package's README lists the members of each.";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if let Some(argument) = arguments.next() {
        if argument == "--version" && arguments.next().is_none() {
            let version = env!("CARGO_PKG_VERSION");
            let written = writeln!(io::stdout(), "air-ssi {version} (protocol {PROTOCOL})");
            return written.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
        }
        let _ = writeln!(io::stderr(), "{USAGE}");
        return ExitCode::from(2);
    }
    let mut input = zeroize::Zeroizing::new(Vec::new());
    if let Err(error) = io::stdin().lock().take(LIMIT).read_to_end(&mut input) {
        let _ = writeln!(io::stderr(), "error: stdin could not be read: {error}");
        return ExitCode::FAILURE;
    }
    // A panic within the library becomes an error; its text could show a claim.
    std::panic::set_hook(Box::new(|_| {}));
    let answer = command::run(&input, UnixTime::from_system_time(SystemTime::now()));
    if writeln!(io::stdout().lock(), "{}", answer.document).is_err() {
        return ExitCode::FAILURE;
    }
    ExitCode::from(answer.exit_code)
}
