//! The changes since the branch left the main branch.

use crate::shell::program;

/// The main branch, as a clone knows it.
const MAIN: &str = "origin/main";

/// Whether a file below one of these folders differs from the merge base with the main branch. False without a merge base.
pub(crate) fn touch(folders: &[&str]) -> bool {
    let Some(base) = program("git").args(["merge-base", "HEAD", MAIN]).read() else {
        return false;
    };
    program("git")
        .args(["diff", "--name-only", base.trim(), "--"])
        .args(folders)
        .read()
        .is_some_and(|files| !files.trim().is_empty())
}
