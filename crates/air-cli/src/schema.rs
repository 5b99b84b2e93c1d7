//! `air schema`.

use std::path::{Path, PathBuf};

use air_schema::{CredentialSchema, Validator, Violations, parse_subject};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use crate::{exit::Failure, files, output::Output};

#[derive(Subcommand)]
pub(crate) enum Schema {
    /// Validates a subject; every violation is shown, and no value (exit 3).
    Validate(Validate),
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  air schema validate --schema examples/kyc/schema.json examples/kyc/subject.json"
)]
pub(crate) struct Validate {
    /// The schema's form; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    schema: PathBuf,
    /// The subject; `-` is stdin.
    #[arg(value_name = "SUBJECT.json")]
    subject: PathBuf,
}

impl Schema {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let Self::Validate(arguments) = self;
        arguments.run(output)
    }
}

impl Validate {
    fn run(&self, output: Output) -> Result<(), Failure> {
        if files::is_dash(&self.schema) && files::is_dash(&self.subject) {
            return Err(Failure::usage("schema and subject can't both come from stdin"));
        }
        let schema = read_schema(&self.schema)?;
        let subject = read_subject(&self.subject)?;
        let attributes = subject.len();
        let found = compile(&schema)?.validate(&Value::Object(subject));
        if output.is_json() {
            output.document(&report(found.as_ref().err()))?;
        }
        match found {
            Ok(()) => output.tell(&format!(
                "{} fits schema \"{}\": {attributes} attributes",
                self.subject.display(),
                schema.title()
            )),
            Err(violations) => Err(misfit(&self.subject.display().to_string(), &schema, &violations)),
        }
    }
}

pub(crate) fn read_schema(path: &Path) -> Result<CredentialSchema, Failure> {
    CredentialSchema::from_slice(&files::read(path)?)
        .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))
}

pub(crate) fn read_subject(path: &Path) -> Result<Map<String, Value>, Failure> {
    parse_subject(&files::read(path)?)
        .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))
}

pub(crate) fn compile(schema: &CredentialSchema) -> Result<Validator, Failure> {
    Validator::new(schema).map_err(|error| Failure::rejected(error.to_string()))
}

/// A subject that does not fit, with every violation on its own line.
pub(crate) fn misfit(name: &str, schema: &CredentialSchema, violations: &Violations) -> Failure {
    let width = violations
        .iter()
        .map(|violation| violation.pointer().chars().count())
        .max()
        .unwrap_or_default();
    let rules = match violations.count() {
        1 => "1 rule".to_owned(),
        count => format!("{count} rules"),
    };
    Failure::rejected(format!(
        "{name} does not fit schema \"{}\" ({rules} broken)",
        schema.title()
    ))
    .with_details(
        violations
            .iter()
            .map(|violation| format!("{:width$}  {}", violation.pointer(), violation.message()))
            .collect(),
    )
}

fn report(violations: Option<&Violations>) -> Value {
    let list: Vec<Value> = violations
        .into_iter()
        .flat_map(Violations::iter)
        .map(|violation| {
            json!({
                "pointer": violation.pointer(),
                "rule": violation.rule().name(),
                "message": violation.message(),
            })
        })
        .collect();
    json!({ "valid": list.is_empty(), "violations": list })
}
