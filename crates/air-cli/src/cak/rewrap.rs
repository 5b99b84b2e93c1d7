//! `air cak rewrap`.

mod original;

use std::{io, path::PathBuf};

use air_crypto::{
    CakPrivateKey, CakPublicKey, CakUser, ChunkSize, ContainerHeader, Curve, IssuerDid, KeyId, Opener,
    SchemaId, Sealer,
};
use clap::Args;

use self::original::OriginalArgs;
use super::{context::ContextArgs, recipient::Recipient};
use crate::{
    exit::Failure,
    files::{self, AtomicFile, Audience, ForceArgs, Hashed, is_same_file},
    output::Output,
    private_key::{self, PrivateKeyArgs},
    sealing::{Context, parse_fingerprint, with_header},
};

#[derive(Args)]
#[command(
    after_help = "The whole source is authenticated, and the new container is checked, before it appears. The document is \
                  never on disk.\n\
                  \n\
                  Examples: reseal a document for the key of another schema, and for a group of custodians\n  \
                  air cak rewrap --private-key-file cak.hex --user U --issuer DID --schema S \\\n      \
                  --label passport.jpg --to-public-key 0x04… --to-schema T \\\n      \
                  passport.jpg.sealed passport-t.jpg.sealed\n  \
                  air cak rewrap --private-key-file cak.hex --user U --issuer DID --schema S \\\n      \
                  --label passport.jpg --group group.json passport.jpg.sealed \\\n      \
                  passport-group.jpg.sealed"
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
    /// The group file of the custodians to seal for: it names the new key, its id, the issuer and the curve.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["to_public_key", "to_curve", "to_user", "to_issuer", "to_schema", "to_managed"]
    )]
    group: Option<PathBuf>,
    /// The key to seal to: SEC1 in hex or base64url, a JWK, a PEM's text or a did:key.
    #[arg(
        long,
        value_name = "KEY",
        required_unless_present = "group",
        allow_hyphen_values = true
    )]
    to_public_key: Option<String>,
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
    /// The managed key's fingerprint, as `air custody deal` and `air custody finish` print it:
    /// nothing is sealed unless key, key id, issuer and curve are its own.
    #[arg(long, value_name = "FINGERPRINT", value_parser = parse_fingerprint, conflicts_with_all = ["to_user", "to_schema"])]
    fingerprint: Option<String>,
    /// A private key that opens the new container: the result is opened and compared before it
    /// appears. It is required to replace IN itself, unless the old key opens the result.
    #[arg(long, value_name = "FILE")]
    to_private_key_file: Option<PathBuf>,
    /// The passphrase of that key, if it is encrypted.
    #[arg(long, value_name = "FILE", requires = "to_private_key_file")]
    to_passphrase_file: Option<PathBuf>,
    /// The new label [default: the old label].
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    to_label: Option<String>,
    /// The base-2 logarithm of the new chunk size [default: the old chunk size].
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(12..=24))]
    chunk_log2: Option<u8>,
    #[command(flatten)]
    original: OriginalArgs,
    #[command(flatten)]
    force: ForceArgs,
    /// The container; `-` is stdin.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The new container; `-` is stdout. It may be the same file as IN only with --force and a key
    /// that opens the result; IN stays until the new container is complete and was opened.
    #[arg(value_name = "OUT")]
    destination: PathBuf,
}

/// The key, context, label and chunk size of the new container.
struct Target {
    recipient: Recipient,
    label: String,
    chunk_size: ChunkSize,
}

impl Rewrap {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        self.key.leaves_stdin_to(&self.input)?;
        self.force.check(&self.destination)?;
        self.original.check(&self.input, &self.destination, output)?;
        let name = self.input.display().to_string();
        let about = |error: air_crypto::Error| Failure::from(error).about(&name);
        let (header, whole) = with_header(files::open_watched(&self.input, output)?).map_err(about)?;
        let curve = self.curve.unwrap_or(header.curve());
        let key = self.key.read(Some(curve), output)?;
        let target = self.target(&header, curve, output)?;
        let checking_key = self.checking_key(&key, &target.recipient.key, output)?;
        let old = self.context.on(curve)?;
        let opener = Opener::new(&key, &old, self.label.as_bytes(), whole).map_err(about)?;

        let file = AtomicFile::for_output(&self.destination, Audience::Everyone, output)?;
        let mut sealer = Hashed::new(Sealer::new(
            &target.recipient.key,
            &target.recipient.context,
            target.label.as_bytes(),
            target.chunk_size,
            file,
            &mut rand::rng(),
        )?);
        let length = opener.copy_to(&mut sealer).map_err(about)?;
        let (sealer, digest) = sealer.finish();
        let mut file = sealer.finish()?;
        target.check_structure(&mut file, length)?;
        if let Some(key) = &checking_key {
            target.check_content(&mut file, key, &digest)?;
        }
        let was_opened = checking_key.is_some();
        self.original
            .confirm(&self.input, &target.recipient, was_opened, output)?;
        self.force.publish(file)?;
        self.original.delete(&self.input, &self.destination, output)?;
        output.wrote(&self.destination)
    }

    fn target(&self, header: &ContainerHeader, old: Curve, output: Output) -> Result<Target, Failure> {
        let fingerprint = self.fingerprint.as_deref();
        let recipient = match (&self.group, &self.to_public_key) {
            (Some(group), _) => Recipient::of_group(group, fingerprint)?,
            (None, Some(key)) => {
                let key = self.new_key(key, old)?;
                let context = self.new_context(key.curve())?;
                Recipient::typed(key, context, fingerprint, output)?
            }
            (None, None) => return Err(Failure::usage("missing key: pass --group or --to-public-key")),
        };
        Ok(Target {
            recipient,
            label: self.to_label.as_ref().unwrap_or(&self.label).clone(),
            chunk_size: match self.chunk_log2 {
                Some(log2) => ChunkSize::from_log2(log2)?,
                None => header.chunk_size(),
            },
        })
    }

    /// The key that opens the result: the one that was passed, or the old one if the document is
    /// sealed to it again. In place, there must be one.
    fn checking_key(
        &self,
        old: &CakPrivateKey,
        new: &CakPublicKey,
        output: Output,
    ) -> Result<Option<CakPrivateKey>, Failure> {
        if let Some(path) = &self.to_private_key_file {
            let passphrase = self.to_passphrase_file.as_deref();
            let key = private_key::read(path, passphrase, Some(new.curve()), output)?;
            if key.public_key() != new {
                return Err(Failure::rejected(
                    "the key in --to-private-key-file does not open the result: it does not belong to the new public key",
                )
                .with_hint("nothing was sealed; compare the new public key with its owner"));
            }
            return Ok(Some(key));
        }
        // The same number may be a key on both curves.
        let old = CakPrivateKey::from_bytes(new.curve(), old.expose_secret());
        if let Some(old) = old.ok().filter(|old| old.public_key() == new) {
            return Ok(Some(old));
        }
        if is_same_file(&self.input, &self.destination) {
            return Err(Failure::usage(
                "IN is replaced only with a key that opens the result: pass --to-private-key-file",
            )
            .with_hint("nothing was changed; without that key, write to another file and keep IN"));
        }
        Ok(None)
    }

    fn new_key(&self, text: &str, old: Curve) -> Result<CakPublicKey, Failure> {
        let stated = self.to_curve;
        CakPublicKey::from_text(stated, text)
            .or_else(|error| match stated {
                // Hex and base64url do not name the curve, so the old key's curve is tried next.
                None => CakPublicKey::from_text(Some(old), text).map_err(|_| error),
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

impl Target {
    /// Reads the new container back, and compares its structure and length.
    fn check_structure(&self, file: &mut AtomicFile, document_length: u64) -> Result<(), Failure> {
        let length = file.length()?;
        let header = ContainerHeader::read(&mut file.written()?).map_err(|_| damaged())?;
        let layout = header.layout(length).map_err(|_| damaged())?;
        let is_expected = header.curve() == self.recipient.key.curve()
            && header.chunk_size() == self.chunk_size
            && layout.document_length == document_length;
        if is_expected { Ok(()) } else { Err(damaged()) }
    }

    /// Opens the new container, and compares SHA-256 of the document.
    fn check_content(
        &self,
        file: &mut AtomicFile,
        key: &CakPrivateKey,
        digest: &[u8; 32],
    ) -> Result<(), Failure> {
        let mut opened = Hashed::new(io::sink());
        let reader = io::BufReader::with_capacity(1 << 16, file.written()?);
        Opener::new(key, &self.recipient.context, self.label.as_bytes(), reader)
            .and_then(|opener| opener.copy_to(&mut opened))
            .map_err(|_| damaged())?;
        if opened.finish().1 == *digest {
            Ok(())
        } else {
            Err(damaged())
        }
    }
}

fn damaged() -> Failure {
    Failure::failed("the new container was damaged while it was written; it was discarded")
        .with_hint("check the disk, and run the command again; IN was not changed")
}
