//! `air sandbox export-user` and `air sandbox erase-user`: everything that a stopped platform has of one user.

use std::path::PathBuf;

use air_ids::{EmailAddress, UserUuid};
use air_sandbox::{
    Data,
    user_data::{self, Erasure, UserKey},
};
use clap::{ArgGroup, Args};
use serde_json::{Map, Value, json};

use super::up::database_url;
use crate::{
    count::counted,
    database_text::DatabaseText,
    erasure::{Confirmation, list, write_export},
    exit::Failure,
    files::{self, ForceArgs},
    output::Output,
    time,
};

/// The values that an erasure does not reach, and why.
const KEPT: [&str; 4] = [
    "hashes in the ledger and on a chain: other credentials are proved by them, and nobody can find a person from them",
    "entries of status lists: the credentials stay revoked while somebody could show them",
    "sealed backups: delete them, or erase the user again after a restore",
    "copies outside the platform: wallets, verifiers, mail servers, proxies, and logs and backups of PostgreSQL",
];

#[derive(Args)]
struct PlatformArgs {
    /// The data folder of a stopped platform.
    #[arg(long, value_name = "DIR", required_unless_present = "database")]
    data: Option<PathBuf>,
    /// The PostgreSQL database of stopped platforms, instead of a folder, e.g. `postgres://air@host/air`.
    #[arg(
        long,
        value_name = "URL",
        env = "AIR_DATABASE",
        hide_env_values = true,
        conflicts_with = "data"
    )]
    database: Option<DatabaseText>,
}

#[derive(Args)]
struct UserArgs {
    /// The user's e-mail address. It also finds offers to a person who is not a user yet.
    #[arg(long, value_name = "EMAIL", group = "key")]
    email: Option<EmailAddress>,
    /// The user's ID.
    #[arg(long, value_name = "UUID", group = "key")]
    user: Option<UserUuid>,
}

#[derive(Args)]
#[command(
    group = ArgGroup::new("key").required(true),
    after_help = "Example:\n  \
                  air sandbox export-user --data platform --email ada@example.com \\\n      \
                  --out ada.json\n\
                  \n\
                  Stop the platform first. The document has the user's rows of each table, with credentials and their claims, \
                  but no private keys. A file has mode 0600."
)]
pub(crate) struct ExportUserArgs {
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    user: UserArgs,
    /// The file to write; `-` is stdout.
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    #[command(flatten)]
    force: ForceArgs,
}

#[derive(Args)]
#[command(
    group = ArgGroup::new("key").required(true),
    after_help = "Example:\n  \
                  air sandbox erase-user --data platform --email ada@example.com\n\
                  \n\
                  Stop the platform first. The user's rows are deleted from each table, and the user's credentials are revoked in \
                  their status lists. Then free pages and the write-ahead log are overwritten, and snapshots and copies in the \
                  folder that have the user are deleted, with their other users. The command says what stays. A repetition is safe."
)]
pub(crate) struct EraseUserArgs {
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    user: UserArgs,
    #[command(flatten)]
    confirmation: Confirmation,
}

impl PlatformArgs {
    fn data(&self) -> Result<Data, Failure> {
        match (&self.data, &self.database) {
            (Some(folder), _) => Ok(Data::Folder(folder.clone())),
            (None, Some(url)) => Ok(Data::Postgres(database_url(url)?)),
            (None, None) => Err(Failure::usage("missing platform: pass --data or --database")),
        }
    }
}

impl UserArgs {
    fn key(&self) -> Result<UserKey, Failure> {
        match (&self.email, &self.user) {
            (Some(email), _) => Ok(UserKey::Email(email.clone())),
            (None, Some(user)) => Ok(UserKey::Id(user.clone())),
            (None, None) => Err(Failure::usage("missing user: pass --email or --user")),
        }
    }
}

impl ExportUserArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        self.force.check(&self.out)?;
        let export = user_data::export(&self.platform.data()?, &self.user.key()?).await?;
        if export.tables.is_empty() {
            return Err(Failure::failed("the platform has nothing of this user")
                .with_hint("check the address or the ID, and the folder or database"));
        }
        let mut tables = Map::new();
        for table in &export.tables {
            let rows: Result<Vec<Value>, _> =
                table.rows.iter().map(|row| serde_json::from_str(row)).collect();
            let rows = rows.map_err(|error| Failure::failed(error.to_string()).about(table.name))?;
            tables.insert(table.name.to_owned(), rows.into());
        }
        let withheld = user_data::WITHHELD.map(|(table, column)| format!("{table}.{column}"));
        let document = json!({
            "exportedAt": time::now().as_secs(),
            "withheld": withheld,
            "tables": tables,
        });
        write_export(self.force, &self.out, &document, output)
    }
}

impl EraseUserArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let (data, key) = (self.platform.data()?, self.user.key()?);
        self.confirmation.require(
            "An erasure can't be undone. It also revokes the user's credentials, and deletes the snapshots and the copies \
             from before upgrades that have the user.",
            output,
        )?;
        let erasure = user_data::erase(&data, &key, time::now()).await?;
        let rows: Map<String, Value> = erasure
            .rows
            .iter()
            .map(|(table, rows)| ((*table).to_owned(), (*rows).into()))
            .collect();
        let shown = |paths: &[PathBuf]| paths.iter().map(|path| files::shown(path)).collect::<Vec<_>>();
        let document = json!({
            "rows": rows,
            "revoked": erasure.revoked,
            "deletedFiles": shown(&erasure.deleted_files),
            "remainingFiles": shown(&erasure.remaining_files),
            "kept": KEPT,
        });
        output.result(&document, |_| text(&erasure))?;
        for path in &erasure.remaining_files {
            output.note(&format!(
                "warning: {} also has the user's address or ID, and no platform wrote it there: delete it",
                path.display()
            ));
        }
        Ok(())
    }
}

fn text(erasure: &Erasure) -> String {
    let rows: u64 = erasure.rows.iter().map(|(_, rows)| rows).sum();
    let mut lines = vec![format!(
        "Erased {} of {}, and revoked {}.",
        counted(rows, "row", "rows"),
        counted(erasure.rows.len() as u64, "table", "tables"),
        counted(erasure.revoked, "credential", "credentials")
    )];
    if !erasure.deleted_files.is_empty() {
        let files = erasure
            .deleted_files
            .iter()
            .map(|path| path.display().to_string());
        lines.push(format!("Deleted:\n{}", list(files)));
    }
    lines.push(format!("Not erased:\n{}", list(KEPT)));
    lines.join("\n")
}
