//! Locks between processes that change the same file.

use std::{
    fs::File,
    io::{self, ErrorKind},
    path::Path,
};

use crate::exit::Failure;

/// Locks a file against other processes that call this, until it is dropped.
#[must_use]
pub(crate) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Waits for the lock of `path`. It is a file beside `path`, since `path` itself is replaced
    /// when it is written.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        if let Some(failure) = missing_folder(path) {
            return Err(failure);
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        let beside = path.with_file_name(name);
        let unlocked =
            |error: io::Error| Failure::failed(format!("{} can't be locked: {error}", beside.display()));
        let mut options = File::options();
        let file = options.create(true).truncate(false).write(true).open(&beside);
        let file = file.map_err(unlocked)?;
        file.lock().map_err(unlocked)?;
        Ok(Self { _file: file })
    }
}

/// The failure of a file whose folder does not exist.
fn missing_folder(path: &Path) -> Option<Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty())?;
    let missing = std::fs::metadata(folder).is_err_and(|error| error.kind() == ErrorKind::NotFound);
    missing.then(|| {
        let failure = format!(
            "{}: the folder {} does not exist",
            path.display(),
            folder.display()
        );
        Failure::failed(failure).with_hint("create the folder, or choose another path")
    })
}
