//! `air credential present`.

use std::path::PathBuf;

use air_vc::{Challenge, ClaimPath, Credential, Enveloped, Error};
use clap::Args;
use serde_json::json;

use crate::{exit::Failure, keys::read_signing_key, output::Output, time, token::text_or_stdin};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air credential present --disclose isOver18,address.city - < credential.sd-jwt\n  \
                  air credential present --disclose \"*\" --nonce \"$NONCE\" --aud \"$PROGRAM_ID\" \\\n      \
                  --holder-key holder.pem - < credential.sd-jwt"
)]
pub(crate) struct Present {
    /// The claims to disclose, including their members: paths like address.city, separated by
    /// commas; "*" discloses all.
    #[arg(long, value_name = "PATHS", value_delimiter = ',', required = true)]
    disclose: Vec<ClaimPath>,
    /// The verifier's nonce.
    #[arg(long, value_name = "N", requires = "aud", requires = "holder_key")]
    nonce: Option<String>,
    /// The verifier's identifier; on the platform, the id of the verification program.
    #[arg(long, value_name = "A", requires = "nonce")]
    aud: Option<String>,
    /// The holder's private key (PEM); the credential has its public half.
    #[arg(long, value_name = "FILE", requires = "nonce")]
    holder_key: Option<PathBuf>,
    /// Print the platform's `verifiablePresentation` (an EnvelopedVerifiableCredential) instead of
    /// the compact form.
    #[arg(long)]
    enveloped: bool,
    /// The compact SD-JWT VC; `-` is stdin.
    token: String,
}

impl Present {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let text = text_or_stdin(&self.token)?;
        let credential: Credential = text.parse().map_err(|error| refused(&error))?;
        let mut presentation = credential
            .present(&self.disclose)
            .map_err(|error| refused(&error))?;
        if let (Some(nonce), Some(audience), Some(key)) = (&self.nonce, &self.aud, &self.holder_key) {
            let key = read_signing_key(key, output)?;
            let challenge = Challenge {
                nonce: nonce.clone(),
                audience: audience.clone(),
            };
            presentation = presentation
                .bind(&key, &challenge, time::now())
                .map_err(|error| refused(&error))?;
        }
        if self.enveloped {
            return output.document(&Enveloped::new(&presentation));
        }
        output.result(&json!({ "presentation": presentation.as_str() }), |_| {
            presentation.as_str().to_owned()
        })
    }
}

fn refused(error: &Error) -> Failure {
    let failure = Failure::rejected(error.to_string());
    match error {
        Error::NoSuchClaim { .. } => failure.with_hint("run `air credential show` to list its claims"),
        _ => failure,
    }
}
