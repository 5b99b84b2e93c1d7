//! The Python package: its wheel, types, tests and times.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    build::target,
    platform::binary,
    shell::{Outcome, Shell, apt_install, program, root, say},
};

const PACKAGE: &str = "packages/air-python";
/// The tools of the tests, with hashes.
const TOOLS: &str = "packages/air-python/requirements.txt";
/// The libraries of the comparison, with hashes.
const PEERS: &str = "packages/air-python/bench/requirements.txt";

/// Builds the wheel, and installs it with the tools into an environment of its own.
pub(super) fn build() -> Outcome {
    match environment("python", TOOLS)? {
        Some(python) => build_and_install(&python),
        None => Ok(()),
    }
}

/// Runs the checks of the installed wheel, with the `air` that the tests built.
pub(super) fn test() -> Outcome {
    let Some(python) = environment("python", TOOLS)? else {
        return Ok(());
    };
    let air = root().join(binary());
    within(&python, &["-m", "mypy"]).run()?;
    within(&python, &["-m", "pytest", "--quiet"])
        .env("AIR_BINARY", air)
        .env("AIR_WHEELS", wheels())
        .run()
}

/// Prints the times of the package beside those of other libraries, in one process.
pub(super) fn measure() -> Outcome {
    let (Some(python), Some(peers)) = (environment("python", TOOLS)?, environment("peers", PEERS)?) else {
        return Ok(());
    };
    build_and_install(&python)?;
    install_wheel(&peers)?;
    within(&peers, &["bench/times.py"]).run()
}

/// The interpreter of a virtual environment with exactly the requirements, or `None` without Python.
fn environment(name: &str, requirements: &str) -> Outcome<Option<PathBuf>> {
    if !has_python() {
        apt_install(&["python3-venv"]);
    }
    if !has_python() {
        say("  the Python package is skipped: Python 3.11 or later with venv is not installed");
        return Ok(None);
    }
    let folder = folder().join(name);
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let wanted =
        fs::read_to_string(root().join(requirements)).map_err(|error| format!("{requirements}: {error}"))?;
    let record = folder.join("requirements.txt");
    if fs::read_to_string(&record).is_ok_and(|installed| installed == wanted) {
        return Ok(Some(python));
    }
    program("python3")
        .args(["-m", "venv", "--clear"])
        .args([&folder])
        .run()?;
    program(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(["--require-hashes", "--requirement", requirements])
        .run()?;
    fs::write(&record, wanted).map_err(|error| format!("{}: {error}", record.display()))?;
    Ok(Some(python))
}

/// Whether the tools can be installed. With 3.10, pytest needs packages that the list with hashes lacks.
fn has_python() -> bool {
    program("python3")
        .args([
            "-c",
            "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))",
        ])
        .read()
        .is_some()
}

/// Builds the wheel with a target folder of its own, since the workspace's builds have other
/// features.
fn build_and_install(python: &Path) -> Outcome {
    within(
        python,
        &["-m", "maturin", "build", "--release", "--locked", "--quiet"],
    )
    .args([Path::new("--out"), wheels().as_path()])
    .env("CARGO_TARGET_DIR", folder().join("target"))
    .run()?;
    install_wheel(python)
}

fn install_wheel(python: &Path) -> Outcome {
    within(
        python,
        &["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
    )
    .args(["--no-index", "--no-deps", "--force-reinstall", "--find-links"])
    .args([wheels()])
    .args(["air-python"])
    .run()
}

fn within(python: &Path, arguments: &[&str]) -> Shell {
    program(python).args(arguments).within(root().join(PACKAGE))
}

fn wheels() -> PathBuf {
    folder().join("wheels")
}

fn folder() -> PathBuf {
    root().join(target()).join("languages")
}
