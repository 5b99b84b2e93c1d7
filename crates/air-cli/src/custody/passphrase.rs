//! Passphrases of custodians' shares, and of the keys that they are made from.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::{
    ask,
    exit::Failure,
    files,
    new_passphrase::{self, Secret},
    output::Output,
};

/// The passphrase of a share that is written.
#[derive(Args)]
pub(super) struct NewPassphraseArgs {
    /// The passphrase to encrypt the share with; `-` is stdin. An encrypted private key that the
    /// command reads has the same passphrase, unless --key-passphrase-file is passed [default: ask
    /// on the terminal; without a terminal, the share is not encrypted].
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The passphrase of the private key that the command reads, if it is encrypted.
    #[arg(long, value_name = "FILE")]
    key_passphrase_file: Option<PathBuf>,
}

/// The passphrases of a command that reads a key and writes shares.
pub(super) struct Passphrases {
    pub(super) of_key: Option<Zeroizing<String>>,
    of_share: Option<Zeroizing<String>>,
}

impl NewPassphraseArgs {
    /// Reads each file once.
    pub(super) fn read(&self, output: Output) -> Result<Passphrases, Failure> {
        let read = |path: &Option<PathBuf>| {
            path.as_deref()
                .map(|path| files::read_secret(path, output))
                .transpose()
        };
        let of_share = read(&self.passphrase_file)?;
        let of_key = match &self.key_passphrase_file {
            None => of_share.clone(),
            path => read(path)?,
        };
        Ok(Passphrases { of_key, of_share })
    }
}

impl Passphrases {
    /// The passphrase to encrypt shares with; `None` leaves them unencrypted, with a warning.
    pub(super) fn for_shares(self, output: Output) -> Result<Option<Zeroizing<String>>, Failure> {
        new_passphrase::for_new(Secret::Share, self.of_share, output)
    }
}

/// The passphrase of an encrypted share that is read: from a file, or from the terminal.
pub(super) fn of_share(file: Option<&Path>, output: Output) -> Result<Zeroizing<String>, Failure> {
    match file {
        Some(path) => files::read_secret(path, output),
        None if ask::is_possible(output) => ask::secret("Passphrase of the share: ", output),
        None => Err(
            Failure::rejected("the share is encrypted: a passphrase is needed")
                .with_hint("pass a file with the passphrase: --passphrase-file FILE"),
        ),
    }
}
