//! `air keys`: a partner's signing keys.

mod folder;
mod generate;
mod list;
mod rotate;

use std::path::{Path, PathBuf};

use air_jwt::{Error, Kid, RsaSize, SigningKey};
use clap::{Args, Subcommand, ValueEnum};

pub(crate) use folder::KeyFolder;

use crate::{exit::Failure, files, output::Output, time};

#[derive(Subcommand)]
pub(crate) enum Keys {
    /// Makes a key and writes it for its owner alone (0600): one file, or the first of a folder that rotates.
    Generate(generate::Generate),
    /// The keys of a folder: which signs, which is published, and until when.
    List(list::List),
    /// Puts a new key in the place of the one that signs, without a refused token on the way.
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

/// Which kind of key.
#[derive(Args)]
struct NewKeyArgs {
    /// What it signs with.
    #[arg(long, value_enum, default_value_t = KeyAlgorithm::Es256)]
    algorithm: KeyAlgorithm,
    /// How large an RS256 key is.
    #[arg(long, value_enum, value_name = "N", default_value_t = KeyBits::Bits2048)]
    bits: KeyBits,
    /// The key's id in the published set; its RFC 7638 thumbprint unless said.
    #[arg(long)]
    kid: Option<Kid>,
}

#[derive(Clone, Copy, ValueEnum)]
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

/// The key that signs: one file, or what a folder's timetable says.
#[derive(Args)]
pub(crate) struct SigningKeyArgs {
    /// The private key: PEM, a JWK, or base64 of DER; ES256 or RS256; `-` is stdin. Of a folder of `air keys`, the key whose time
    /// it is.
    #[arg(long, value_name = "FILE|DIR", env = "AIR_KEY")]
    key: PathBuf,
    /// The key's id in the published set; the JWK's own, or its RFC 7638 thumbprint, unless said.
    #[arg(long, env = "AIR_KID")]
    kid: Option<Kid>,
}

impl SigningKeyArgs {
    pub(crate) fn read(&self, output: Output) -> Result<SigningKey, Failure> {
        match &self.kid {
            None if self.key.is_dir() => KeyFolder::open(&self.key)?.into_signing_key(time::now(), output),
            None => read_signing_key(&self.key, output),
            Some(kid) if !self.key.is_dir() => Ok(read_signing_key(&self.key, output)?.with_kid(kid.clone())),
            Some(_) => Err(Failure::usage(
                "--kid is for one key; a folder's timetable says which of its keys signs",
            )
            .with_hint("leave --kid and AIR_KID out")),
        }
    }
}

/// A word that a shell reads as it stands: a `kid` may have spaces and quotes.
pub(crate) fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@+=,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Reads a key in any form; its `kid` is its own or the thumbprint until another is set.
pub(crate) fn read_signing_key(path: &Path, output: Output) -> Result<SigningKey, Failure> {
    let bytes = files::read_key(path, output)?;
    SigningKey::from_file_bytes(&bytes).map_err(|error| {
        let failure = Failure::rejected(format!("{}: {error}", path.display()));
        match error {
            Error::InvalidPrivateKey => failure.with_hint("`air keys generate` makes one"),
            _ => failure,
        }
    })
}
