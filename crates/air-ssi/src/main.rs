//! Reads one command as JSON on stdin, and writes its answer as JSON on stdout.

use std::{
    io::{self, Read, Write},
    process::ExitCode,
    time::SystemTime,
};

use air_vc::UnixTime;

/// One byte more than the library accepts.
const LIMIT: u64 = 1024 * 1024 + 1;

fn main() -> ExitCode {
    let mut input = zeroize::Zeroizing::new(Vec::new());
    if let Err(error) = io::stdin().lock().take(LIMIT).read_to_end(&mut input) {
        let _ = writeln!(io::stderr(), "error: stdin could not be read: {error}");
        return ExitCode::FAILURE;
    }
    // A panic within the library becomes an error; its text could show a claim.
    std::panic::set_hook(Box::new(|_| {}));
    let answer = air_ssi::command::run(&input, UnixTime::from_system_time(SystemTime::now()));
    if writeln!(io::stdout().lock(), "{}", answer.document).is_err() {
        return ExitCode::FAILURE;
    }
    ExitCode::from(answer.exit_code)
}
