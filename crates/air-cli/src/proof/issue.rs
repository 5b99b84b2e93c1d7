//! `air proof issue`.

use std::path::PathBuf;

use air_ids::VcId;
use air_schema::CredentialSchema;
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    inputs::{SchemeArgs, digits, require_one_stdin},
    program,
};
use crate::{
    exit::Failure,
    files::{self, Audience, ForceArgs, shown},
    output::Output,
    schema::{compile, misfit, read_subject},
};

const STAYS: &str = "a record is never overwritten; choose another name with --record-out";

#[derive(Args)]
#[command(
    after_help = "The record has the nonce that epoch tokens need. Store it, and accept each challenge once.\n\
                  \n\
                  Example:\n  \
                  air proof issue --scheme scheme.json --key issuer.hex --id c-1 \\\n      \
                  --challenge \"$CHALLENGE\" --commitment commitment.hex \\\n      \
                  --record-out record.json --out credential.json subject.json"
)]
pub(crate) struct Issue {
    #[command(flatten)]
    scheme: SchemeArgs,
    /// The issuer's private key, as hex digits; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The credential's id.
    #[arg(long, value_name = "ID")]
    id: VcId,
    /// The challenge that the holder was sent, as hex digits.
    #[arg(long, value_name = "HEX")]
    challenge: String,
    /// The holder's commitment; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    commitment: PathBuf,
    /// The file to write the issuer's record to, with mode 0600; an existing file is not replaced.
    #[arg(long, value_name = "FILE")]
    record_out: PathBuf,
    /// The file to write the holder's credential to, with mode 0600.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    force: ForceArgs,
    /// The file with the subject's claims; `-` is stdin.
    #[arg(value_name = "SUBJECT.json")]
    subject: PathBuf,
}

#[derive(Serialize)]
struct Members<'a> {
    scheme: Map<String, Value>,
    key: &'a str,
    commitment: &'a str,
    challenge: &'a str,
    id: &'a VcId,
    subject: Map<String, Value>,
}

impl Issue {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        if [&self.record_out, &self.out]
            .iter()
            .any(|path| files::is_dash(path))
        {
            return Err(Failure::usage(
                "the credential and the record can't be written to stdout",
            ));
        }
        let inputs = [
            self.scheme.path(),
            self.key.as_path(),
            self.commitment.as_path(),
            self.subject.as_path(),
        ];
        require_one_stdin(&inputs)?;
        files::require_own_name(&self.out, &inputs)?;
        files::require_own_name(&self.out, &[self.record_out.as_path()])?;
        files::require_free(&self.record_out, STAYS)?;
        self.force.check(&self.out)?;
        let scheme = self.scheme.read()?;
        let subject = read_subject(&self.subject)?;
        self.validate(&scheme, &subject)?;
        let key = files::read_secret(&self.key, output)?;
        let commitment = digits(&self.commitment)?;
        let members = Members {
            scheme,
            key: &key,
            commitment: &commitment,
            challenge: &self.challenge,
            id: &self.id,
            subject,
        };
        let reply = program::run("issue", &members).await?;
        let record = pretty(reply.object("record")?)?;
        let credential = pretty(reply.object("credential")?)?;
        files::write_new(&self.record_out, record.as_bytes(), Audience::Owner, STAYS)?;
        self.force
            .write(&self.out, credential.as_bytes(), Audience::Owner)?;
        let document = json!({ "out": shown(&self.out), "record": shown(&self.record_out) });
        output.result(&document, |_| {
            format!(
                "Wrote the credential for the holder to {}, and the issuer's record to {}.",
                self.out.display(),
                self.record_out.display()
            )
        })
    }

    /// The signature covers values that the schema refuses, too.
    fn validate(&self, scheme: &Map<String, Value>, subject: &Map<String, Value>) -> Result<(), Failure> {
        let form = scheme.get("schema").unwrap_or(&Value::Null).to_string();
        let schema = CredentialSchema::from_slice(form.as_bytes()).map_err(|error| {
            Failure::rejected(format!("the schema of {}: {error}", self.scheme.path().display()))
        })?;
        compile(&schema)?
            .validate(subject)
            .map_err(|violations| misfit(&self.subject.display().to_string(), &schema, &violations))
    }
}

fn pretty(members: &Map<String, Value>) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(members).map_err(|error| Failure::failed(error.to_string()))?;
    Ok(format!("{text}\n"))
}
