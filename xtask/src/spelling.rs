//! Checks the spelling with an external tool.

use crate::{
    python,
    shell::{Outcome, program, root, say},
};

/// `cargo xtask spelling`: typos, with `typos.toml`.
pub(crate) fn run() -> Outcome {
    const FOLDER: &str = "target/tools/typos";
    if !python::is_installed("xtask/python/typos.txt", FOLDER) {
        say("  skipped: Python with pip is not installed");
        return Ok(());
    }
    program(root().join(FOLDER).join("bin/typos"))
        .args(["--config", "typos.toml", "--format", "brief", "."])
        .run()
}
