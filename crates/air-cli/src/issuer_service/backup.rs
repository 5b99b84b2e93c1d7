//! `air issuer backup`: the database in one sealed file.

use std::{io, path::PathBuf};

use air_crypto::{ChunkSize, Sealer};
use air_issuer::{BackupReport, Clock, backup};
use clap::Args;
use serde_json::json;

use super::{
    ConfigArgs,
    recipient::{LABEL, Recipient},
};
use crate::{
    exit::Failure,
    files::{self, AtomicFile, Audience, ForceArgs, Hashed},
    output::Output,
};

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
    /// The backup to write.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// The public key to seal to, or a file with it: hex, base64url, a JWK, PEM or a did:key; or the group file of
    /// custodians.
    #[arg(
        long,
        value_name = "KEY",
        required_unless_present = "no_encrypt",
        conflicts_with = "no_encrypt",
        allow_hyphen_values = true
    )]
    recipient: Option<String>,
    /// Write the backup as plain text: encrypt it before it leaves this machine.
    #[arg(long)]
    no_encrypt: bool,
    #[command(flatten)]
    force: ForceArgs,
}

impl Backup {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        if files::is_dash(&self.to) {
            return Err(Failure::usage(
                "a backup is read back after it was written, so it can't be written to stdout; name a file",
            ));
        }
        let config = self.config.load()?;
        let recipient = self.recipient.as_deref();
        let recipient = recipient.map(|text| Recipient::read(text, &config)).transpose()?;
        self.force.check(&self.to)?;
        let mut file = Hashed::new(AtomicFile::for_output(&self.to, Audience::Owner, output)?);
        let clock = Clock::system();
        let report = match &recipient {
            Some(Recipient { key, context }) => {
                let chunk_size = ChunkSize::default();
                let mut sealer = Sealer::new(key, context, LABEL, chunk_size, &mut file, &mut rand::rng())?;
                let report = backup(&config, &clock, &mut sealer).await?;
                sealer.finish()?;
                report
            }
            None => backup(&config, &clock, &mut file).await?,
        };
        let (mut file, written) = file.finish();
        compare(&mut file, written)?;
        let size = file.length()?;
        self.force.publish(file)?;
        self.report(&report, size, &hex::encode(written), output)
    }

    fn report(&self, report: &BackupReport, size: u64, sha256: &str, output: Output) -> Result<(), Failure> {
        let document = json!({
            "file": files::shown(&self.to),
            "size": size,
            "sha256": sha256,
            "sealed": self.recipient.is_some(),
            "createdAt": report.created_at,
            "credentials": report.credentials,
            "rows": report.rows,
        });
        output.result(&document, |_| {
            format!(
                "Wrote {} ({size} bytes, 0600): {} credentials at {}.\nsha256  {sha256}\n\
                 Keep this digest, the configuration and the private keys in other places: the backup has none of them.",
                self.to.display(),
                report.credentials,
                report.created_at,
            )
        })?;
        if self.recipient.is_none() {
            output.note(
                "warning: the backup is not encrypted, and its readers can guess user IDs from their hashes; \
                 encrypt it before it leaves this machine",
            );
        }
        Ok(())
    }
}

/// Reads the file back, before it gets its name.
fn compare(file: &mut AtomicFile, written: [u8; 32]) -> Result<(), Failure> {
    let mut read = Hashed::new(io::sink());
    io::copy(file.written()?, &mut read)
        .map_err(|error| Failure::failed(format!("failed to read back the backup: {error}")))?;
    let (_, found) = read.finish();
    if found == written {
        Ok(())
    } else {
        Err(
            Failure::failed("the backup was read back with other bytes than were written")
                .with_hint("nothing was kept; check the disk, or choose another one"),
        )
    }
}
