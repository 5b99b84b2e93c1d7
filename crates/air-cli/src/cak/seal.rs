//! `air cak seal`.

use std::path::PathBuf;

use air_crypto::{CakPublicKey, CakUser, ChunkSize, Curve, Error, IssuerDid, KeyId, SchemaId, Sealer};
use clap::Args;

use super::{context::ContextArgs, names::Destination, recipient::Recipient};
use crate::{
    exit::Failure,
    files::{self, AtomicFile, Audience, ForceArgs},
    output::Output,
    sealing::parse_fingerprint,
};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air cak seal --group group.json scan.jpg\n  \
                  air cak seal --public-key 0x04… --user U --issuer DID --schema S \\\n      \
                  --label passport.jpg passport.jpg passport.jpg.sealed")]
pub(crate) struct Seal {
    /// The group file of the custodians to seal for: it names the key, its id, the issuer and the curve.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["public_key", "user", "issuer", "schema", "managed", "curve"]
    )]
    group: Option<PathBuf>,
    /// The key to seal to: SEC1 in hex (compressed or not) or base64url, a JWK, a PEM's text or a did:key.
    #[arg(
        long,
        value_name = "KEY",
        required_unless_present = "group",
        allow_hyphen_values = true
    )]
    public_key: Option<String>,
    /// The user's AIR id or DID.
    #[arg(
        long,
        required_unless_present_any = ["managed", "group"],
        conflicts_with = "managed",
        allow_hyphen_values = true
    )]
    user: Option<CakUser>,
    /// The issuer's DID.
    #[arg(long, required_unless_present = "group", allow_hyphen_values = true)]
    issuer: Option<IssuerDid>,
    /// The schema's id.
    #[arg(
        long,
        required_unless_present_any = ["managed", "group"],
        conflicts_with = "managed",
        allow_hyphen_values = true
    )]
    schema: Option<SchemaId>,
    /// The id of the issuer's managed key, instead of user and schema.
    #[arg(long, value_name = "KEY_ID", allow_hyphen_values = true)]
    managed: Option<KeyId>,
    /// The managed key's fingerprint, as `air custody deal` and `air custody finish` print it:
    /// nothing is sealed unless key, key id, issuer and curve are its own.
    #[arg(long, value_name = "FINGERPRINT", value_parser = parse_fingerprint, conflicts_with_all = ["user", "schema"])]
    fingerprint: Option<String>,
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
        let recipient = self.recipient(output)?;
        let chunk_size = ChunkSize::from_log2(self.chunk_log2)?;
        let destination = Destination::of_sealed(self.destination.as_deref(), &self.input, self.force)?;
        let mut document = files::open_watched(&self.input, output)?;
        let file = AtomicFile::for_output(&destination.path, Audience::Everyone, output)?;
        let label = self.label.as_bytes();
        let mut sealer = Sealer::new(
            &recipient.key,
            &recipient.context,
            label,
            chunk_size,
            file,
            &mut rand::rng(),
        )?;
        sealer
            .copy_from(&mut document)
            .map_err(|error| Failure::from(error).about(&self.input.display().to_string()))?;
        destination.publish(sealer.finish()?, output)
    }

    fn recipient(&self, output: Output) -> Result<Recipient, Failure> {
        let fingerprint = self.fingerprint.as_deref();
        match (&self.group, &self.public_key, &self.issuer) {
            (Some(group), ..) => Recipient::of_group(group, fingerprint),
            (None, Some(key), Some(issuer)) => {
                let key = CakPublicKey::from_text(Some(self.curve), key)
                    .map_err(|error| self.explain(error, key))?;
                let context = ContextArgs {
                    user: self.user.clone(),
                    issuer: issuer.clone(),
                    schema: self.schema.clone(),
                    managed: self.managed.clone(),
                };
                Recipient::typed(key, context.on(self.curve)?, fingerprint, output)
            }
            _ => Err(Failure::usage(
                "missing key: pass --group, or --public-key and --issuer",
            )),
        }
    }

    /// Adds a hint when the key is on the other curve, the likeliest mistake.
    fn explain(&self, error: Error, key: &str) -> Failure {
        let other = match self.curve {
            Curve::Secp256r1 => Curve::Secp256k1,
            Curve::Secp256k1 => Curve::Secp256r1,
        };
        let failure = Failure::from(error);
        match CakPublicKey::from_text(Some(other), key) {
            Ok(_) => failure.with_hint(format!("this key is on {other}: add --curve {other}")),
            Err(_) => failure,
        }
    }
}
