//! SQLite's log as a file: syncing it, and making it durable again after a failed sync.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The number of bytes that are rewritten at once.
const CHUNK: usize = 1 << 20;

/// Waits until the data written to a file is on disk.
type Sync = dyn Fn(&File) -> io::Result<()> + Send + std::marker::Sync;

/// The log file: the database's name with the suffix `-wal`.
#[derive(Clone)]
pub(super) struct Wal {
    pub(super) path: PathBuf,
    sync: Arc<Sync>,
}

impl Wal {
    pub(super) fn of(database: &Path) -> Self {
        Self::synced_by(database, File::sync_data)
    }

    pub(super) fn synced_by(
        database: &Path,
        sync: impl Fn(&File) -> io::Result<()> + Send + std::marker::Sync + 'static,
    ) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        Self {
            path: path.into(),
            sync: Arc::new(sync),
        }
    }

    /// Opens the log, which exists while a connection is open. Returns a function that syncs it.
    pub(super) fn open(
        &self,
    ) -> io::Result<impl Fn() -> io::Result<()> + Send + std::marker::Sync + 'static + use<>> {
        // Windows can sync a file only through a writable handle.
        let log = OpenOptions::new().append(true).open(&self.path)?;
        let sync = self.sync.clone();
        Ok(move || sync(&log))
    }

    /// Checks whether the log is empty or missing.
    pub(super) fn is_empty(&self) -> bool {
        !self.path.metadata().is_ok_and(|metadata| metadata.len() > 0)
    }

    /// Writes every byte of the log in place again, and syncs the file. After a failed `fsync`, the
    /// operating system treats its cached pages as written and syncs only pages that are written
    /// again. No connection may append meanwhile, but reading is safe.
    pub(super) fn rewrite(&self) -> io::Result<()> {
        let mut log = OpenOptions::new().read(true).write(true).open(&self.path)?;
        let mut chunk = vec![0; CHUNK];
        let mut place = 0;
        loop {
            log.seek(SeekFrom::Start(place))?;
            let length = log.read(&mut chunk)?;
            if length == 0 {
                return (self.sync)(&log);
            }
            log.seek(SeekFrom::Start(place))?;
            log.write_all(chunk.get(..length).unwrap_or_default())?;
            place += length as u64;
        }
    }
}

impl fmt::Debug for Wal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wal")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rewritten_is_the_same_and_synced() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("d.sqlite");
        let synced = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = synced.clone();
        let wal = Wal::synced_by(&database, move |_| {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Ok(())
        });
        assert!(wal.rewrite().is_err(), "there is none");
        for length in [0, 1, CHUNK, 2 * CHUNK + 7] {
            let bytes: Vec<u8> = (0..length)
                .map(|place| u8::try_from(place % 251).unwrap())
                .collect();
            std::fs::write(&wal.path, &bytes).unwrap();
            assert_eq!(wal.is_empty(), length == 0);
            wal.rewrite().unwrap();
            assert!(std::fs::read(&wal.path).unwrap() == bytes, "{length}");
        }
        assert_eq!(synced.load(std::sync::atomic::Ordering::SeqCst), 4);
    }
}
