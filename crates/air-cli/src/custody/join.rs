//! `air custody join`.

use std::path::PathBuf;

use air_crypto::{CakPrivateKey, Curve};
use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    exit::Failure,
    files::{self, Audience},
    new_passphrase::{self, Secret},
    output::Output,
};

const STAYS: &str = "a custodian's key is never overwritten; choose another name with --out";

#[derive(Args)]
#[command(after_help = "Example:\n  air custody join --out custodian.pem")]
pub(crate) struct Join {
    /// The curve of the key to be shared: secp256r1 or secp256k1.
    #[arg(long, default_value_t)]
    curve: Curve,
    /// The passphrase to encrypt the key with; `-` is stdin [default: ask on the terminal; without
    /// a terminal, the key is not encrypted].
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The PEM file to write the custodian's own key to, with mode 0600; it must not exist.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Join {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        files::require_free(&self.out, STAYS)?;
        let rng = &mut rand::rng();
        let key = CakPrivateKey::generate(self.curve, rng);
        let given = self
            .passphrase_file
            .as_deref()
            .map(|path| files::read_secret(path, output))
            .transpose()?;
        let pem = match new_passphrase::for_new(Secret::CustodianKey, given, output)? {
            None => key.expose_pkcs8_pem(),
            Some(passphrase) => Zeroizing::new(key.to_encrypted_pem(passphrase.as_bytes(), rng)?),
        };
        files::write_new(&self.out, pem.as_bytes(), Audience::Owner, STAYS)?;
        let public = key.public_key();
        let document = json!({
            "curve": self.curve.name(),
            "publicKey": public.to_string(),
            "didKey": public.to_did_key(),
        });
        output.result(&document, |_| {
            format!(
                "{}\nNext: send this public key to the person who starts the ceremony (`air custody dkg`, `refresh`, `reshare`); keep {} secret.",
                public.to_did_key(),
                self.out.display()
            )
        })
    }
}
