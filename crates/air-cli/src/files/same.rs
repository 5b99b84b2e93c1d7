//! Whether two paths name the same file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::is_dash;
use crate::exit::Failure;

/// Whether writing to `destination` replaces the file that `input` leads to.
pub(crate) fn is_same_file(input: &Path, destination: &Path) -> bool {
    if is_dash(input) || is_dash(destination) {
        return false;
    }
    matches!((fs::canonicalize(input), entry(destination)), (Ok(input), Some(entry)) if input == entry)
}

/// The resolved name of a folder entry. A link is an entry of its own, because it is replaced and
/// not written through.
pub(crate) fn entry(path: &Path) -> Option<PathBuf> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
}

/// Fails if opening a container would replace the container itself: with it, the document could be lost.
pub(crate) fn require_other_file(container: &Path, document: &Path) -> Result<(), Failure> {
    if is_same_file(container, document) {
        return Err(
            Failure::usage("IN and OUT are the same file: the document would replace its container")
                .with_hint("nothing was changed; pass another OUT"),
        );
    }
    Ok(())
}

/// Fails if an output would replace an input, or another output, of its command.
pub(crate) fn require_own_name(output: &Path, others: &[&Path]) -> Result<(), Failure> {
    let is_replaced = |other: &&Path| is_same_file(other, output) || is_same_entry(other, output);
    if others.iter().any(is_replaced) {
        return Err(Failure::usage(format!(
            "the output {} would replace another file of this command",
            output.display()
        ))
        .with_hint("nothing was changed; choose another name for the output"));
    }
    Ok(())
}

/// Whether two paths have the same name in a folder. Neither file needs to exist.
fn is_same_entry(one: &Path, other: &Path) -> bool {
    !is_dash(one) && !is_dash(other) && entry(one).is_some_and(|name| entry(other) == Some(name))
}
