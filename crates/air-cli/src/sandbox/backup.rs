//! `air sandbox backup` and `air sandbox restore`: a data folder in one sealed file, and back.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use air_crypto::IssuerDid;
use air_sandbox::{UnixTime, folder_backup};
use clap::Args;
use serde_json::json;

use super::archive::{self, AUTHORITY, DATABASE, Entry, Header};
use crate::{
    backup_file::{DestinationArgs, SourceArgs},
    count::counted,
    exit::Failure,
    files::{self, TemporaryFile},
    output::Output,
    time,
};

/// The issuer in the name of a backup's key, since a platform has many issuers.
const ISSUER: &str = "did:web:localhost";

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air sandbox backup --data platform \\\n      \
                  --recipient backup-key.pub --to platform.backup\n\
                  \n\
                  The platform may run. The backup has the state of one moment, and is read back after it was written. It has \
                  private keys of issuers and personal data. While it is made, the folder has a hidden copy of the database. For \
                  PostgreSQL use pg_dump.")]
pub(crate) struct BackupArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    destination: DestinationArgs,
}

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air sandbox restore --data restored \\\n      \
                  --key backup-key.pem platform.backup\n\
                  \n\
                  The data folder must be empty or missing: nothing is replaced. It appears when everything was checked. Changes \
                  after the backup are lost. New credentials get new status lists, so that no entry is used twice.")]
pub(crate) struct RestoreArgs {
    /// The data folder to create.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    source: SourceArgs,
    /// Read and check the whole backup, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

impl BackupArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        if !self.data.join(DATABASE).is_file() {
            return Err(missing());
        }
        let mut writer = self.destination.open(&issuer()?, output)?;
        let now = time::now();
        let copy =
            TemporaryFile::in_folder(&self.data).map_err(|error| files::unwritable(&self.data, &error))?;
        let summary = folder_backup::copy_database(&self.data, copy.path()).await?;
        let written = self.write(&copy, now, summary.migration, &mut writer);
        written.map_err(|error| Failure::failed(format!("failed to write the backup: {error}")))?;
        drop(copy);
        let published = self.destination.publish(writer)?;
        let path = self.destination.path();
        let document = json!({
            "file": files::shown(path),
            "size": published.size,
            "sha256": published.sha256,
            "sealed": self.destination.is_sealed(),
            "createdAt": now.as_secs(),
            "credentials": summary.credentials,
        });
        output.result(&document, |_| {
            format!(
                "Wrote {} ({} bytes, 0600): {} at {}.\nsha256  {}\nKeep this digest in another place.",
                path.display(),
                published.size,
                counted(summary.credentials, "credential", "credentials"),
                time::date_time(now),
                published.sha256,
            )
        })?;
        self.destination
            .warn_if_plain("private keys and personal data", output);
        Ok(())
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
            match File::open(self.data.join(name)) {
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
}

impl RestoreArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let reader = self.source.open(&issuer()?, output)?;
        let about = |failure: Failure| failure.about(&self.source.path().display().to_string());
        if self.dry_run {
            let header = archive::extract(reader, None).map_err(about)?;
            return self.report(&header, None, output);
        }
        self.require_empty()?;
        let parent = match self.data.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        files::make_private_folder(parent)?;
        let folder = draft_folder(parent).map_err(|error| files::unwritable(parent, &error))?;
        let header = archive::extract(reader, Some(folder.path())).map_err(about)?;
        let now = time::now();
        let summary = folder_backup::prepare_restored(folder.path(), now).await?;
        // A folder can replace an empty one only.
        fs::rename(folder.path(), &self.data).map_err(|error| files::unwritable(&self.data, &error))?;
        // It has another name now, so there is nothing to remove.
        let _ = folder.keep();
        self.report(&header, Some(summary.credentials), output)
    }

    fn require_empty(&self) -> Result<(), Failure> {
        let mut entries = match fs::read_dir(&self.data) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(files::unwritable(&self.data, &error)),
        };
        if entries.next().is_none() {
            return Ok(());
        }
        let message = format!(
            "{} has files, and a restore replaces nothing",
            self.data.display()
        );
        Err(Failure::failed(message).with_hint("pass another folder: --data DIR"))
    }

    fn report(&self, header: &Header, credentials: Option<u64>, output: Output) -> Result<(), Failure> {
        let created_at = time::date_time(UnixTime::from_secs(header.created_at));
        let document = json!({
            "file": files::shown(self.source.path()),
            "data": files::shown(&self.data),
            "dryRun": self.dry_run,
            "createdAt": header.created_at,
            "migration": header.migration,
            "credentials": credentials,
        });
        output.result(&document, |_| match credentials {
            Some(credentials) => format!(
                "Restored {} from the backup of {created_at}.\n\
                 Next: `air sandbox up --data {}`",
                counted(credentials, "credential", "credentials"),
                self.data.display()
            ),
            None => format!("The backup of {created_at} is whole. Nothing was written."),
        })?;
        if !self.dry_run {
            output.note(&format!(
                "warning: changes after {created_at} are lost: repeat the revocations since then. If the platform \
                 anchors on a chain that has a later checkpoint, it does not start with this folder: restore a later backup"
            ));
        }
        Ok(())
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

fn missing() -> Failure {
    Failure::from(folder_backup::FolderBackupError::NoDatabase)
}

fn issuer() -> Result<IssuerDid, Failure> {
    let did = ISSUER.parse::<IssuerDid>();
    Ok(did.map_err(air_crypto::Error::from)?)
}
