//! `air proof token`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    inputs::{SchemeArgs, object, require_one_stdin},
    out::OutArgs,
    program,
};
use crate::{exit::Failure, files, output::Output};

#[derive(Args)]
#[command(
    after_help = "Issue no token for a revoked credential: nothing else revokes it. The holder asks for a token in \
                  each epoch.\n\
                  \n\
                  Example:\n  \
                  air proof token --scheme scheme.json --key issuer.hex \\\n      \
                  --out token.hex record.json"
)]
pub(crate) struct Token {
    #[command(flatten)]
    scheme: SchemeArgs,
    /// The issuer's private key, as hex digits; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    out: OutArgs,
    /// The record of the credential, which `air proof issue` wrote; `-` is stdin.
    #[arg(value_name = "RECORD.json")]
    record: PathBuf,
}

#[derive(Serialize)]
struct Members<'a> {
    scheme: Map<String, Value>,
    key: &'a str,
    record: Map<String, Value>,
}

impl Token {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let inputs = [self.scheme.path(), self.key.as_path(), self.record.as_path()];
        require_one_stdin(&inputs)?;
        self.out.check(&inputs)?;
        let key = files::read_secret(&self.key, output)?;
        let members = Members {
            scheme: self.scheme.read()?,
            key: &key,
            record: object(&self.record)?,
        };
        let reply = program::run("token", &members).await?;
        let token = reply.text("token")?;
        let document = json!({
            "token": token,
            "epoch": reply.member("epoch")?,
            "validUntil": reply.member("validUntil")?,
        });
        self.out.text(token, &document, output)
    }
}
