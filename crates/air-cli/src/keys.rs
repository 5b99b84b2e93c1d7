//! `air keys`: a partner's signing keys.

use std::path::{Path, PathBuf};

use air_jwt::{Kid, SigningKey};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    exit::Failure,
    files::{self, Audience},
    output::Output,
};

#[derive(Subcommand)]
pub(crate) enum Keys {
    /// Makes an ES256 key and writes it as PEM for its owner alone (0600).
    Generate(Generate),
}

#[derive(Args)]
#[command(after_help = "Example:\n  air keys generate --out partner-key.pem")]
pub(crate) struct Generate {
    /// Where the private key goes; an existing file stays as it is.
    #[arg(long, value_name = "FILE", default_value = "partner-key.pem")]
    out: PathBuf,
    /// The key's id in the published set; its RFC 7638 thumbprint unless said.
    #[arg(long)]
    kid: Option<Kid>,
}

impl Keys {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let Self::Generate(arguments) = self;
        arguments.run(output)
    }
}

impl Generate {
    fn run(&self, output: Output) -> Result<(), Failure> {
        let path = self.out.display();
        if self.out.exists() {
            return Err(
                Failure::failed(format!("{path} exists; a key is never overwritten"))
                    .with_hint("choose another name with --out"),
            );
        }
        let mut key = SigningKey::generate(&mut rand::rng());
        if let Some(kid) = &self.kid {
            key = key.with_kid(kid.clone());
        }
        files::write(&self.out, key.expose_pkcs8_pem().as_bytes(), Audience::Owner)?;
        let document = json!({ "file": self.out, "kid": key.kid(), "jwk": key.public_jwk() });
        output.result(&document, |_| {
            format!(
                "Wrote {path} (0600).\nkid  {}\nNext: publish its public half before it signs: `air jwks export --key {path}`",
                key.kid()
            )
        })
    }
}

/// Reads a PEM key; its `kid` is the thumbprint until another is set.
pub(crate) fn read_signing_key(path: &Path, output: Output) -> Result<SigningKey, Failure> {
    let pem = files::read_secret(path, output)?;
    SigningKey::from_pem(&pem).map_err(|error| {
        Failure::rejected(format!("{}: {error}", path.display()))
            .with_hint("`air keys generate` makes one; RSA keys come later")
    })
}
