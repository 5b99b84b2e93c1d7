//! `air sandbox backup` and `air sandbox restore`: a data folder or a database in one sealed file, and back.

mod folder;
mod postgres;

use std::path::PathBuf;

use air_crypto::IssuerDid;
use air_sandbox::UnixTime;
use clap::Args;
use serde_json::json;

use self::folder::Folder;
use super::up::database_url;
use crate::{
    backup_file::{DestinationArgs, SourceArgs},
    count::counted,
    database_text::DatabaseText,
    exit::Failure,
    files,
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
                  private keys of issuers and personal data. While it is made, the folder has a hidden copy of the database.")]
pub(crate) struct BackupArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR", required_unless_present = "database")]
    data: Option<PathBuf>,
    /// The PostgreSQL database, instead of a folder, e.g. `postgres://air@host/air`.
    #[arg(
        long,
        value_name = "URL",
        env = "AIR_DATABASE",
        hide_env_values = true,
        conflicts_with = "data"
    )]
    database: Option<DatabaseText>,
    #[command(flatten)]
    destination: DestinationArgs,
}

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air sandbox restore --data restored \\\n      \
                  --key backup-key.pem platform.backup\n\
                  \n\
                  The data folder or the database must be empty: nothing is replaced. A folder may be missing, and appears when \
                  everything was checked; a database is written in one transaction. Changes after the backup are lost. New \
                  credentials get new status lists, so that no entry is used twice.")]
pub(crate) struct RestoreArgs {
    /// The data folder to create, from the backup of a folder.
    #[arg(long, value_name = "DIR", required_unless_present = "database")]
    data: Option<PathBuf>,
    /// The empty PostgreSQL database, from the backup of a database, e.g. `postgres://air@host/restored`.
    #[arg(
        long,
        value_name = "URL",
        env = "AIR_DATABASE",
        hide_env_values = true,
        conflicts_with = "data"
    )]
    database: Option<DatabaseText>,
    #[command(flatten)]
    source: SourceArgs,
    /// Read and check the whole backup, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// A backup that was read.
struct Read {
    created_at: UnixTime,
    migration: i64,
    /// `None` if they were not counted.
    credentials: Option<u64>,
}

impl BackupArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let now = time::now();
        let (published, credentials) = match (&self.data, &self.database) {
            (Some(folder), _) => {
                let folder = Folder(folder);
                folder.require_database()?;
                let mut writer = self.destination.open(&issuer()?, output)?;
                let credentials = folder.back_up(now, &mut writer).await?;
                (self.destination.publish(writer)?, credentials)
            }
            (None, Some(url)) => {
                let url = database_url(url)?;
                let mut writer = self.destination.open(&issuer()?, output)?;
                let credentials = postgres::back_up(&url, now, &mut writer).await?;
                (self.destination.publish(writer)?, credentials)
            }
            (None, None) => return Err(no_place()),
        };
        let path = self.destination.path();
        let document = json!({
            "file": files::shown(path),
            "size": published.size,
            "sha256": published.sha256,
            "sealed": self.destination.is_sealed(),
            "createdAt": now.as_secs(),
            "credentials": credentials,
        });
        output.result(&document, |_| {
            format!(
                "Wrote {} ({} bytes, 0600): {} at {}.\nsha256  {}\nKeep this digest in another place.",
                path.display(),
                published.size,
                counted(credentials, "credential", "credentials"),
                time::date_time(now),
                published.sha256,
            )
        })?;
        self.destination
            .warn_if_plain("private keys and personal data", output);
        Ok(())
    }
}

impl RestoreArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let about = |failure: Failure| failure.about(&self.source.path().display().to_string());
        let read = match (&self.data, &self.database) {
            (Some(folder), _) => {
                let reader = self.source.open(&issuer()?, output)?;
                let folder = Folder(folder);
                if self.dry_run {
                    folder::check(reader).map_err(about)?
                } else {
                    folder.restore(reader, about).await?
                }
            }
            (None, Some(url)) => {
                let url = database_url(url)?;
                let reader = self.source.open(&issuer()?, output)?;
                if self.dry_run {
                    postgres::check(reader).map_err(about)?
                } else {
                    postgres::restore(&url, reader).await.map_err(about)?
                }
            }
            (None, None) => return Err(no_place()),
        };
        self.report(&read, output)
    }

    fn report(&self, read: &Read, output: Output) -> Result<(), Failure> {
        let created_at = time::date_time(read.created_at);
        let credentials = read.credentials.filter(|_| !self.dry_run);
        let document = json!({
            "file": files::shown(self.source.path()),
            "data": self.data.as_deref().map(files::shown),
            "dryRun": self.dry_run,
            "createdAt": read.created_at.as_secs(),
            "migration": read.migration,
            "credentials": credentials,
        });
        output.result(&document, |_| match credentials {
            Some(credentials) => format!(
                "Restored {} from the backup of {created_at}.\n\
                 Next: `air sandbox up {}`",
                counted(credentials, "credential", "credentials"),
                match &self.data {
                    Some(folder) => format!("--data {}", folder.display()),
                    None => "--database postgres://…".to_owned(),
                }
            ),
            None => format!("The backup of {created_at} is whole. Nothing was written."),
        })?;
        if !self.dry_run {
            output.note(&format!(
                "warning: changes after {created_at} are lost: repeat the revocations since then. If the platform \
                 anchors on a chain that has a later checkpoint, it does not start with this {}: restore a later backup",
                if self.data.is_some() { "folder" } else { "database" }
            ));
        }
        Ok(())
    }
}

fn no_place() -> Failure {
    Failure::usage("missing platform: pass --data or --database")
}

fn issuer() -> Result<IssuerDid, Failure> {
    let did = ISSUER.parse::<IssuerDid>();
    Ok(did.map_err(air_crypto::Error::from)?)
}
