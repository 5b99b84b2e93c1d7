//! `air custody log verify`.

use std::path::{Path, PathBuf};

use air_jwt::{Jwk, JwkSet};
use clap::Args;
use serde_json::json;

use super::{Broken, Chain, Signers, check_chain, read_log};
use crate::{exit::Failure, files, keys::read_signing_key, output::Output};

#[derive(Args)]
#[command(
    after_help = "The chain shows that the lines fit together. Somebody who can write the file can also write another chain: \
                  compare the SHA-256 of the last record with the one that `air custody open` printed, or pass --key. With \
                  --key, each record must be signed by one of the keys. Without it, each record after the first signed one must \
                  have a signature. Lines that were removed from the end are found by the SHA-256 alone. A log that fails exits with 3 and names the first line that is wrong.\n\
                  \n\
                  Examples:\n  \
                  air custody log verify openings.log\n  \
                  air custody log verify openings.log --key jwks.json"
)]
pub(crate) struct VerifyLog {
    /// A key that signs the log: a JWK set or a public JWK (`air jwks export`), or the private key
    /// of --sign-key. May be repeated.
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// The log that `air custody open --log` wrote; `-` is stdin.
    #[arg(value_name = "FILE")]
    log: PathBuf,
}

impl VerifyLog {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let inputs = self.key.iter().chain([&self.log]);
        if inputs.filter(|path| files::is_dash(path)).count() > 1 {
            return Err(Failure::usage(
                "only one of the keys and the log can be read from stdin",
            ));
        }
        let mut keys = Vec::new();
        for path in &self.key {
            keys.extend(public_keys(path, output)?);
        }
        let mut file = files::open(&self.log)?;
        let text = read_log(&mut file, &self.log)?
            .ok_or_else(|| Failure::rejected(format!("{} is longer than 64 MiB", self.log.display())))?;
        let signers = Signers {
            keys: &keys,
            are_required: !self.key.is_empty(),
        };
        match check_chain(&text, &signers) {
            Ok(chain) => self.report(&chain, output),
            Err(broken) => Err(self.failure(&broken, output)?),
        }
    }

    fn report(&self, chain: &Chain, output: Output) -> Result<(), Failure> {
        let last = (chain.sequence > 0).then(|| hex::encode(chain.last));
        let are_verified = !self.key.is_empty();
        let document = json!({
            "valid": true,
            "records": chain.sequence,
            "signed": chain.signed,
            "signaturesVerified": are_verified,
            "sha256": last,
        });
        output.result(&document, |_| {
            let signatures = match (chain.signed, are_verified) {
                (_, true) => "each is signed by a key that was passed".to_owned(),
                (0, false) => "none is signed".to_owned(),
                (signed, false) => {
                    format!("{signed} have a signature; pass --key to verify the signatures")
                }
            };
            match &last {
                None => "valid: the log is empty".to_owned(),
                Some(last) => format!(
                    "valid: {}, chained without a gap; {signatures}\nSHA-256 of the last record:\n{last}",
                    match chain.sequence {
                        1 => "1 record".to_owned(),
                        count => format!("{count} records"),
                    }
                ),
            }
        })
    }

    /// The failure of a log that is not valid. With `--json`, its document is printed first.
    fn failure(&self, broken: &Broken, output: Output) -> Result<Failure, Failure> {
        if output.is_json() {
            output.document(&json!({
                "valid": false,
                "line": broken.line(),
                "reason": broken.to_string(),
            }))?;
        }
        let hint = match broken {
            Broken::Unsigned(_) | Broken::OtherKey(_) => {
                "pass every key that signs the log; without --key, the chain alone is checked"
            }
            _ => "keep the file as evidence, and compare it with a copy",
        };
        Ok(Failure::rejected(format!("{}: {broken}", self.log.display())).with_hint(hint))
    }
}

/// The public keys in a file: a JWK set, one JWK, or a private key's public half.
fn public_keys(path: &Path, output: Output) -> Result<Vec<Jwk>, Failure> {
    let bytes = files::read(path)?;
    if let Ok(set) = JwkSet::from_slice(&bytes) {
        return Ok(set.iter().cloned().collect());
    }
    match Jwk::from_slice(&bytes) {
        Ok(key) => Ok(vec![key]),
        Err(_) => Ok(vec![read_signing_key(path, output)?.public_jwk()]),
    }
}
