//! The backup that is restored.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use air_crypto::{Error, IssuerDid, Opener};
use clap::Args;
use zeroize::Zeroizing;

use super::recipient::{LABEL, context};
use crate::{exit::Failure, files, output::Output, private_key, sealing::with_header};

/// A backup, and the key that opens it.
#[derive(Args)]
pub(crate) struct SourceArgs {
    /// The private key of a sealed backup: hex, base64url, a JWK or PEM; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The passphrase of an encrypted PEM; `-` is stdin [default: ask on the terminal].
    #[arg(long, value_name = "FILE", requires = "key")]
    passphrase_file: Option<PathBuf>,
    /// The backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl SourceArgs {
    pub(crate) fn path(&self) -> &Path {
        &self.file
    }

    /// The text of a backup of this issuer.
    pub(crate) fn open(&self, issuer: &IssuerDid, output: Output) -> Result<Box<dyn Read>, Failure> {
        if files::is_dash(&self.file) {
            return Err(Failure::usage("a backup can't be read from stdin; name a file"));
        }
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
                .opened(key, Box::new(file), issuer, output)
                .map_err(|failure| failure.about(&name)),
        }
    }

    fn opened(
        &self,
        key: &Path,
        file: Box<dyn Read>,
        issuer: &IssuerDid,
        output: Output,
    ) -> Result<Box<dyn Read>, Failure> {
        let (header, whole) = with_header(file)?;
        let curve = header.curve();
        let key = private_key::read(key, self.passphrase_file.as_deref(), Some(curve), output)?;
        let context = context(issuer, curve)?;
        match Opener::new(&key, &context, LABEL, whole) {
            Ok(opener) => Ok(Box::new(Opened::new(opener))),
            Err(error @ Error::WrongKey) => Err(Failure::from(error).with_hint(
                "check the key, and that the configuration has the origin of the backup; a backup that is sealed to \
                 custodians is opened with `air custody open`",
            )),
            Err(error) => Err(error.into()),
        }
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
