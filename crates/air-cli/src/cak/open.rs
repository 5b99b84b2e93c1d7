//! `air cak open`.

use std::path::PathBuf;

use air_crypto::{Curve, Opener};
use clap::Args;

use super::{context::ContextArgs, names::Destination};
use crate::{
    exit::Failure,
    files::{self, AtomicFile, Audience, ForceArgs},
    output::Output,
    private_key::PrivateKeyArgs,
    sealing::with_header,
};

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air cak open --private-key-file cak.hex --user U --issuer DID --schema S \\\n      \
                  --label passport.jpg passport.jpg.sealed passport.jpg")]
pub(crate) struct Open {
    #[command(flatten)]
    key: PrivateKeyArgs,
    #[command(flatten)]
    context: ContextArgs,
    /// The curve: secp256r1 or secp256k1 [default: the container's curve].
    #[arg(long)]
    curve: Option<Curve>,
    /// The label that the document was sealed with.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    label: String,
    #[command(flatten)]
    force: ForceArgs,
    /// The container; `-` is stdin.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The document to write; `-` is stdout [default: IN without `.sealed`].
    #[arg(value_name = "OUT")]
    destination: Option<PathBuf>,
}

impl Open {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        self.key.leaves_stdin_to(&self.input)?;
        let destination = Destination::of_opened(self.destination.as_deref(), &self.input, self.force)?;
        files::require_other_file(&self.input, &destination.path)?;
        let name = self.input.display().to_string();
        let (header, whole) = with_header(files::open_watched(&self.input, output)?)
            .map_err(|error| Failure::from(error).about(&name))?;
        let curve = self.curve.unwrap_or(header.curve());
        let key = self.key.read(Some(curve), output)?;
        let context = self.context.on(curve)?;
        let mut file = AtomicFile::for_output(&destination.path, Audience::Owner, output)?;
        Opener::new(&key, &context, self.label.as_bytes(), whole)
            .and_then(|opener| opener.copy_to(&mut file))
            .map_err(|error| Failure::from(error).about(&name))?;
        destination.publish(file, output)
    }
}
