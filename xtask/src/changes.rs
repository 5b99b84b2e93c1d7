//! The changes since the branch left the main branch.

use crate::shell::program;

/// The main branch, as a clone knows it.
const MAIN: &str = "origin/main";

/// Whether a file that matches one of these paths differs from the merge base with the main branch,
/// or is not committed yet. False without a merge base.
pub(crate) fn touch(folders: &[&str]) -> bool {
    let Some(base) = program("git").args(["merge-base", "HEAD", MAIN]).read() else {
        return false;
    };
    let lists_any = |command: &[&str]| {
        let files = program("git").args(command).args(folders).read();
        files.is_some_and(|files| !files.trim().is_empty())
    };
    lists_any(&["diff", "--name-only", base.trim(), "--"])
        || lists_any(&["ls-files", "--others", "--exclude-standard", "--"])
}
