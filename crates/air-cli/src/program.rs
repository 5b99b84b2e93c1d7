//! `air program`: issuance programs of the local platform.

mod create;

use air_api::{
    ProgramId,
    sandbox::{ListQuery, ProgramRecord},
};
use clap::{Args, Subcommand};

use crate::{
    exit::Failure,
    output::Output,
    partner::{Named, SetUpArgs},
    records::{ListArgs, describe, only, yes},
    terminal::printable,
};

#[derive(Subcommand)]
pub(crate) enum Program {
    /// Create a program, as a draft or published.
    Create(create::Create),
    /// List programs with their drafts, newest first.
    List(List),
    /// Show a program.
    Show(Show),
    /// Publish a draft, so that it can issue.
    Publish(Publish),
}

#[derive(Args)]
#[command(after_help = "Example:\n  air program list kyc")]
pub(crate) struct List {
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Args)]
#[command(after_help = "Example:\n  air program show kyc")]
pub(crate) struct Show {
    #[command(flatten)]
    chosen: Chosen,
}

#[derive(Args)]
#[command(after_help = "Example:\n  air program publish kyc")]
pub(crate) struct Publish {
    #[command(flatten)]
    chosen: Chosen,
}

/// A program of a local platform.
#[derive(Args)]
struct Chosen {
    #[command(flatten)]
    platform: SetUpArgs,
    /// The program: a name of the profile, or an id (`credentialId`).
    #[arg(value_name = "NAME|ID")]
    program: String,
}

impl Program {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Create(arguments) => arguments.run(output).await,
            Self::List(arguments) => arguments.run(output).await,
            Self::Show(arguments) => arguments.run(output).await,
            Self::Publish(arguments) => arguments.run(output).await,
        }
    }
}

impl List {
    async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.list.platform.connect()?;
        let page = self
            .list
            .platform
            .local(&client)
            .programs(&self.list.query())
            .await?;
        let row = |program: &ProgramRecord| {
            vec![
                program.program.to_string(),
                printable(program.name.as_ref().unwrap_or(&program.title)),
                printable(&program.partner_name),
                state(program).to_owned(),
                format!("{} issued", program.issued),
            ]
        };
        self.list.render(&page, row, output)
    }
}

impl Chosen {
    fn id(&self) -> Result<ProgramId, Failure> {
        let origin = self.platform.origin()?;
        Named::programs(origin.profile())?.resolve(Some(&self.program))
    }
}

impl Show {
    async fn run(&self, output: Output) -> Result<(), Failure> {
        let id = self.chosen.id()?;
        let client = self.chosen.platform.connect()?;
        let local = self.chosen.platform.local(&client);
        let page = local.programs(&ListQuery::new(id.as_str())).await?;
        let program = only(page, "program", |program: &ProgramRecord| program.program == id)?;
        output.result(&program, |program| {
            let until = program.accessible_until.map(|time| format!("{time} UTC"));
            let most = program.maximum_issuance.map(|most| most.to_string());
            let mut rows = vec![
                ["program".into(), program.program.to_string()],
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
                ["state".into(), state(program).to_owned()],
                ["compliance encryption".into(), yes(program.cak)],
                ["expiration".into(), program.expiration.to_string()],
                ["issues until".into(), until.unwrap_or_else(|| "no limit".into())],
                ["issues at most".into(), most.unwrap_or_else(|| "no limit".into())],
                ["W3C credentials".into(), proof(program)],
                ["issued".into(), program.issued.to_string()],
                ["created".into(), format!("{} UTC", program.created_at)],
            ];
            if program.predicate_proofs {
                rows.push(["predicate proofs".into(), "on (experimental)".into()]);
            }
            describe(rows)
        })
    }
}

impl Publish {
    async fn run(&self, output: Output) -> Result<(), Failure> {
        let id = self.chosen.id()?;
        let client = self.chosen.platform.connect()?;
        let published = self.chosen.platform.local(&client).publish_program(&id).await?;
        output.result(&published, |program| {
            format!("Published {} ({})", program.program, printable(&program.title))
        })
    }
}

fn proof(program: &ProgramRecord) -> String {
    match program.proof {
        None => "none".to_owned(),
        Some(suite) if program.unlinkable => format!("{suite}, unlinkable"),
        Some(suite) => suite.to_string(),
    }
}

fn state(program: &ProgramRecord) -> &'static str {
    if program.published { "published" } else { "draft" }
}
