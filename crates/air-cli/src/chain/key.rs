//! `air chain key`.

use std::path::{Path, PathBuf};

use air_crypto::{CakPrivateKey, Curve};
use air_ledger::evm::{Address, transaction::SigningKey};
use clap::{Args, Subcommand};
use serde_json::json;
use zeroize::Zeroizing;

use super::account;
use crate::{
    exit::Failure,
    files::{self, Audience},
    new_passphrase::{self, Secret},
    output::Output,
};

const STAYS: &str = "a key is never overwritten; choose another name";

#[derive(Subcommand)]
pub(crate) enum Key {
    /// Create a key in a file with mode 0600, encrypted with a passphrase, and print its account's address.
    New(New),
    /// Print the address of a key's account.
    Address(ShowAddress),
}

#[derive(Args)]
#[command(after_help = "The file is PKCS#8 (PEM). OpenSSL reads it, too.\n\n\
                  Example:\n  air chain key new submitter.pem --passphrase-file pass.txt")]
pub(crate) struct New {
    /// The file to write; an existing file is not replaced.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The passphrase to encrypt the key with; `-` is stdin [default: ask on the terminal; without
    /// a terminal, the key is not encrypted].
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = "Example:\n  air chain key address submitter.pem")]
pub(crate) struct ShowAddress {
    /// The private key: hex, a JWK or PEM, on secp256k1; `-` is stdin.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The passphrase of an encrypted key; `-` is stdin [default: ask on the terminal].
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Key {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::New(arguments) => arguments.run(output),
            Self::Address(arguments) => arguments.run(output),
        }
    }
}

impl New {
    fn run(&self, output: Output) -> Result<(), Failure> {
        files::require_free(&self.file, STAYS)?;
        let rng = &mut rand::rng();
        let key = CakPrivateKey::generate(Curve::Secp256k1, rng);
        let given = self
            .passphrase_file
            .as_deref()
            .map(|path| files::read_secret(path, output))
            .transpose()?;
        let passphrase = new_passphrase::for_new(Secret::AccountKey, given, output)?;
        let is_encrypted = passphrase.is_some();
        let pem = match passphrase {
            None => key.expose_pkcs8_pem(),
            Some(passphrase) => Zeroizing::new(key.to_encrypted_pem(passphrase.as_bytes(), rng)?),
        };
        let account = SigningKey::from_bytes(key.expose_secret())
            .map_err(|error| Failure::failed(error.to_string()))?
            .address();
        files::write_new(&self.file, pem.as_bytes(), Audience::Owner, STAYS)?;
        created(account, &self.file, is_encrypted, output)
    }
}

fn created(account: Address, file: &Path, is_encrypted: bool, output: Output) -> Result<(), Failure> {
    let document = json!({
        "file": files::shown(file),
        "address": account,
        "encrypted": is_encrypted,
    });
    output.result(&document, |_| {
        format!(
            "Wrote {} (0600{}).\naddress  {account}\nNext: send the account coins of the chain, which pay for its transactions",
            file.display(),
            if is_encrypted { ", encrypted" } else { "" }
        )
    })
}

impl ShowAddress {
    fn run(&self, output: Output) -> Result<(), Failure> {
        let address = account::read(&self.file, self.passphrase_file.as_deref(), output)?.address();
        output.result(&json!({ "address": address }), |_| address.to_string())
    }
}
