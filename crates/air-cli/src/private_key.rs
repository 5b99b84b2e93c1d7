//! Private keys from files, in any form.

use std::path::{Path, PathBuf};

use air_crypto::{CakPrivateKey, Curve, Error};
use clap::Args;

use crate::{
    ask,
    exit::Failure,
    files::{self, is_dash},
    output::Output,
    terminal::printable,
};

/// The private key that opens a container.
#[derive(Args)]
pub(crate) struct PrivateKeyArgs {
    /// The private key: hex, base64url, a JWK or PEM; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    private_key_file: PathBuf,
    /// The passphrase of an encrypted PEM; `-` is stdin [default: ask on the terminal].
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl PrivateKeyArgs {
    /// Reads the key. Its curve defaults to `curve`, or else to secp256r1, if its form does not name it.
    pub(crate) fn read(&self, curve: Option<Curve>, output: Output) -> Result<CakPrivateKey, Failure> {
        read(
            &self.private_key_file,
            self.passphrase_file.as_deref(),
            curve,
            output,
        )
    }

    /// Checks that at most one input is stdin.
    pub(crate) fn leaves_stdin_to(&self, input: &Path) -> Result<(), Failure> {
        let from_stdin = [
            Some(self.private_key_file.as_path()),
            self.passphrase_file.as_deref(),
        ]
        .into_iter()
        .flatten()
        .chain([input])
        .filter(|path| is_dash(path))
        .count();
        if from_stdin > 1 {
            return Err(Failure::usage(
                "only one of the private key, its passphrase and the container can be read from stdin",
            ));
        }
        Ok(())
    }
}

pub(crate) fn read(
    path: &Path,
    passphrase_file: Option<&Path>,
    curve: Option<Curve>,
    output: Output,
) -> Result<CakPrivateKey, Failure> {
    let passphrase = passphrase_file
        .map(|path| files::read_secret(path, output))
        .transpose()?;
    let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_str());
    read_with(path, passphrase, curve, output)
}

/// As [`read`], with a passphrase that was read before. Without one, the passphrase of an encrypted
/// key is asked for on the terminal.
pub(crate) fn read_with(
    path: &Path,
    passphrase: Option<&str>,
    curve: Option<Curve>,
    output: Output,
) -> Result<CakPrivateKey, Failure> {
    let bytes = files::read_key(path, output)?;
    parse(path, &bytes, passphrase, curve, output)
}

/// Decrypts a key that was read from a file.
pub(crate) fn decrypt(
    path: &Path,
    bytes: &[u8],
    passphrase_file: Option<&Path>,
    curve: Option<Curve>,
    output: Output,
) -> Result<CakPrivateKey, Failure> {
    let passphrase = passphrase_file
        .map(|path| files::read_secret(path, output))
        .transpose()?;
    let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_str());
    parse(path, bytes, passphrase, curve, output)
}

fn parse(
    path: &Path,
    bytes: &[u8],
    passphrase: Option<&str>,
    curve: Option<Curve>,
    output: Output,
) -> Result<CakPrivateKey, Failure> {
    let read = |passphrase: Option<&str>| {
        CakPrivateKey::from_file_bytes(curve, bytes, passphrase.map(str::as_bytes))
    };
    let key = match read(passphrase) {
        Err(Error::PassphraseNeeded) if ask::is_possible(output) => {
            let question = format!("Passphrase of {}: ", printable(&path.display().to_string()));
            read(Some(&ask::secret(&question, output)?))
        }
        key => key,
    };
    key.map_err(|error| {
        let needs_passphrase = matches!(error, Error::PassphraseNeeded);
        let failure = Failure::from(error);
        if needs_passphrase {
            failure.with_hint("pass a file with the passphrase: --passphrase-file FILE")
        } else {
            failure
        }
    })
}
