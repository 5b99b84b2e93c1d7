//! Fuzzing: replays the stored corpora on any toolchain, and runs libFuzzer if a nightly toolchain
//! is installed.

use std::{fs, path::Path};

use crate::shell::{Outcome, Shell, cargo, program, root, say};

const TOOLS: &str = "target/tools";
/// The version of cargo-fuzz.
const VERSION: &str = "0.13.2";
/// The default duration of each target's run, in seconds.
const RUN: u32 = 30;
/// The duration as part of all tests: long enough to see that a target starts and finds nothing at once.
const SMOKE: u32 = 5;

/// The package of the workspace's targets.
const PACKAGE: &str = "fuzz";
/// The package of air-ssi's target, which is in another workspace.
const SSI_PACKAGE: &str = "crates/air-ssi/fuzz";

/// `cargo xtask fuzz [TARGET] [--seconds N] [--ssi]`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut seconds = RUN;
    let mut package = PACKAGE;
    let mut chosen = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--seconds" {
            let number = rest.next().and_then(|number| number.parse().ok());
            seconds = number.ok_or("--seconds needs a number")?;
        } else if argument == "--ssi" {
            package = SSI_PACKAGE;
        } else {
            chosen.push(argument.clone());
        }
    }
    let targets = if chosen.is_empty() {
        targets(package)?
    } else {
        chosen
    };
    if !has_nightly() {
        return Err("libFuzzer needs a nightly toolchain: `rustup toolchain install nightly`".into());
    }
    fuzz(package, &targets, seconds, Build::Optimised)
}

/// The step of `cargo xtask test`. The tests of the workspace replay the stored corpora, with any toolchain.
pub(crate) fn smoke() -> Outcome {
    if has_nightly() {
        fuzz(PACKAGE, &targets(PACKAGE)?, SMOKE, Build::Quick)
    } else {
        say("  skipped: run `rustup toolchain install nightly` for libFuzzer");
        Ok(())
    }
}

/// The build of the targets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Build {
    /// For long runs.
    Optimised,
    /// For runs of seconds.
    Quick,
}

/// Runs two targets at a time.
fn fuzz(package: &str, targets: &[String], seconds: u32, build: Build) -> Outcome {
    if !Path::new(&tool()).exists() {
        cargo([
            "install",
            "cargo-fuzz",
            "--version",
            VERSION,
            "--locked",
            "--quiet",
            "--root",
            TOOLS,
        ])
        .run()?;
    }
    cargo_fuzz(package, "build", build).run()?;
    for pair in targets.chunks(2) {
        let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
            let runs: Vec<_> = pair
                .iter()
                .map(|target| scope.spawn(move || run_one(package, target, seconds, build)))
                .collect();
            runs.into_iter()
                .map(|run| {
                    run.join()
                        .unwrap_or_else(|_| Err("a fuzzer's thread panicked".into()))
                })
                .collect()
        });
        outcomes.into_iter().collect::<Outcome>()?;
    }
    Ok(())
}

/// New inputs are stored in a corpus in target/, separate from the stored one.
fn run_one(package: &str, target: &str, seconds: u32, build: Build) -> Outcome {
    let found = format!("target/fuzz-corpus/{target}");
    fs::create_dir_all(root().join(&found)).map_err(|error| error.to_string())?;
    let time = format!("-max_total_time={seconds}");
    let kept = format!("{package}/corpus/{target}");
    let options = ["--", &time, "-verbosity=0", "-print_final_stats=1", "-timeout=10"];
    cargo_fuzz(package, "run", build)
        .args([target, &found, &kept])
        .args(options)
        .run()
}

fn cargo_fuzz(package: &str, job: &str, build: Build) -> Shell {
    // The address sanitizer is for longer runs, since its build is slow and our crates have no unsafe code.
    let build: &[&str] = if build == Build::Quick {
        &["--dev", "--sanitizer", "none"]
    } else {
        &["--release"]
    };
    nightly()
        .args([
            tool().as_str(),
            job,
            "--fuzz-dir",
            package,
            "--features",
            "libfuzzer",
        ])
        .args(build)
        .args(["--target-dir", "target/fuzz"])
}

fn has_nightly() -> bool {
    nightly().args(["cargo", "--version"]).read().is_some()
}

/// Removes the variables by which rustup pins child processes to this job's toolchain.
fn nightly() -> Shell {
    let mut nightly = program("rustup").args(["run", "nightly"]);
    for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC"] {
        nightly = nightly.without_env(name);
    }
    nightly
}

fn tool() -> String {
    root().join(TOOLS).join("bin/cargo-fuzz").display().to_string()
}

/// The targets: one for each folder of the corpus.
fn targets(package: &str) -> Outcome<Vec<String>> {
    let corpus = root().join(package).join("corpus");
    let mut names: Vec<String> = fs::read_dir(&corpus)
        .map_err(|error| format!("{}: {error}", corpus.display()))?
        .filter_map(|folder| folder.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}
