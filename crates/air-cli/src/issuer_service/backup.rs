//! `air issuer backup`: the database in one sealed file.

use air_issuer::{Clock, backup};
use clap::Args;
use serde_json::json;

use super::{ConfigArgs, did};
use crate::{backup_file::DestinationArgs, count::counted, exit::Failure, files, output::Output};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air issuer backup --config issuer.toml \\\n      \
                  --recipient backup-key.pub --to issuer.backup\n  \
                  air issuer backup --config issuer.toml \\\n      \
                  --recipient group.json --to issuer.backup\n\
                  \n\
                  The service may run. The backup has the state of one moment, and is read back after it was written. It has \
                  neither the configuration nor private keys: keep those apart.")]
pub(crate) struct Backup {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    destination: DestinationArgs,
}

impl Backup {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let config = self.config.load()?;
        let mut writer = self.destination.open(&did(&config)?, output)?;
        let report = backup(&config, &Clock::system(), &mut writer).await?;
        let published = self.destination.publish(writer)?;
        let path = self.destination.path();
        let document = json!({
            "file": files::shown(path),
            "size": published.size,
            "sha256": published.sha256,
            "sealed": self.destination.is_sealed(),
            "createdAt": report.created_at,
            "credentials": report.credentials,
            "rows": report.rows,
        });
        output.result(&document, |_| {
            format!(
                "Wrote {} ({} bytes, 0600): {} at {}.\nsha256  {}\n\
                 Keep this digest, the configuration and the private keys in other places: the backup has none of them.",
                path.display(),
                published.size,
                counted(report.credentials, "credential", "credentials"),
                report.created_at,
                published.sha256,
            )
        })?;
        self.destination
            .warn_if_plain("hashes from which its readers can guess user IDs", output);
        Ok(())
    }
}
