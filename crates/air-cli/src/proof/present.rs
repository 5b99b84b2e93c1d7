//! `air proof present`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    inputs::{SchemeArgs, digits, object, require_one_stdin},
    out::OutArgs,
    program,
};
use crate::{exit::Failure, files, output::Output};

#[derive(Args)]
#[command(
    after_help = "Nothing of the credential is shown but what the request says: read it before you answer. Get the \
                  scheme from where the issuer publishes it: a key for one holder would make that holder \
                  recognisable.\n\
                  \n\
                  Example:\n  \
                  air proof present --scheme scheme.json --credential credential.json \\\n      \
                  --token token.hex --secret secret.hex --out proof.hex request.json"
)]
pub(crate) struct Present {
    #[command(flatten)]
    scheme: SchemeArgs,
    /// The credential, which the issuer sent; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    credential: PathBuf,
    /// The token of the current epoch; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    token: PathBuf,
    /// The holder's secret for this credential; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    secret: PathBuf,
    #[command(flatten)]
    out: OutArgs,
    /// The verifier's request; `-` is stdin.
    #[arg(value_name = "REQUEST.json")]
    request: PathBuf,
}

#[derive(Serialize)]
struct Members<'a> {
    scheme: Map<String, Value>,
    credential: Map<String, Value>,
    token: &'a str,
    secret: &'a str,
    request: Map<String, Value>,
}

impl Present {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let inputs = [
            self.scheme.path(),
            self.credential.as_path(),
            self.token.as_path(),
            self.secret.as_path(),
            self.request.as_path(),
        ];
        require_one_stdin(&inputs)?;
        self.out.check(&inputs)?;
        let token = digits(&self.token)?;
        let secret = files::read_secret(&self.secret, output)?;
        let members = Members {
            scheme: self.scheme.read()?,
            credential: object(&self.credential)?,
            token: &token,
            secret: &secret,
            request: object(&self.request)?,
        };
        let reply = program::run("present", &members).await?;
        let presentation = reply.text("presentation")?;
        let document = json!({ "presentation": presentation });
        self.out.text(presentation, &document, output)
    }
}
