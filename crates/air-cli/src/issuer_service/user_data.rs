//! `air issuer export-user` and `air issuer erase-user`: everything that a stopped service has of one person.

use std::path::PathBuf;

use air_issuer::{Clock, ErasureReport, Person, erase_user, export_user};
use clap::{ArgGroup, Args};
use serde_json::{Map, Value, json};

use super::ConfigArgs;
use crate::{
    count::counted,
    erasure::{Confirmation, list, write_export},
    exit::Failure,
    files::ForceArgs,
    output::Output,
    time,
};

/// The values that an erasure does not reach, and why.
const KEPT: [&str; 4] = [
    "records of the credentials, without holder, hashes and key, and their entries of status lists: they stay revoked \
     while somebody could show them",
    "the audit log: each entry has the hash of the one before. It has ids of credentials and reasons of revocations",
    "envelopes at dStorage, which belong to the vendor: they open for the holder alone",
    "sources of claims, sealed backups, wallets, verifiers, proxies, and logs and backups of PostgreSQL",
];

#[derive(Args)]
struct PersonArgs {
    /// The holder's DID.
    #[arg(long, value_name = "DID", group = "key")]
    holder: Option<String>,
    /// The user's id, as AIR or the operator sent it; it may be an e-mail address. It finds all DIDs with a valid
    /// credential of the user.
    #[arg(long, value_name = "ID", group = "key")]
    user: Option<String>,
}

impl PersonArgs {
    fn person(&self) -> Result<Person, Failure> {
        match (&self.holder, &self.user) {
            (Some(did), _) => Ok(Person::Holder(did.clone())),
            (None, Some(id)) => Ok(Person::User(id.clone())),
            (None, None) => Err(Failure::usage("missing person: pass --holder or --user")),
        }
    }
}

#[derive(Args)]
#[command(
    group = ArgGroup::new("key").required(true),
    after_help = "Example:\n  \
                  air issuer export-user --config issuer.toml \\\n      \
                  --holder did:air:id:test:ada --out ada.json\n\
                  \n\
                  Stop all instances first. The document has the person's rows of each table. The service stores no claims: \
                  they are in your source. A file has mode 0600."
)]
pub(crate) struct ExportUser {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    person: PersonArgs,
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
                  air issuer erase-user --config issuer.toml \\\n      \
                  --holder did:air:id:test:ada\n\
                  \n\
                  Stop all instances first: an instance's memory may have claims of a table until the service reads the table \
                  again, and calls and uploads in flight. Its last copies are gone when it ends. An SQLite database that an instance \
                  has open is refused; on PostgreSQL, other sessions cause a warning.\n\n\
                  The person's credentials are revoked, and their records stay without the person. \
                  Offers, uploads and kept responses are deleted. Then free pages and the write-ahead log are overwritten. The \
                  command says what stays. A repetition is safe."
)]
pub(crate) struct EraseUser {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    person: PersonArgs,
    #[command(flatten)]
    confirmation: Confirmation,
}

impl ExportUser {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        self.force.check(&self.out)?;
        let exported = export_user(&self.config.load()?, &self.person.person()?).await?;
        if exported.is_empty() {
            return Err(Failure::failed("the service has nothing of this person")
                .with_hint("check the DID or the id, and the configuration"));
        }
        let tables: Map<String, Value> = exported
            .into_iter()
            .map(|table| (table.name.to_owned(), table.rows.into()))
            .collect();
        let document = json!({
            "exportedAt": time::now().as_secs(),
            "tables": tables,
        });
        write_export(self.force, &self.out, &document, output)
    }
}

impl EraseUser {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let (config, person) = (self.config.load()?, self.person.person()?);
        self.confirmation.require(
            "An erasure can't be undone. It also revokes the person's credentials.",
            output,
        )?;
        let report = erase_user(&config, &Clock::system(), &person).await?;
        let document = json!({
            "rows": report.rows,
            "revoked": report.revoked,
            "otherSessions": report.other_sessions,
            "kept": KEPT,
        });
        output.result(&document, |_| text(&report))?;
        if report.other_sessions > 0 {
            output.note(&format!(
                "warning: the database has {}. If an instance of the service is among them, restart it, and repeat the \
                 erasure: the last copies in memory are gone when it ends",
                counted(report.other_sessions, "other session", "other sessions")
            ));
        }
        Ok(())
    }
}

fn text(report: &ErasureReport) -> String {
    let rows: u64 = report.rows.values().sum();
    format!(
        "Erased {} of {}, and revoked {}. The next start signs the status lists.\n\
         Not erased:\n{}",
        counted(rows, "row", "rows"),
        counted(report.rows.len() as u64, "table", "tables"),
        counted(report.revoked, "credential", "credentials"),
        list(KEPT)
    )
}
