//! The file that a backup is written to.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use air_crypto::{ChunkSize, IssuerDid, Sealer};
use clap::Args;

use super::recipient::{LABEL, Recipient};
use crate::{
    exit::Failure,
    files::{self, AtomicFile, Audience, ForceArgs, Hashed},
    output::Output,
};

/// Where a backup is written to, and the key that it is sealed to.
#[derive(Args)]
pub(crate) struct DestinationArgs {
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

/// A backup that is being written.
pub(crate) enum BackupWriter {
    Sealed(Box<Sealer<Hashed<AtomicFile>>>),
    Plain(Hashed<AtomicFile>),
}

/// A backup that has its name.
pub(crate) struct Published {
    /// In bytes.
    pub(crate) size: u64,
    /// In hex.
    pub(crate) sha256: String,
}

impl DestinationArgs {
    pub(crate) fn path(&self) -> &Path {
        &self.to
    }

    pub(crate) fn is_sealed(&self) -> bool {
        self.recipient.is_some()
    }

    /// Begins the file. A backup of this issuer is opened under its name only.
    pub(crate) fn open(&self, issuer: &IssuerDid, output: Output) -> Result<BackupWriter, Failure> {
        if files::is_dash(&self.to) {
            return Err(Failure::usage(
                "a backup is read back after it was written, so it can't be written to stdout; name a file",
            ));
        }
        let recipient = self.recipient.as_deref();
        let recipient = recipient.map(|text| Recipient::read(text, issuer)).transpose()?;
        self.force.check(&self.to)?;
        let file = Hashed::new(AtomicFile::for_output(&self.to, Audience::Owner, output)?);
        let Some(Recipient { key, context }) = &recipient else {
            return Ok(BackupWriter::Plain(file));
        };
        let chunk_size = ChunkSize::default();
        let sealer = Sealer::new(key, context, LABEL, chunk_size, file, &mut rand::rng())?;
        Ok(BackupWriter::Sealed(Box::new(sealer)))
    }

    /// Reads the file back, and gives it its name.
    pub(crate) fn publish(&self, writer: BackupWriter) -> Result<Published, Failure> {
        let file = match writer {
            BackupWriter::Sealed(sealer) => (*sealer).finish()?,
            BackupWriter::Plain(file) => file,
        };
        let (mut file, written) = file.finish();
        compare(&mut file, written)?;
        let size = file.length()?;
        self.force.publish(file)?;
        Ok(Published {
            size,
            sha256: hex::encode(written),
        })
    }

    /// Warns about a backup that is not sealed.
    pub(crate) fn warn_if_plain(&self, content: &str, output: Output) {
        if !self.is_sealed() {
            output.note(&format!(
                "warning: the backup is not encrypted, and has {content}; encrypt it before it leaves this machine"
            ));
        }
    }
}

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

impl Write for BackupWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Sealed(sealer) => sealer.write(bytes),
            Self::Plain(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Sealed(sealer) => sealer.flush(),
            Self::Plain(file) => file.flush(),
        }
    }
}
