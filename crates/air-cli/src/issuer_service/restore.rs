//! `air issuer restore`: a backup into an empty database.

use air_issuer::{RestoreOptions, RestoreReport, restore};
use clap::Args;
use serde_json::json;

use super::{ConfigArgs, did};
use crate::{backup_file::SourceArgs, count::counted, exit::Failure, files, output::Output};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air issuer restore --config issuer.toml \\\n      \
                  --key backup-key.pem --dry-run issuer.backup\n  \
                  air issuer restore --config issuer.toml \\\n      \
                  --key backup-key.pem issuer.backup\n\
                  \n\
                  The configured database or folder must be empty: nothing is replaced. The restore is one transaction, \
                  and compares the tables with the backup before its commit. Credentials and revocations after the backup are \
                  lost. New credentials get a new status list, so that no index is used twice. A backup that is \
                  sealed to custodians is opened with `air custody open` first.")]
pub(crate) struct Restore {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    source: SourceArgs,
    /// Read and check the whole backup, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Restore {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let config = self.config.load()?;
        let options = RestoreOptions {
            is_dry_run: self.dry_run,
            ..RestoreOptions::default()
        };
        let backup = self.source.open(&did(&config)?, output)?;
        let report = restore(&config, &options, backup)
            .await
            .map_err(|error| Failure::from(error).about(&self.source.path().display().to_string()))?;
        self.report(&report, output)
    }

    fn report(&self, report: &RestoreReport, output: Output) -> Result<(), Failure> {
        let document = json!({
            "file": files::shown(self.source.path()),
            "dryRun": report.is_dry_run,
            "createdAt": report.created_at,
            "program": report.program,
            "database": report.database,
            "credentials": report.credentials,
            "rows": report.rows,
            "nextList": report.next_list,
        });
        output.result(&document, |_| render(report))?;
        if !report.is_dry_run {
            output.note(&format!(
                "warning: changes after {} are lost: repeat the revocations since then. Credentials that were issued \
                 since then have no record, so this service can't revoke them",
                report.created_at
            ));
        }
        Ok(())
    }
}

fn render(report: &RestoreReport) -> String {
    let credentials = counted(report.credentials, "credential", "credentials");
    let created_at = &report.created_at;
    if report.is_dry_run {
        return format!("The backup of {created_at} is whole: {credentials}. Nothing was written.");
    }
    let restored = format!("Restored {credentials} from the backup of {created_at}.");
    match report.next_list {
        Some(list) => format!("{restored}\nNew credentials use status list {list}."),
        None => restored,
    }
}
