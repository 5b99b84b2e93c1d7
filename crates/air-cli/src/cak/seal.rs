//! `air cak seal`.

use std::path::PathBuf;

use air_crypto::{CakPublicKey, ChunkSize, Curve, Error, Sealer};
use clap::Args;

use super::{context::ContextArgs, names::Destination};
use crate::{
    exit::Failure,
    files::{self, AtomicFile, Audience, ForceArgs},
    output::Output,
};

#[derive(Args)]
#[command(
    after_help = "Example:\n  air cak seal --public-key 0x04… --user U --issuer DID --schema S \
                        --label passport.jpg passport.jpg passport.jpg.sealed"
)]
pub(crate) struct Seal {
    /// The key to seal to: SEC1 in hex (compressed or not) or base64url, a JWK, a PEM's text or a did:key.
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    public_key: String,
    #[command(flatten)]
    context: ContextArgs,
    /// The curve: secp256r1 or secp256k1.
    #[arg(long, default_value_t)]
    curve: Curve,
    /// A label that is authenticated but not stored; the same label is needed to open the document.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    label: String,
    /// The base-2 logarithm of the chunk size.
    #[arg(long, value_name = "K", default_value_t = ChunkSize::default().log2(), value_parser = clap::value_parser!(u8).range(12..=24))]
    chunk_log2: u8,
    #[command(flatten)]
    force: ForceArgs,
    /// The document; `-` is stdin.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The container to write; `-` is stdout [default: IN with `.sealed` appended].
    #[arg(value_name = "OUT")]
    destination: Option<PathBuf>,
}

impl Seal {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let key = CakPublicKey::from_text(Some(self.curve), &self.public_key)
            .map_err(|error| self.explain(error))?;
        let context = self.context.on(self.curve)?;
        let chunk_size = ChunkSize::from_log2(self.chunk_log2)?;
        let destination = Destination::of_sealed(self.destination.as_deref(), &self.input, self.force)?;
        let mut document = files::open_watched(&self.input, output)?;
        let file = AtomicFile::for_output(&destination.path, Audience::Everyone, output)?;
        let label = self.label.as_bytes();
        let mut sealer = Sealer::new(&key, &context, label, chunk_size, file, &mut rand::rng())?;
        sealer
            .copy_from(&mut document)
            .map_err(|error| Failure::from(error).about(&self.input.display().to_string()))?;
        destination.publish(sealer.finish()?, output)
    }

    /// Adds a hint when the key is on the other curve, the likeliest mistake.
    fn explain(&self, error: Error) -> Failure {
        let other = match self.curve {
            Curve::Secp256r1 => Curve::Secp256k1,
            Curve::Secp256k1 => Curve::Secp256r1,
        };
        let failure = Failure::from(error);
        match CakPublicKey::from_text(Some(other), &self.public_key) {
            Ok(_) => failure.with_hint(format!("this key is on {other}: add --curve {other}")),
            Err(_) => failure,
        }
    }
}
