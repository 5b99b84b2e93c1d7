//! `air cak open`.

use std::{
    io::{Cursor, Read},
    path::PathBuf,
};

use air_crypto::{CakPrivateKey, ContainerHeader, Curve, Opener};
use clap::Args;

use super::context::ContextArgs;
use crate::{
    exit::Failure,
    files::{self, Audience, Draft, is_dash},
    output::Output,
};

#[derive(Args)]
#[command(
    after_help = "Example:\n  air cak open --private-key-file cak.hex --user U --issuer DID --schema S \
                        --label passport.jpg passport.jpg.sealed passport.jpg"
)]
pub(crate) struct Open {
    /// The private key, in hex; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    private_key_file: PathBuf,
    #[command(flatten)]
    context: ContextArgs,
    /// secp256r1 or secp256k1; the container's own unless said.
    #[arg(long)]
    curve: Option<Curve>,
    /// The label that it was sealed with.
    #[arg(long, value_name = "TEXT", default_value = "", allow_hyphen_values = true)]
    label: String,
    /// The container; `-` is stdin.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The document; `-` is stdout.
    #[arg(value_name = "OUT")]
    destination: PathBuf,
}

impl Open {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        if is_dash(&self.private_key_file) && is_dash(&self.input) {
            return Err(Failure::usage(
                "the private key and the container can't both come from stdin",
            ));
        }
        let private_key = files::read_secret(&self.private_key_file, output)?;
        let mut container = Recorder {
            reader: files::open(&self.input)?,
            read: Vec::new(),
        };
        let name = self.input.display().to_string();
        let header =
            ContainerHeader::read(&mut container).map_err(|error| Failure::from(error).about(&name))?;
        let curve = self.curve.unwrap_or(header.curve());
        let key = CakPrivateKey::from_hex(curve, &private_key)?;
        let context = self.context.on(curve)?;
        let whole = Cursor::new(container.read).chain(container.reader);
        let mut draft = Draft::for_output(&self.destination, Audience::Owner, output)?;
        Opener::new(&key, &context, self.label.as_bytes(), whole)
            .and_then(|opener| opener.copy_to(&mut draft))
            .map_err(|error| Failure::from(error).about(&name))?;
        draft.publish()
    }
}

/// Keeps what it reads, so that a header can be looked at on a stream.
struct Recorder {
    reader: Box<dyn Read>,
    read: Vec<u8>,
}

impl Read for Recorder {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.reader.read(buffer)?;
        self.read.extend(buffer.iter().take(length));
        Ok(length)
    }
}
