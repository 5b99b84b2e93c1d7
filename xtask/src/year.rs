//! `cargo xtask year`: simulates years of the local platform, and prints their figures.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{
    build::test_programs,
    postgres::with_test_server,
    shell::{Outcome, program},
};

/// The package and the test program.
const PACKAGE: &str = "air-client";
const PROGRAM: &str = "year-";
const TEST: &str = "years_lose_nothing_and_double_nothing";
/// The time in the gate, in minutes. The last checks take a minute more.
const MINUTES: u64 = 8;

const USAGE: &str = "Usage: cargo xtask year [--seed N] [--minutes M] [--postgres]";

/// The variable with the URL of a PostgreSQL server. The platform has a data folder without it.
const DATABASE: &str = "AIR_TEST_DATABASE";

/// The settings of a run.
#[derive(Debug, PartialEq, Eq)]
struct Settings {
    /// The seed of the first year. The next years have the next seeds.
    seed: u64,
    minutes: u64,
    storage: Storage,
}

/// The storage of the platform.
#[derive(Debug, PartialEq, Eq)]
enum Storage {
    Folder,
    Postgres,
}

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let settings = parse(arguments, now.map_or(1, |now| now.as_secs()))?;
    let programs = test_programs(PACKAGE)?;
    let is_year = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(PROGRAM);
    let year = programs
        .iter()
        .find(|path| path.file_name().is_some_and(is_year))
        .ok_or_else(|| format!("{PACKAGE} has no test program `{PROGRAM}`"))?;
    let simulate = || {
        program(year)
            .args(["--exact", TEST, "--ignored", "--nocapture"])
            .env("AIR_YEAR_SEED", settings.seed.to_string())
            .env("AIR_YEAR_MINUTES", settings.minutes.to_string())
    };
    match settings.storage {
        Storage::Folder => simulate().without_env(DATABASE).run(),
        Storage::Postgres => with_test_server(|url| simulate().env(DATABASE, url).run()),
    }
}

/// The seed defaults to a new one.
fn parse(arguments: &[String], new_seed: u64) -> Outcome<Settings> {
    let mut settings = Settings {
        seed: new_seed,
        minutes: MINUTES,
        storage: Storage::Folder,
    };
    let mut arguments = arguments.iter();
    while let Some(name) = arguments.next() {
        let mut number = || {
            let value = arguments.next().and_then(|value| value.parse().ok());
            value.ok_or_else(|| USAGE.to_owned())
        };
        match name.as_str() {
            "--seed" => settings.seed = number()?,
            "--minutes" => settings.minutes = number()?,
            "--postgres" => settings.storage = Storage::Postgres,
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Outcome<Settings> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&arguments, 7)
    }

    #[test]
    fn options_are_numbers_and_have_defaults() {
        let settings = |seed, minutes, storage| {
            Ok(Settings {
                seed,
                minutes,
                storage,
            })
        };
        assert_eq!(parsed(""), settings(7, MINUTES, Storage::Folder));
        assert_eq!(parsed("--seed 42"), settings(42, MINUTES, Storage::Folder));
        assert_eq!(
            parsed("--minutes 120 --postgres --seed 3"),
            settings(3, 120, Storage::Postgres)
        );
        for wrong in ["--seed", "--seed x", "--seed --postgres", "--days 3", "9"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }
}
