//! Passphrases of custodians' shares and keys: from a file, from the terminal, or none with a warning.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::{ask, exit::Failure, files, output::Output};

/// A custodian's secret that is written to a file.
#[derive(Clone, Copy)]
pub(super) enum Secret {
    Share,
    Key,
}

impl Secret {
    fn name(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Key => "key",
        }
    }
}

/// The passphrase of a share that is written.
#[derive(Args)]
pub(super) struct NewPassphraseArgs {
    /// The passphrase to encrypt the share with; `-` is stdin. An encrypted private key that the command reads has the same
    /// passphrase, unless --key-passphrase-file is passed [default: ask on the terminal; without a terminal, the share is not
    /// encrypted].
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
        for_new(Secret::Share, self.of_share, output)
    }
}

/// The passphrase to encrypt a secret with: the given one, or one that is asked for on the terminal. `None` leaves the secret
/// unencrypted, with a warning.
pub(super) fn for_new(
    secret: Secret,
    given: Option<Zeroizing<String>>,
    output: Output,
) -> Result<Option<Zeroizing<String>>, Failure> {
    let passphrase = match given {
        None if ask::is_possible(output) => asked_twice(secret, output)?,
        passphrase => passphrase,
    };
    if passphrase.is_none() {
        output.note(&format!(
            "warning: the {} is not encrypted: anyone who reads its file can act as its custodian; pass --passphrase-file to \
             encrypt it",
            secret.name()
        ));
    }
    Ok(passphrase)
}

fn asked_twice(secret: Secret, output: Output) -> Result<Option<Zeroizing<String>>, Failure> {
    let question = format!("Passphrase for the {} (empty: not encrypted): ", secret.name());
    let passphrase = ask::secret(&question, output)?;
    if passphrase.is_empty() {
        return Ok(None);
    }
    if *ask::secret("The same passphrase again: ", output)? != *passphrase {
        return Err(Failure::failed(format!(
            "the two passphrases differ; no {} was written",
            secret.name()
        ))
        .with_hint("run the command again"));
    }
    Ok(Some(passphrase))
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
