//! The lock on a data folder: one process at a time uses it.

use std::{
    fs::{File, TryLockError},
    path::Path,
    sync::Arc,
};

use crate::{Error, private_files};

/// The name of the locked file in its folder. It stays there: deleting it would let a third process
/// lock a new file of this name.
const FILE: &str = "platform.lock";

/// Holds the lock of a data folder until it is released, or until the last clone is dropped. The
/// operating system releases it when the process ends in any way.
#[derive(Clone, Debug)]
pub(crate) struct FolderLock(Arc<File>);

impl FolderLock {
    pub(crate) fn acquire(folder: &Path) -> Result<Self, Error> {
        let failed = |source| Error::DataFolder {
            path: folder.to_owned(),
            source,
        };
        private_files::create_folder(folder).map_err(failed)?;
        let file = private_files::open(&folder.join(FILE)).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(Arc::new(file))),
            Err(TryLockError::WouldBlock) => Err(Error::DataFolderInUse {
                path: folder.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Releases the lock, although clones may remain.
    pub(crate) fn release(&self) {
        // It fails only if the file is not locked, and then another process can lock it as well.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_locked_until_the_lock_is_released() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::acquire(folder.path()).unwrap();
        let clone = lock.clone();
        assert!(matches!(
            FolderLock::acquire(folder.path()),
            Err(Error::DataFolderInUse { path }) if path == folder.path()
        ));
        lock.release();
        drop(FolderLock::acquire(folder.path()).unwrap());
        drop(clone);
        assert!(FolderLock::acquire(folder.path()).is_ok());
    }
}
