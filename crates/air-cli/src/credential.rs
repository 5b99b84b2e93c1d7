//! `air credential`: SD-JWT VC.

use std::path::PathBuf;

use air_jwt::Kid;
use air_vc::{Check, Issuer, StatusReference, Terms, Verifier};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    exit::Failure, jwks::source::read_set, keys::read_signing_key, output::Output, schema::read_subject,
    time, token::text_or_stdin,
};

#[derive(Subcommand)]
pub(crate) enum Credential {
    /// Issues a credential with a key of one's own and prints it.
    Issue(Issue),
    /// Verifies a credential and prints its claims, or the check that failed (exit 4).
    Verify(VerifyCredential),
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  air credential issue --key issuer.pem --kid k1 --issuer https://issuer.example \\\n      \
                        --vct urn:example:kyc --expires-in 31536000 subject.json"
)]
pub(crate) struct Issue {
    /// The issuer's private key (PEM).
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The key's id in the issuer's set.
    #[arg(long)]
    kid: Kid,
    /// `iss`: the issuer's URL or DID.
    #[arg(long, value_name = "ISS")]
    issuer: String,
    /// The credential's type.
    #[arg(long)]
    vct: String,
    /// `sub`: the holder's DID.
    #[arg(long, value_name = "DID")]
    holder: Option<String>,
    /// How long it is valid; for ever unless said.
    #[arg(long, value_name = "SECONDS")]
    expires_in: Option<u64>,
    /// The status list's URI.
    #[arg(long, value_name = "URI", requires = "status_index")]
    status_uri: Option<String>,
    /// The credential's place in the status list.
    #[arg(long, value_name = "N", requires = "status_uri")]
    status_index: Option<u64>,
    /// The claims; `-` is stdin.
    #[arg(value_name = "SUBJECT.json")]
    subject: PathBuf,
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  air credential verify --issuer https://issuer.example --issuer-jwks jwks.json - < credential.sd-jwt"
)]
pub(crate) struct VerifyCredential {
    /// The issuer that must have issued it.
    #[arg(long, value_name = "ISS")]
    issuer: String,
    /// The issuer's public set.
    #[arg(long, value_name = "FILE")]
    issuer_jwks: PathBuf,
    /// The type that it must have.
    #[arg(long)]
    vct: Option<String>,
    /// The time to verify at, in seconds since 1970; now unless said.
    #[arg(long, value_name = "UNIX_SECONDS")]
    at: Option<u64>,
    /// The compact SD-JWT VC; `-` is stdin.
    token: String,
}

impl Credential {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Issue(arguments) => arguments.run(output),
            Self::Verify(arguments) => arguments.run(output),
        }
    }
}

impl Issue {
    fn run(&self, output: Output) -> Result<(), Failure> {
        let key = read_signing_key(&self.key, output)?.with_kid(self.kid.clone());
        let now = time::now();
        let terms = Terms {
            vct: self.vct.clone(),
            holder: self.holder.clone(),
            issued_at: now,
            expires_at: self.expires_in.map(|seconds| now.saturating_add(seconds)),
            status: self
                .status_uri
                .clone()
                .zip(self.status_index)
                .map(|(uri, index)| StatusReference { uri, index }),
            ..Terms::default()
        };
        let subject = read_subject(&self.subject)?;
        let credential = Issuer::new(&self.issuer, &key)
            .issue(&terms, &subject, &mut rand::rng())
            .map_err(|error| Failure::rejected(error.to_string()))?;
        output.result(&json!({ "credential": credential.as_str() }), |_| {
            credential.as_str().to_owned()
        })
    }
}

impl VerifyCredential {
    fn run(&self, output: Output) -> Result<(), Failure> {
        let keys = read_set(&self.issuer_jwks)?;
        let mut verifier = Verifier::new(&self.issuer, &keys);
        if let Some(vct) = &self.vct {
            verifier = verifier.requiring_type(vct);
        }
        let credential = text_or_stdin(&self.token)?;
        match verifier.verify(&credential, self.at.unwrap_or_else(time::now)) {
            Ok(verified) => output.document(&json!({
                "valid": true,
                "claims": verified.claims(),
                "checks": Check::ALL.map(Check::name),
            })),
            Err(error) => {
                let check = error.check().map(Check::name);
                output.document(&json!({ "valid": false, "failed": check, "reason": error.to_string() }))?;
                Err(Failure::not_authorised(format!("credential refused: {error}")))
            }
        }
    }
}
