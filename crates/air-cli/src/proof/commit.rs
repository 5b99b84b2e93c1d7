//! `air proof commit`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{inputs::SchemeArgs, out::OutArgs, program};
use crate::{
    exit::Failure,
    files::{self, Audience, shown},
    output::Output,
};

const STAYS: &str = "a secret is never overwritten; choose another name with --secret-out";

#[derive(Args)]
#[command(
    after_help = "The secret is for one credential. With one secret for two credentials, their issuers can recognise \
                  the holder.\n\
                  \n\
                  Example:\n  \
                  air proof commit --scheme scheme.json --challenge \"$CHALLENGE\" \\\n      \
                  --secret-out secret.hex --out commitment.hex"
)]
pub(crate) struct Commit {
    #[command(flatten)]
    scheme: SchemeArgs,
    /// The issuer's challenge: 16 to 64 random bytes, as hex digits.
    #[arg(long, value_name = "HEX")]
    challenge: String,
    /// The file to write the holder's secret to, with mode 0600; an existing file is not replaced.
    #[arg(long, value_name = "FILE")]
    secret_out: PathBuf,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Serialize)]
struct Members<'a> {
    scheme: Map<String, Value>,
    challenge: &'a str,
}

impl Commit {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        if files::is_dash(&self.secret_out) {
            return Err(Failure::usage("the secret can't be written to stdout"));
        }
        self.out.check(&[self.scheme.path(), &self.secret_out])?;
        files::require_free(&self.secret_out, STAYS)?;
        let members = Members {
            scheme: self.scheme.read()?,
            challenge: &self.challenge,
        };
        let reply = program::run("commit", &members).await?;
        let commitment = reply.text("commitment")?;
        let secret = Zeroizing::new(format!("{}\n", reply.text("secret")?));
        files::write_new(&self.secret_out, secret.as_bytes(), Audience::Owner, STAYS)?;
        let document = json!({ "commitment": commitment, "secret": shown(&self.secret_out) });
        self.out.text(commitment, &document, output)
    }
}
