//! Checks the workflows of `.github`: against their JSON Schema, and that they build with the features of the tests.

use std::fs;

use crate::{
    build::{EVERYTHING, PORTABLE},
    python,
    shell::{Outcome, program, root, say},
};

const FOLDER: &str = ".github/workflows";
const TOOL: &str = "target/tools/check-jsonschema";

/// `cargo xtask workflows`. The tool contains the schema.
pub(crate) fn run() -> Outcome {
    check_features()?;
    if !python::is_installed("xtask/python/check-jsonschema.txt", TOOL) {
        say("  skipped: Python with pip is not installed");
        return Ok(());
    }
    let folder = root().join(FOLDER);
    let mut files: Vec<String> = fs::read_dir(&folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .filter_map(|file| Some(file.ok()?.path().display().to_string()))
        .collect();
    files.sort();
    program("python3")
        .args([
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.github-workflows",
        ])
        .args(files)
        .env("PYTHONPATH", root().join(TOOL))
        .run()
}

/// A feature that no crate has any more fails a job only when the workflow runs, so the lists of `ci.yml` must equal those of `build`.
fn check_features() -> Outcome {
    let file = format!("{FOLDER}/ci.yml");
    let workflow = fs::read_to_string(root().join(&file)).map_err(|error| format!("{file}: {error}"))?;
    for (name, arguments) in [
        ("EVERYTHING", EVERYTHING.as_slice()),
        ("PORTABLE", PORTABLE.as_slice()),
    ] {
        let line = format!("{name}: {}", arguments.join(" "));
        if !workflow.lines().any(|other| other.trim() == line) {
            return Err(format!(
                "{file} needs the line `{line}`, as in xtask/src/build.rs"
            ));
        }
    }
    Ok(())
}
