//! Files that are removed when they are dropped, and on a signal that ends the process.

use std::{fs::File, io, path::Path};

use tempfile::NamedTempFile;

use super::unfinished;

/// A hidden file that only its owner can read.
pub(crate) struct TemporaryFile {
    file: NamedTempFile,
    _entry: unfinished::Entry,
}

impl TemporaryFile {
    pub(crate) fn in_folder(folder: &Path) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix(".air-").tempfile_in(folder)?;
        let entry = unfinished::Entry::new(file.path());
        unfinished::remove_on_signals();
        Ok(Self { file, _entry: entry })
    }

    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Opens the file at its first byte.
    pub(crate) fn reopen(&self) -> io::Result<File> {
        self.file.reopen()
    }
}
