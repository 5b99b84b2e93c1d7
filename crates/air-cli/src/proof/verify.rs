//! `air verify-proof`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    inputs::{SchemeArgs, digits, object, require_one_stdin},
    program::{self, Reply},
};
use crate::{exit::Failure, output::Output, terminal::printable};

#[derive(Args)]
#[command(
    after_help = "The command asks nobody: it needs the issuer's published scheme, the request and the proof. Accept \
                  one proof for each request: the command does not know which were shown before.\n\
                  \n\
                  Example:\n  \
                  air verify-proof --scheme scheme.json --request request.json proof.hex"
)]
pub(crate) struct VerifyProof {
    #[command(flatten)]
    scheme: SchemeArgs,
    /// The request that the proof must answer; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    /// The time to verify at, in seconds since 1970 [default: now].
    #[arg(long, value_name = "UNIX_SECONDS")]
    at: Option<u64>,
    /// The proof, which `air proof present` made; `-` is stdin.
    #[arg(value_name = "PROOF")]
    proof: PathBuf,
}

#[derive(Serialize)]
struct Members<'a> {
    scheme: Map<String, Value>,
    request: Map<String, Value>,
    presentation: &'a str,
    at: Option<u64>,
}

impl VerifyProof {
    /// Prints the report. Fails with exit code 4 if the proof is not accepted.
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        require_one_stdin(&[self.scheme.path(), &self.request, &self.proof])?;
        let proof = digits(&self.proof)?;
        let request = object(&self.request)?;
        let conditions = request.get("conditions").cloned().unwrap_or_else(|| json!([]));
        let members = Members {
            scheme: self.scheme.read()?,
            request,
            presentation: &proof,
            at: self.at,
        };
        let reply = program::ask("verify", &members).await?;
        match verdict(&reply)? {
            Verdict::Valid => output.document(&json!({
                "valid": true,
                "conditions": conditions,
                "disclosed": reply.object("disclosed")?,
                "epoch": reply.member("epoch")?,
            })),
            Verdict::Invalid => {
                let reason = printable(reply.text("reason")?);
                output.document(&json!({
                    "valid": false,
                    "failed": reply.text("failed")?,
                    "reason": reason,
                }))?;
                Err(Failure::not_authorised(reason).about("proof refused"))
            }
        }
    }
}

enum Verdict {
    Valid,
    Invalid,
}

/// Reads an answer whose exit code agrees with it.
fn verdict(reply: &Reply) -> Result<Verdict, Failure> {
    match (reply.member("valid")?.as_bool(), reply.exit_code()) {
        (Some(true), Some(0)) => Ok(Verdict::Valid),
        (Some(false), Some(4)) => Ok(Verdict::Invalid),
        _ => Err(reply.unexpected()),
    }
}
