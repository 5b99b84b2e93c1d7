//! `air keys generate`.

use std::path::{Path, PathBuf};

use air_jwt::{KeyForm, SigningKey};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::{
    KeyFolder, NewKeyArgs,
    token::{self, TokenArgs},
};
use crate::{
    exit::Failure,
    files::{self, Audience},
    output::Output,
    time,
};

const STAYS: &str = "a key is never overwritten; choose another name with --out";

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air keys generate --out partner-key.pem\n  air keys generate --dir keys --algorithm RS256\n  \
                  air keys generate --pkcs11 --module /usr/lib/softhsm/libsofthsm2.so \\\n      \
                  --token issuer --pin-file pin\n\
                  \n\
                  Publish the public half of a key that signs, with `air jwks export`. A key for backups or documents is not \
                  published: pass its public half to `--recipient` or `--public-key`. No private key is ever published."
)]
pub(crate) struct Generate {
    #[command(flatten)]
    key: NewKeyArgs,
    /// The file to write the private key to; an existing file is not replaced.
    #[arg(long, value_name = "FILE", default_value = "partner-key.pem")]
    out: PathBuf,
    /// The format of the file.
    #[arg(long, value_enum, default_value_t = Form::Pkcs8)]
    form: Form,
    /// Create a folder of rotating keys instead of a file.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "form"])]
    dir: Option<PathBuf>,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// PEM, `PRIVATE KEY`.
    Pkcs8,
    /// PEM, `EC PRIVATE KEY` (SEC1) or `RSA PRIVATE KEY` (PKCS#1).
    Traditional,
    /// A private JWK, with the key's id.
    Jwk,
}

impl Generate {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        match (self.token.uri()?, &self.dir) {
            (Some(uri), _) => token::generate(&uri, &self.key, output),
            (None, Some(folder)) => self.start_folder(folder, output),
            (None, None) => self.write_file(output),
        }
    }

    fn write_file(&self, output: Output) -> Result<(), Failure> {
        let path = self.out.display();
        files::require_free(&self.out, STAYS)?;
        let key = self.key.generate();
        let text = match self.form {
            Form::Pkcs8 => key.expose_pem(KeyForm::Pkcs8),
            Form::Traditional => key.expose_pem(KeyForm::Traditional),
            Form::Jwk => key.expose_jwk(),
        };
        files::write_new(&self.out, text.as_bytes(), Audience::Owner, STAYS)?;
        let kid = if self.key.kid.is_some() {
            format!(" --kid {}", super::shell_word(key.kid().as_str()))
        } else {
            String::new()
        };
        report(
            &key,
            &self.out,
            &format!("air jwks export --key {path}{kid}"),
            output,
        )
    }

    fn start_folder(&self, folder: &Path, output: Output) -> Result<(), Failure> {
        let key = self.key.generate();
        KeyFolder::create(folder, &key, time::now())?;
        report(
            &key,
            folder,
            &format!("air jwks export --key {}", folder.display()),
            output,
        )
    }
}

fn report(key: &SigningKey, written: &Path, next: &str, output: Output) -> Result<(), Failure> {
    let document = json!({
        "file": files::shown(written),
        "kid": key.kid(),
        "algorithm": key.algorithm(),
        "jwk": key.public_jwk(),
    });
    output.result(&document, |_| {
        format!(
            "Wrote {} ({}, 0600).\nkid  {}\n\
             Next: publish the public key before you sign with it: `{next}`\n\
             A key for backups signs nothing, and is not published. The private key never is.",
            written.display(),
            key.algorithm(),
            key.kid()
        )
    })
}
