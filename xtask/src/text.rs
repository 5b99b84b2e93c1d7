//! Checks text with external tools: the spelling, and the syntax of the workflows.

use crate::{
    python,
    shell::{Outcome, program, root, say},
};

/// `cargo xtask spelling`: typos, with `typos.toml`.
pub(crate) fn spelling() -> Outcome {
    const FOLDER: &str = "target/tools/typos";
    if !python::is_installed("xtask/python/typos.txt", FOLDER) {
        say("  skipped: Python with pip is not installed");
        return Ok(());
    }
    program(root().join(FOLDER).join("bin/typos"))
        .args(["--config", "typos.toml", "--format", "brief", "."])
        .run()
}

/// `cargo xtask workflows`: checks the workflows of `.github` against their JSON Schema, which the
/// tool contains.
pub(crate) fn workflows() -> Outcome {
    const FOLDER: &str = "target/tools/check-jsonschema";
    if !python::is_installed("xtask/python/check-jsonschema.txt", FOLDER) {
        say("  skipped: Python with pip is not installed");
        return Ok(());
    }
    let folder = root().join(".github/workflows");
    let mut files: Vec<String> = std::fs::read_dir(&folder)
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
        .env("PYTHONPATH", root().join(FOLDER))
        .run()
}
