//! `air cak convert`.

use std::path::PathBuf;

use air_crypto::{CakPrivateKey, CakPublicKey, Curve};
use clap::{ArgGroup, Args, ValueEnum};
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    exit::Failure,
    files::{self, Audience, ForceArgs},
    output::Output,
    private_key,
};

#[derive(Args)]
#[command(
    group = ArgGroup::new("key").required(true),
    after_help = "Examples:\n  \
                  air cak convert --private-key-file cak.hex --to encrypted-pem \\\n      \
                  --new-passphrase-file pass.txt --out cak.pem\n  \
                  air cak convert --public-key 0x04… --to did-key"
)]
pub(crate) struct Convert {
    /// A private key: hex, base64url, a JWK or PEM; `-` is stdin.
    #[arg(long, value_name = "FILE", group = "key")]
    private_key_file: Option<PathBuf>,
    /// The passphrase of an encrypted private key; `-` is stdin.
    #[arg(long, value_name = "FILE", requires = "private_key_file")]
    passphrase_file: Option<PathBuf>,
    /// A public key: hex, base64url, a JWK, a PEM's text or a did:key.
    #[arg(long, value_name = "KEY", group = "key", allow_hyphen_values = true)]
    public_key: Option<String>,
    /// The curve, if the key's form does not name it [default: secp256r1].
    #[arg(long)]
    curve: Option<Curve>,
    /// The form to convert to.
    #[arg(long, value_enum)]
    to: Form,
    /// Convert the public half of the private key.
    #[arg(long, requires = "private_key_file")]
    public: bool,
    /// The passphrase to encrypt with, for `encrypted-pem`; `-` is stdin.
    #[arg(long, value_name = "FILE", required_if_eq("to", "encrypted-pem"))]
    new_passphrase_file: Option<PathBuf>,
    /// The file to write, with mode 0600 for a private key; `-` is stdout. Required for a private
    /// key [default: stdout].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
}

/// The text forms of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// SEC1 or the scalar, in hex.
    Hex,
    /// The compressed point in hex: public keys.
    CompressedHex,
    /// SEC1 or the scalar, in base64url.
    #[value(name = "base64url")]
    Base64Url,
    /// A JWK (RFC 7517).
    Jwk,
    /// The JWK's SHA-256 thumbprint (RFC 7638): public keys.
    Thumbprint,
    /// SPKI or PKCS#8.
    Pem,
    /// PKCS#8, encrypted with a passphrase: private keys.
    EncryptedPem,
    /// did:key: public keys.
    DidKey,
}

impl Convert {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        if self.new_passphrase_file.is_some() && self.to != Form::EncryptedPem {
            // The key would be written without encryption.
            return Err(
                Failure::usage("--new-passphrase-file is only for --to encrypted-pem")
                    .with_hint("omit it, or convert to encrypted-pem"),
            );
        }
        match (&self.private_key_file, &self.public_key) {
            (Some(path), _) => {
                let key = private_key::read(path, self.passphrase_file.as_deref(), self.curve, output)?;
                if self.public {
                    self.write_public(key.public_key(), output)
                } else {
                    self.write_private(&key, output)
                }
            }
            (None, Some(text)) => self.write_public(&CakPublicKey::from_text(self.curve, text)?, output),
            (None, None) => Err(Failure::usage(
                "missing key: pass --private-key-file or --public-key",
            )),
        }
    }

    fn write_public(&self, key: &CakPublicKey, output: Output) -> Result<(), Failure> {
        let text = match self.to {
            Form::Hex => key.to_string(),
            Form::CompressedHex => key.to_compressed_hex(),
            Form::Base64Url => key.to_base64url(),
            Form::Jwk => key.to_jwk().to_string(),
            Form::Thumbprint => key.to_jwk().thumbprint(),
            Form::Pem => key.to_spki_pem(),
            Form::DidKey => key.to_did_key(),
            Form::EncryptedPem => return Err(Failure::usage("public keys are not encrypted: use --to pem")),
        };
        match self.out.as_deref().filter(|out| !files::is_dash(out)) {
            Some(out) => {
                self.force
                    .write(out, line(&text).as_bytes(), Audience::Everyone)?;
                output.wrote(out)
            }
            None => output.result(&json!({ "key": text.trim_end() }), |_| text.trim_end().to_owned()),
        }
    }

    fn write_private(&self, key: &CakPrivateKey, output: Output) -> Result<(), Failure> {
        let text = match (self.to, &self.new_passphrase_file) {
            (Form::Hex, _) => key.expose_hex(),
            (Form::Base64Url, _) => key.expose_base64url(),
            (Form::Jwk, _) => key.expose_jwk(),
            (Form::Pem, _) => key.expose_pkcs8_pem(),
            (Form::EncryptedPem, Some(path)) => {
                let passphrase = files::read_secret(path, output)?;
                Zeroizing::new(key.to_encrypted_pem(passphrase.as_bytes(), &mut rand::rng())?)
            }
            _ => {
                return Err(Failure::usage("this form is for public keys only")
                    .with_hint("add --public to convert the public half of the private key"));
            }
        };
        match &self.out {
            None => Err(Failure::usage("private keys are not printed by default")
                .with_hint("pass --out FILE, or --out - for stdout")),
            Some(out) if files::is_dash(out) => output.raw_line(text.trim_end()),
            Some(out) => {
                self.force.write(out, line(&text).as_bytes(), Audience::Owner)?;
                output.wrote(out)
            }
        }
    }
}

/// Appends a newline, as text files end in one.
fn line(text: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("{}\n", text.trim_end()))
}
