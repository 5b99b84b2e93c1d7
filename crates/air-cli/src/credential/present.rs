//! `air credential present`.

use std::path::PathBuf;

use air_jwt::JwkSet;
use air_vc::{Challenge, ClaimPath, Credential, Enveloped, Error};
use clap::Args;
use serde_json::json;

use super::rdf::{self, Presented, RdfArgs, RdfCredential};
use crate::{
    exit::Failure, jwks::source::JwksSource, keys::read_signing_key, output::Output, time,
    token::text_or_stdin,
};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air credential present --disclose isOver18,address.city - < credential.sd-jwt\n  \
                  air credential present --disclose \"*\" --nonce \"$NONCE\" --aud \"$PROGRAM_ID\" \\\n      \
                  --holder-key holder.pem - < credential.sd-jwt\n  \
                  air credential present --disclose isOver18 --challenge \"$NONCE\" \\\n      \
                  --issuer-document did.json \\\n      \
                  --context https://issuer.example/kyc.jsonld=kyc.jsonld \\\n      \
                  - < credential.json"
)]
pub(crate) struct Present {
    /// The claims to disclose, including their members: paths like address.city, separated by
    /// commas; "*" discloses all.
    #[arg(long, value_name = "PATHS", value_delimiter = ',', required = true)]
    disclose: Vec<ClaimPath>,
    /// The verifier's nonce.
    #[arg(
        long,
        value_name = "N",
        requires = "aud",
        requires = "holder_key",
        allow_hyphen_values = true
    )]
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
    /// The issuer's JWK set (`{"keys": […]}`), for w3c-rdfc: a file, or an http(s) URL.
    #[arg(long, value_name = "FILE|URL")]
    issuer_jwks: Option<JwksSource>,
    #[command(flatten)]
    rdf: RdfArgs,
    /// The compact SD-JWT VC, or a W3C credential with a proof over RDF (ecdsa-sd-2023, bbs-2023);
    /// `-` is stdin.
    token: String,
}

impl Present {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let text = text_or_stdin(&self.token)?;
        if let Some(credential) = self.rdf.recognise(&text)? {
            return self.present_over_rdf(&credential, output).await;
        }
        if self.issuer_jwks.is_some() {
            return Err(Failure::usage("--issuer-jwks is only for w3c-rdfc"));
        }
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

    async fn present_over_rdf(&self, credential: &RdfCredential, output: Output) -> Result<(), Failure> {
        rdf::refuse(&[(self.nonce.is_some(), "--nonce"), (self.enveloped, "--enveloped")])
            .map_err(|name| Failure::usage(format!("{name} is only for SD-JWT VC")))?;
        let keys = match &self.issuer_jwks {
            Some(source) => source.load().await?,
            None => JwkSet::default(),
        };
        let presented = Presented {
            credential,
            arguments: &self.rdf,
            keys: &keys,
            claims: &self.disclose,
        };
        rdf::present(&presented, output).await
    }
}

fn refused(error: &Error) -> Failure {
    let failure = Failure::rejected(error.to_string());
    match error {
        Error::NoSuchClaim { .. } => failure.with_hint("run `air credential show` to list its claims"),
        _ => failure,
    }
}
