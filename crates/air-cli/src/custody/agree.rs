//! `air custody dkg`, `refresh` and `reshare`: create the ceremony file that the custodians agree on.

use std::path::{Path, PathBuf};

use air_crypto::{CakPublicKey, Curve, Error, IssuerDid, KeyId, ManagedContext, custody::Ceremony};
use clap::Args;
use serde_json::json;

use crate::{
    exit::Failure,
    files::{self, Audience, ForceArgs, is_dash},
    output::Output,
    sealing::read_group,
};

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air custody dkg --threshold 2 --issuer did:air:id:test:5P44… \\\n      \
                  --key-id vault-2026 --custodian did:key:zDn… did:key:zDn… did:key:zDn… \\\n      \
                  --out ceremony.json\n\
                  Next, each custodian runs `air custody contribute --key`, and then `air custody finish`.")]
pub(crate) struct Dkg {
    /// The number of custodians who are needed to open.
    #[arg(long, value_name = "T")]
    threshold: u8,
    /// The issuer's DID.
    #[arg(long, value_name = "DID", allow_hyphen_values = true)]
    issuer: IssuerDid,
    /// The managed key's id.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    key_id: KeyId,
    /// The curve: secp256r1 or secp256k1.
    #[arg(long, default_value_t)]
    curve: Curve,
    #[command(flatten)]
    custodians: Custodians,
}

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air custody refresh --group group.json --custodian did:key:zDn… did:key:zDn… \\\n      \
                  did:key:zDn… --out ceremony.json\n\
                  Next, a threshold of custodians run `air custody contribute --group --share`, and then all run `air custody \
                  finish`.")]
pub(crate) struct Refresh {
    /// The group file whose shares are renewed.
    #[arg(long, value_name = "FILE")]
    group: PathBuf,
    #[command(flatten)]
    custodians: Custodians,
}

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air custody reshare --group group.json --threshold 3 \\\n      \
                  --custodian did:key:zDn… did:key:zDn… did:key:zDn… did:key:zDn… \\\n      \
                  --out ceremony.json\n\
                  Next, a threshold of old custodians run `air custody contribute --group --share`, and then all new ones run\n\
                  `air custody finish`.")]
pub(crate) struct Reshare {
    /// The group file whose key is moved.
    #[arg(long, value_name = "FILE")]
    group: PathBuf,
    /// The number of new custodians who will be needed to open.
    #[arg(long, value_name = "T")]
    threshold: u8,
    #[command(flatten)]
    custodians: Custodians,
}

/// The custodians, and the ceremony file to write.
#[derive(Args)]
struct Custodians {
    /// The public key of each custodian in the order of their numbers, as `air custody join` prints it.
    #[arg(long = "custodian", value_name = "KEY", required = true, num_args = 1..)]
    keys: Vec<String>,
    /// The ceremony file to write, for every custodian; `-` is stdout.
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    #[command(flatten)]
    force: ForceArgs,
}

impl Dkg {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let context = ManagedContext::new(self.issuer.clone(), self.key_id.clone(), self.curve);
        let custodians = self.custodians.on(self.curve)?;
        let ceremony = Ceremony::generation(context, self.threshold, custodians, &mut rand::rng());
        self.custodians.write(ceremony, output)
    }
}

impl Refresh {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let group = read_group(&self.group)?;
        let custodians = self.custodians.on(group.context().curve())?;
        let ceremony = Ceremony::refresh(group, custodians, &mut rand::rng());
        self.custodians.write(ceremony, output)
    }
}

impl Reshare {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let group = read_group(&self.group)?;
        let custodians = self.custodians.on(group.context().curve())?;
        let ceremony = Ceremony::reshare(group, self.threshold, custodians, &mut rand::rng());
        self.custodians.write(ceremony, output)
    }
}

impl Custodians {
    fn on(&self, curve: Curve) -> Result<Vec<CakPublicKey>, Failure> {
        (1_usize..)
            .zip(&self.keys)
            .map(|(number, text)| {
                CakPublicKey::from_text(Some(curve), text)
                    .map_err(|error| Failure::from(error).about(&format!("custodian {number}")))
            })
            .collect()
    }

    fn write(&self, ceremony: Result<Ceremony, Error>, output: Output) -> Result<(), Failure> {
        let ceremony = ceremony.map_err(|error| match error {
            Error::ThresholdOutOfRange { .. } | Error::CustodianCount { .. } => {
                Failure::usage(error.to_string())
            }
            error => error.into(),
        })?;
        let fingerprint = ceremony.fingerprint();
        write_json(&self.out, self.force, &ceremony.to_json(), output)?;
        if is_dash(&self.out) {
            output.note(&next_step(&fingerprint));
            return Ok(());
        }
        let document = json!({ "ceremony": files::shown(&self.out), "fingerprint": fingerprint });
        output.result(&document, |_| next_step(&fingerprint))
    }
}

fn next_step(fingerprint: &str) -> String {
    format!(
        "fingerprint {fingerprint}\nNext: send the file to every custodian, and the fingerprint over a different channel; \
         each contributes with --ceremony-id."
    )
}

/// Writes public JSON to a file or stdout.
pub(super) fn write_json(out: &Path, force: ForceArgs, text: &str, output: Output) -> Result<(), Failure> {
    if is_dash(out) {
        output.line(text)
    } else {
        force.write(out, format!("{text}\n").as_bytes(), Audience::Everyone)
    }
}
