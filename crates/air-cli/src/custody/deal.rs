//! `air custody deal`.

use std::path::PathBuf;

use air_crypto::{
    Curve, IssuerDid, KeyId, ManagedContext,
    custody::{self, Group, Share},
};
use clap::Args;
use serde_json::json;

use super::{
    files::share_file,
    new_files::{require_free, write_all},
    passphrase::{NewPassphraseArgs, Passphrases},
};
use crate::{
    exit::Failure,
    files::{self, Audience},
    output::Output,
    partner::IssuerArgs,
    private_key,
    profile::ProfileArgs,
};

const GROUP: &str = "group.json";

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air custody deal --threshold 3 --shares 5 --issuer did:air:id:test:5P44… \\\n      \
                  --key-id vault-2026 --out custody")]
pub(crate) struct Deal {
    /// The number of custodians who are needed to open.
    #[arg(long, value_name = "T")]
    threshold: u8,
    /// The number of custodians.
    #[arg(long, value_name = "N")]
    shares: u8,
    #[command(flatten)]
    issuer: IssuerArgs,
    #[command(flatten)]
    profile: ProfileArgs,
    /// The managed key's id.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    key_id: KeyId,
    /// The curve: secp256r1 or secp256k1.
    #[arg(long, default_value_t)]
    curve: Curve,
    /// The key to share: hex, base64url, a JWK or PEM; `-` is stdin [default: a new key, which is not kept].
    #[arg(long, value_name = "FILE")]
    private_key_file: Option<PathBuf>,
    #[command(flatten)]
    passphrase: NewPassphraseArgs,
    /// The folder to write group.json and share-1.json … share-n.json to; none of them may exist.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Deal {
    /// The caller's issuer, or else the profile's.
    fn issuer(&self) -> Result<IssuerDid, Failure> {
        match self.issuer.given() {
            Some(issuer) => Ok(issuer.clone()),
            None => self.issuer.issuer(self.profile.load()?.as_ref()),
        }
    }

    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let passphrases = self.passphrase.read(output)?;
        let (group, shares) = self.deal(&passphrases, output)?;
        require_free(&self.out, GROUP)?;
        let passphrase = passphrases.for_shares(output)?;
        let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_str());
        let mut files = vec![(GROUP.to_owned(), group.to_json().into(), Audience::Everyone)];
        for share in &shares {
            files.push(share_file(share, &group, passphrase)?);
        }
        write_all(&self.out, &files)?;
        let document = json!({
            "publicKey": group.public_key().to_string(),
            "threshold": group.threshold(),
            "shares": group.shares(),
            "keyFingerprint": group.key_fingerprint(),
            "group": files::shown(&self.out.join(GROUP)),
        });
        output.result(&document, |_| {
            format!(
                "Any {} of {} custodians can open what is sealed to\n{}\nkey fingerprint {}\nNext: give each custodian group.json and its own \
                 share-<i>.json from {}, then delete the shares there.",
                group.threshold(),
                group.shares(),
                group.public_key(),
                group.key_fingerprint(),
                self.out.display()
            )
        })
    }

    fn deal(&self, passphrases: &Passphrases, output: Output) -> Result<(Group, Vec<Share>), Failure> {
        let issuer = self.issuer()?;
        let context = ManagedContext::new(issuer, self.key_id.clone(), self.curve);
        let rng = &mut rand::rng();
        let dealt = match &self.private_key_file {
            None => custody::generate(&context, self.threshold, self.shares, rng),
            Some(path) => {
                let passphrase = passphrases.of_key.as_ref().map(|passphrase| passphrase.as_str());
                let key = private_key::read_with(path, passphrase, Some(self.curve), output)?;
                custody::deal(&key, &context, self.threshold, self.shares, rng)
            }
        };
        dealt.map_err(|error| match error {
            air_crypto::Error::ThresholdOutOfRange { .. } => Failure::usage(error.to_string()),
            error => error.into(),
        })
    }
}
