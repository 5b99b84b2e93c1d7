//! `air issuer restore`: a backup into an empty database.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use air_crypto::{Error, Opener};
use air_issuer::{Config, RestoreOptions, RestoreReport, restore};
use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    ConfigArgs,
    recipient::{LABEL, context},
};
use crate::{exit::Failure, files, output::Output, private_key, sealing::with_header};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air issuer restore --config issuer.toml \\\n      \
                  --key backup-key.pem --dry-run issuer.backup\n  \
                  air issuer restore --config issuer.toml \\\n      \
                  --key backup-key.pem issuer.backup\n\
                  \n\
                  The configured database or folder must be empty: nothing is replaced. All is written and compared, or nothing. \
                  Credentials and revocations after the backup are lost. New credentials get a new status list, so that no \
                  index is used twice. A backup that is sealed to custodians is opened with `air custody open` first.")]
pub(crate) struct Restore {
    #[command(flatten)]
    config: ConfigArgs,
    /// The private key of a sealed backup: hex, base64url, a JWK or PEM; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The passphrase of an encrypted PEM; `-` is stdin [default: ask on the terminal].
    #[arg(long, value_name = "FILE", requires = "key")]
    passphrase_file: Option<PathBuf>,
    /// Read and check the whole backup, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// The backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Restore {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        if files::is_dash(&self.file) {
            return Err(Failure::usage("a backup can't be read from stdin; name a file"));
        }
        let config = self.config.load()?;
        let options = RestoreOptions {
            is_dry_run: self.dry_run,
            ..RestoreOptions::default()
        };
        let backup = self.open(&config, output)?;
        let report = restore(&config, &options, backup)
            .await
            .map_err(|error| Failure::from(error).about(&self.file.display().to_string()))?;
        self.report(&report, output)
    }

    /// The text of the backup.
    fn open(&self, config: &Config, output: Output) -> Result<Box<dyn Read>, Failure> {
        let name = self.file.display().to_string();
        let mut file = BufReader::new(files::open_watched(&self.file, output)?);
        let start = file
            .fill_buf()
            .map_err(|error| Failure::failed(format!("failed to read {name}: {error}")))?;
        let is_plain = start.first() == Some(&b'{');
        match &self.key {
            None if is_plain => Ok(Box::new(file)),
            None => Err(Failure::usage(format!("{name} is sealed, or is not a backup"))
                .with_hint("pass the private key: --key FILE")),
            Some(_) if is_plain => Err(Failure::rejected(format!("{name} is not sealed"))
                .with_hint("if you made it with --no-encrypt, or opened it, leave out --key")),
            Some(key) => self
                .opener(key, file, config, output)
                .map(|opener| Box::new(Opened::new(opener)) as Box<dyn Read>)
                .map_err(|failure| failure.about(&name)),
        }
    }

    fn opener(
        &self,
        key: &Path,
        file: BufReader<Box<dyn Read>>,
        config: &Config,
        output: Output,
    ) -> Result<Opener<impl Read + use<>>, Failure> {
        let (header, whole) = with_header(Box::new(file))?;
        let curve = header.curve();
        let key = private_key::read(key, self.passphrase_file.as_deref(), Some(curve), output)?;
        let context = context(config, curve)?;
        Opener::new(&key, &context, LABEL, whole).map_err(|error| {
            let is_wrong_key = matches!(error, Error::WrongKey);
            let failure = Failure::from(error);
            if is_wrong_key {
                failure.with_hint(
                    "check the key, and that the configuration has the origin of the backup; a backup that is sealed \
                     to custodians is opened with `air custody open`",
                )
            } else {
                failure
            }
        })
    }

    fn report(&self, report: &RestoreReport, output: Output) -> Result<(), Failure> {
        let document = json!({
            "file": files::shown(&self.file),
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
                "warning: what happened after {} is lost: repeat the revocations since then. Credentials that were issued \
                 since then have no record, so this service can't revoke them",
                report.created_at
            ));
        }
        Ok(())
    }
}

fn render(report: &RestoreReport) -> String {
    let credentials = report.credentials;
    let created_at = &report.created_at;
    if report.is_dry_run {
        return format!(
            "The backup of {created_at} is whole: {credentials} credentials. Nothing was written."
        );
    }
    let restored = format!("Restored {credentials} credentials from the backup of {created_at}.");
    match report.next_list {
        Some(list) => format!("{restored}\nNew credentials use status list {list}."),
        None => restored,
    }
}

/// An opened container as a reader. It ends only after the last chunk has authenticated.
struct Opened<R: Read> {
    opener: Opener<R>,
    chunk: Zeroizing<Vec<u8>>,
    /// The bytes of the chunk that were read.
    position: usize,
    is_at_end: bool,
}

impl<R: Read> Opened<R> {
    fn new(opener: Opener<R>) -> Self {
        Self {
            opener,
            chunk: Zeroizing::default(),
            position: 0,
            is_at_end: false,
        }
    }
}

impl<R: Read> Read for Opened<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.position == self.chunk.len() && !self.is_at_end {
            self.position = 0;
            self.chunk.clear();
            match self.opener.next_chunk() {
                Ok(Some(chunk)) => self.chunk.extend_from_slice(chunk),
                Ok(None) => self.is_at_end = true,
                Err(Error::Read(error)) => return Err(error),
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
        let mut rest = self.chunk.get(self.position..).unwrap_or_default();
        let length = rest.read(buffer)?;
        self.position += length;
        Ok(length)
    }
}
