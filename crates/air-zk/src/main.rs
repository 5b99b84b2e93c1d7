//! Reads one command as JSON on stdin, and writes its answer as JSON on stdout. Not audited.
#![expect(clippy::disallowed_methods, reason = "the program reads the clock")]

use std::{
    io::{self, Read, Write},
    process::ExitCode,
    time::SystemTime,
};

use air_ids::UnixTime;
use air_zk::command::{self, PROTOCOL};
use rand_core::UnwrapErr;
use system_randomness::SysRng;
use zeroize::Zeroizing;

/// One byte more than the library accepts.
const LIMIT: u64 = 8 * 1024 * 1024 + 1;

const USAGE: &str = "Usage: air-zk < COMMAND.json
       air-zk --version

Predicate proofs over credentials. EXPERIMENTAL: nothing of it was audited, and it is off by default:
`air` runs it only for its commands on proofs.

Reads one command as JSON on stdin, and writes its answer as JSON on stdout. A command is an object
whose `command` is keys, commit, issue, token, request, present or verify. The book's page on
predicate proofs has the members of each.";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if let Some(argument) = arguments.next() {
        if argument == "--version" && arguments.next().is_none() {
            let version = env!("CARGO_PKG_VERSION");
            let written = writeln!(
                io::stdout(),
                "air-zk {version} (protocol {PROTOCOL}, not audited)"
            );
            return written.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
        }
        let _ = writeln!(io::stderr(), "{USAGE}");
        return ExitCode::from(2);
    }
    let mut input = Zeroizing::new(Vec::new());
    if let Err(error) = io::stdin().lock().take(LIMIT).read_to_end(&mut input) {
        let _ = writeln!(io::stderr(), "error: stdin could not be read: {error}");
        return ExitCode::FAILURE;
    }
    // The text of a panic could show a value.
    std::panic::set_hook(Box::new(|_| {}));
    let now = UnixTime::from_system_time(SystemTime::now());
    let answer = command::run(&input, now, &mut UnwrapErr(SysRng));
    if writeln!(io::stdout().lock(), "{}", answer.text.as_str()).is_err() {
        return ExitCode::FAILURE;
    }
    ExitCode::from(answer.exit_code)
}
