//! The private key of an account on a chain.

use std::path::{Path, PathBuf};

use air_crypto::{CakPrivateKey, Curve, Error};
use air_ledger::evm::transaction::SigningKey;
use clap::Args;

use crate::{
    exit::Failure,
    files::{self, is_dash},
    output::Output,
    private_key,
};

/// The account that signs a transaction and pays for it.
#[derive(Args)]
pub(super) struct AccountArgs {
    /// The account's private key: hex, a JWK or PEM, on secp256k1; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The passphrase of an encrypted key; `-` is stdin [default: ask on the terminal].
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl AccountArgs {
    pub(super) fn read(&self, output: Output) -> Result<SigningKey, Failure> {
        read(&self.key, self.passphrase_file.as_deref(), output)
    }
}

/// Reads an account's key. Warns if the file is not encrypted, or if other users can read it.
pub(crate) fn read(
    path: &Path,
    passphrase_file: Option<&Path>,
    output: Output,
) -> Result<SigningKey, Failure> {
    if is_dash(path) && passphrase_file.is_some_and(is_dash) {
        return Err(Failure::usage(
            "only one of the private key and its passphrase can be read from stdin",
        ));
    }
    let bytes = files::read_key(path, output)?;
    let curve = Some(Curve::Secp256k1);
    let key = match CakPrivateKey::from_file_bytes(curve, &bytes, None) {
        Ok(key) => {
            if !is_dash(path) {
                output.note(&format!(
                    "warning: the key in {} is not encrypted; `air chain key new --passphrase-file` writes an encrypted one",
                    path.display()
                ));
            }
            key
        }
        Err(Error::PassphraseNeeded) => private_key::decrypt(path, &bytes, passphrase_file, curve, output)?,
        Err(error) => return Err(invalid(path, error)),
    };
    SigningKey::from_bytes(key.expose_secret()).map_err(|error| Failure::rejected(error.to_string()))
}

fn invalid(path: &Path, error: Error) -> Failure {
    let failure = match error {
        Error::CurveMismatch { key, .. } => Failure::rejected(format!(
            "the key is on {key}, and keys of EVM accounts are on secp256k1"
        )),
        error => Failure::from(error),
    };
    failure
        .about(&files::shown(path))
        .with_hint("a key is 64 hex digits, a JWK or PEM; `air chain key new` creates one")
}
