//! `air cak rewrap`.

use std::path::PathBuf;

use air_crypto::{CakPublicKey, CakUser, ChunkSize, Curve, IssuerDid, KeyId, Opener, SchemaId, Sealer};
use clap::Args;

use super::{
    context::{Context, ContextArgs},
    open::with_header,
};
use crate::{
    exit::Failure,
    files::{self, AtomicFile, Audience, ForceArgs},
    output::Output,
    private_key::PrivateKeyArgs,
};

#[derive(Args)]
#[command(
    after_help = "Example: reseal a document in place for the key of another schema\n  \
                  air cak rewrap --private-key-file cak.hex --user U --issuer DID --schema S --label passport.jpg \\\n    \
                  --to-public-key 0x04… --to-schema T --force passport.jpg.sealed passport.jpg.sealed"
)]
pub(crate) struct Rewrap {
    #[command(flatten)]
    key: PrivateKeyArgs,
    #[command(flatten)]
    context: ContextArgs,
    /// The curve of the old key [default: the container's curve].
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
    /// The key to seal to: SEC1 in hex or base64url, a JWK, a PEM's text or a did:key.
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    to_public_key: String,
    /// The curve of the new key, if its form does not name it [default: the old key's curve].
    #[arg(long, value_name = "CURVE")]
    to_curve: Option<Curve>,
    /// The new user [default: the old user].
    #[arg(long, value_name = "USER", allow_hyphen_values = true)]
    to_user: Option<CakUser>,
    /// The new issuer [default: the old issuer].
    #[arg(long, value_name = "DID", allow_hyphen_values = true)]
    to_issuer: Option<IssuerDid>,
    /// The new schema [default: the old schema].
    #[arg(long, value_name = "SCHEMA", allow_hyphen_values = true)]
    to_schema: Option<SchemaId>,
    /// The id of the managed key to seal to, instead of user and schema.
    #[arg(long, value_name = "KEY_ID", conflicts_with_all = ["to_user", "to_schema"], allow_hyphen_values = true)]
    to_managed: Option<KeyId>,
    /// The new label [default: the old label].
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    to_label: Option<String>,
    /// The base-2 logarithm of the new chunk size [default: the old chunk size].
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(12..=24))]
    chunk_log2: Option<u8>,
    #[command(flatten)]
    force: ForceArgs,
    /// The container; `-` is stdin.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The new container; `-` is stdout. With --force it may be the same file as IN, which is replaced once the new container is
    /// complete.
    #[arg(value_name = "OUT")]
    destination: PathBuf,
}

impl Rewrap {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        self.key.leaves_stdin_to(&self.input)?;
        self.force.check(&self.destination)?;
        let name = self.input.display().to_string();
        let about = |error: air_crypto::Error| Failure::from(error).about(&name);
        let (header, whole) = with_header(files::open_watched(&self.input, output)?).map_err(about)?;
        let curve = self.curve.unwrap_or(header.curve());
        let key = self.key.read(Some(curve), output)?;
        let new_key = self.new_key(curve)?;
        let (old, new) = (self.context.on(curve)?, self.new_context(new_key.curve())?);
        let chunk_size = match self.chunk_log2 {
            Some(log2) => ChunkSize::from_log2(log2)?,
            None => header.chunk_size(),
        };
        let opener = Opener::new(&key, &old, self.label.as_bytes(), whole).map_err(about)?;
        let file = AtomicFile::for_output(&self.destination, Audience::Everyone, output)?;
        let label = self.to_label.as_ref().unwrap_or(&self.label).as_bytes();
        let mut sealer = Sealer::new(&new_key, &new, label, chunk_size, file, &mut rand::rng())?;
        opener.copy_to(&mut sealer).map_err(about)?;
        self.force.publish(sealer.finish()?)
    }

    fn new_key(&self, old: Curve) -> Result<CakPublicKey, Failure> {
        let stated = self.to_curve;
        CakPublicKey::from_text(stated, &self.to_public_key)
            .or_else(|error| match stated {
                // Hex and base64url do not name the curve, so the old key's curve is tried next.
                None => CakPublicKey::from_text(Some(old), &self.to_public_key).map_err(|_| error),
                Some(_) => Err(error),
            })
            .map_err(|error| {
                Failure::from(error).with_hint("pass --to-curve to name the curve of a bare point")
            })
    }

    fn new_context(&self, curve: Curve) -> Result<Context, Failure> {
        let args = ContextArgs {
            user: self.to_user.clone().or_else(|| self.context.user.clone()),
            issuer: self
                .to_issuer
                .clone()
                .unwrap_or_else(|| self.context.issuer.clone()),
            schema: self.to_schema.clone().or_else(|| self.context.schema.clone()),
            managed: self.to_managed.clone().or_else(|| {
                // From a managed key to a CAK: `--to-user` or `--to-schema` requests it.
                let to_cak = self.to_user.is_some() || self.to_schema.is_some();
                self.context.managed.clone().filter(|_| !to_cak)
            }),
        };
        args.on(curve)
    }
}
