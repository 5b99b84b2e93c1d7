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
