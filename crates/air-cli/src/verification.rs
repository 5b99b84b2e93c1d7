//! `air verification`: verification programs of the local platform.

mod create;
mod trust_list;

use air_api::{
    VerificationProgramId,
    sandbox::{ListQuery, VerificationProgramRecord},
};
use clap::{Args, Subcommand};

use crate::{
    condition,
    exit::Failure,
    output::Output,
    partner::{Named, SetUpArgs},
    records::{ListArgs, describe, only, yes},
    terminal::printable,
};

#[derive(Subcommand)]
pub(crate) enum VerificationCommand {
    /// Create a verification program, which can be run at once.
    Create(create::Create),
    /// List verification programs, newest first.
    List(List),
    /// Show a verification program with its conditions.
    Show(Show),
    /// Replace or remove the trust list of a verification program.
    TrustList(trust_list::ChangeTrustList),
}

#[derive(Args)]
#[command(after_help = "Example:\n  air verification list kyc")]
pub(crate) struct List {
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Args)]
#[command(after_help = "Example:\n  air verification show adult")]
pub(crate) struct Show {
    #[command(flatten)]
    platform: SetUpArgs,
    /// The verification program: a name of the profile, or an id.
    #[arg(value_name = "NAME|ID")]
    program: String,
}

impl VerificationCommand {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Create(arguments) => arguments.run(output).await,
            Self::List(arguments) => arguments.run(output).await,
            Self::Show(arguments) => arguments.run(output).await,
            Self::TrustList(arguments) => arguments.run(output).await,
        }
    }
}

impl List {
    async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.list.platform.connect()?;
        let local = self.list.platform.local(&client);
        let page = local.verification_programs(&self.list.query()).await?;
        let row = |program: &VerificationProgramRecord| {
            vec![
                program.program_id.to_string(),
                printable(program.name.as_ref().unwrap_or(&program.title)),
                printable(&program.partner_name),
                format!("{} runs", program.runs),
            ]
        };
        self.list.render(&page, row, output)
    }
}

impl Show {
    async fn run(&self, output: Output) -> Result<(), Failure> {
        let origin = self.platform.origin()?;
        let id: VerificationProgramId =
            Named::verification_programs(origin.profile())?.resolve(Some(&self.program))?;
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let page = local.verification_programs(&ListQuery::new(id.as_str())).await?;
        let is_it = |program: &VerificationProgramRecord| program.program_id == id;
        let program = only(page, "verification", is_it)?;
        output.result(&program, |program| {
            let mut rows = vec![
                ["program".into(), program.program_id.to_string()],
                [
                    "name".into(),
                    program
                        .name
                        .as_deref()
                        .map_or_else(|| "none".to_owned(), printable),
                ],
                [
                    "partner".into(),
                    format!("{} {}", program.partner_id, printable(&program.partner_name)),
                ],
                [
                    "schema".into(),
                    format!("{} {}", program.schema_id, printable(&program.title)),
                ],
                ["asks for the key".into(), yes(program.require_cak)],
                ["trust list".into(), yes(program.has_trust_list)],
                ["W3C credentials".into(), proofs(program)],
                ["runs".into(), program.runs.to_string()],
                ["created".into(), format!("{} UTC", program.created_at)],
            ];
            if let Some(issued_by) = &program.predicate_proofs_of {
                let accepted = format!("only of credentials of {issued_by} (experimental)");
                rows.push(["predicate proofs".into(), accepted]);
            }
            rows.extend(
                program
                    .conditions
                    .iter()
                    .map(|rule| ["condition".into(), printable(&condition::text(rule))]),
            );
            describe(rows)
        })
    }
}

/// The suites of W3C credentials that a program accepts.
fn proofs(program: &VerificationProgramRecord) -> String {
    if program.proofs.is_empty() {
        return "not accepted".to_owned();
    }
    let names: Vec<&str> = program.proofs.iter().map(|suite| suite.as_str()).collect();
    names.join(", ")
}
