//! A data folder: its database and the authority of the AIR Kit's pages.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use air_sandbox::{UnixTime, folder_backup};

use super::Read;
use crate::{
    exit::Failure,
    files::{self, TemporaryFile},
    sandbox::archive::{self, AUTHORITY, DATABASE, Entry, Header},
    time,
};

pub(super) struct Folder<'a>(pub(super) &'a Path);

impl Folder<'_> {
    pub(super) fn require_database(&self) -> Result<(), Failure> {
        if self.0.join(DATABASE).is_file() {
            Ok(())
        } else {
            Err(Failure::from(folder_backup::FolderBackupError::NoDatabase))
        }
    }

    /// Writes a backup, and returns the number of credentials.
    pub(super) async fn back_up(&self, now: UnixTime, writer: &mut impl Write) -> Result<u64, Failure> {
        let copy = TemporaryFile::in_folder(self.0).map_err(|error| files::unwritable(self.0, &error))?;
        let summary = folder_backup::copy_database(self.0, copy.path()).await?;
        let written = self.write(&copy, now, summary.migration, writer);
        written.map_err(|error| Failure::failed(format!("failed to write the backup: {error}")))?;
        Ok(summary.credentials)
    }

    fn write(
        &self,
        copy: &TemporaryFile,
        now: UnixTime,
        migration: i64,
        writer: &mut impl Write,
    ) -> io::Result<()> {
        let mut sources = vec![(DATABASE, copy.reopen()?)];
        for name in AUTHORITY {
            match File::open(self.0.join(name)) {
                Ok(file) => sources.push((name, file)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let mut entries = Vec::new();
        for (name, file) in &mut sources {
            entries.push(Entry::of(name, &mut *file)?);
            io::Seek::rewind(file)?;
        }
        let header = Header::new(now.as_secs(), migration, entries);
        archive::write_header(&header, writer)?;
        for (entry, (name, file)) in header.files.iter().zip(&mut sources) {
            if !entry.copy(file, &mut *writer)? {
                return Err(io::Error::other(format!(
                    "{name} changed while it was read; try again"
                )));
            }
        }
        Ok(())
    }

    /// Restores a backup. `about` names the backup in an error of reading it.
    pub(super) async fn restore(
        &self,
        reader: impl io::Read,
        about: impl FnOnce(Failure) -> Failure,
    ) -> Result<Read, Failure> {
        self.require_empty()?;
        let parent = match self.0.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        files::make_private_folder(parent)?;
        let draft = draft_folder(parent).map_err(|error| files::unwritable(parent, &error))?;
        let header = archive::extract(reader, Some(draft.path())).map_err(about)?;
        let summary = folder_backup::prepare_restored(draft.path(), time::now()).await?;
        // A folder can replace an empty one only.
        fs::rename(draft.path(), self.0).map_err(|error| files::unwritable(self.0, &error))?;
        // It has another name now, so there is nothing to remove.
        let _ = draft.keep();
        Ok(read(&header, Some(summary.credentials)))
    }

    fn require_empty(&self) -> Result<(), Failure> {
        let mut entries = match fs::read_dir(self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(files::unwritable(self.0, &error)),
        };
        if entries.next().is_none() {
            return Ok(());
        }
        let message = format!("{} has files, and a restore replaces nothing", self.0.display());
        Err(Failure::failed(message).with_hint("pass another folder: --data DIR"))
    }
}

/// Reads and checks a backup.
pub(super) fn check(reader: impl io::Read) -> Result<Read, Failure> {
    archive::extract(reader, None).map(|header| read(&header, None))
}

fn read(header: &Header, credentials: Option<u64>) -> Read {
    Read {
        created_at: UnixTime::from_secs(header.created_at),
        migration: header.migration,
        credentials,
    }
}

/// A hidden folder of its owner's, which is removed when it is dropped.
fn draft_folder(parent: &Path) -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".air-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(parent)
}
