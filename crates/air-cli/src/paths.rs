//! Paths as arguments and in output.

use std::path::Path;

/// Whether the name is `-`, which stands for stdin or stdout.
pub(crate) fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A path as text for JSON. Bytes that are not UTF-8 become U+FFFD, as with [`Path::display`].
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}
