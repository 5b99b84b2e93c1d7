//! `air keys`: a partner's signing keys.

mod folder;
mod generate;
mod list;
mod rotate;
mod signer;
mod token;

use std::path::Path;

use air_jwt::{Error, Kid, RsaSize, SigningKey};
use clap::{Args, Subcommand, ValueEnum};

pub(crate) use folder::KeyFolder;
pub(crate) use signer::{PartnerKey, is_signer_uri, open};

use crate::{exit::Failure, files, output::Output, time};

#[derive(Subcommand)]
pub(crate) enum Keys {
    /// Generate a key in a file with mode 0600, a folder of rotating keys with its first key, or a
    /// key in a PKCS#11 token.
    Generate(generate::Generate),
    /// List the keys of a folder, with their present and next states.
    List(list::List),
    /// Replace the signing key with a new one, without any refused tokens in between.
    Rotate(rotate::Rotate),
}

impl Keys {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Generate(arguments) => arguments.run(output),
            Self::List(arguments) => arguments.run(output),
            Self::Rotate(arguments) => arguments.run(output),
        }
    }
}

/// The kind of key to generate.
#[derive(Args)]
struct NewKeyArgs {
    /// The signature algorithm.
    #[arg(long, value_enum, default_value_t = KeyAlgorithm::Es256)]
    algorithm: KeyAlgorithm,
    /// The size of an RS256 key in bits.
    #[arg(long, value_enum, value_name = "N", default_value_t = KeyBits::Bits2048)]
    bits: KeyBits,
    /// The key's id in the published set [default: the RFC 7638 thumbprint].
    #[arg(long, allow_hyphen_values = true)]
    kid: Option<Kid>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KeyAlgorithm {
    #[value(name = "ES256")]
    Es256,
    #[value(name = "RS256")]
    Rs256,
}

#[derive(Clone, Copy, ValueEnum)]
enum KeyBits {
    #[value(name = "2048")]
    Bits2048,
    #[value(name = "3072")]
    Bits3072,
    #[value(name = "4096")]
    Bits4096,
}

impl NewKeyArgs {
    fn generate(&self) -> SigningKey {
        let size = match self.bits {
            KeyBits::Bits2048 => RsaSize::Bits2048,
            KeyBits::Bits3072 => RsaSize::Bits3072,
            KeyBits::Bits4096 => RsaSize::Bits4096,
        };
        let mut rng = rand::rng();
        let key = match self.algorithm {
            KeyAlgorithm::Es256 => SigningKey::generate(&mut rng),
            KeyAlgorithm::Rs256 => SigningKey::generate_rs256(size, &mut rng),
        };
        match &self.kid {
            Some(kid) => key.with_kid(kid.clone()),
            None => key,
        }
    }
}

/// Reads the signing key: from a file, or from a folder whose timetable selects it.
pub(crate) fn read(path: &Path, kid: Option<&Kid>, output: Output) -> Result<SigningKey, Failure> {
    match kid {
        None if path.is_dir() => KeyFolder::open(path)?.into_signing_key(time::now(), output),
        None => read_signing_key(path, output),
        Some(kid) if !path.is_dir() => Ok(read_signing_key(path, output)?.with_kid(kid.clone())),
        Some(_) => Err(Failure::usage(
            "--kid is for a single key; a key folder selects the signing key itself",
        )
        .with_hint("omit --kid, and unset AIR_KID")),
    }
}

/// Quotes a word for the shell, since a `kid` may have spaces and quotes.
pub(crate) fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@+=,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Reads a key in any form. Its `kid` defaults to the JWK's, or to the thumbprint.
pub(crate) fn read_signing_key(path: &Path, output: Output) -> Result<SigningKey, Failure> {
    let bytes = files::read_key(path, output)?;
    SigningKey::from_file_bytes(&bytes).map_err(|error| {
        let failure = Failure::rejected(format!("{}: {error}", path.display()));
        match error {
            Error::InvalidPrivateKey => failure.with_hint("run `air keys generate` to create one"),
            _ => failure,
        }
    })
}
