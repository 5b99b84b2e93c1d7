#![doc = include_str!("../README.md")]

mod ask;
mod bulk;
mod cak;
mod credential;
mod custody;
mod did;
mod doctor;
mod events;
mod exit;
mod files;
mod interrupt;
mod issue;
mod issuer;
mod jwks;
mod keys;
mod ledger;
mod listen;
mod logs;
mod operator_token;
mod output;
mod partner;
mod positions;
mod private_key;
mod progress;
mod quickstart;
mod quote;
mod revoke;
mod sandbox;
mod schema;
mod status;
mod status_list;
mod terminal;
mod time;
mod token;
mod verify;

use clap::{Parser, Subcommand};

use crate::{
    exit::{Exit, Failure},
    output::Output,
};

/// Credentials the AIR way: issue, anchor, seal, verify. Start with `air quickstart`.
#[derive(Parser)]
#[command(name = "air", version, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Air {
    /// Prints one JSON document on stdout and nothing else there.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole story on real files, offline: platform, partner, credential, CAK, sealed documents, consent.
    Quickstart(quickstart::Quickstart),
    /// Compliance Access Keys: derive, seal, open.
    #[command(subcommand)]
    Cak(cak::Cak),
    /// Managed keys that t of n custodians open together: deal, partial, verify, open.
    #[command(subcommand)]
    Custody(custody::Custody),
    /// Partner JWTs: sign, inspect, verify.
    #[command(subcommand)]
    Token(token::Token),
    /// What is wrong with a set-up, and how to mend it.
    Doctor(doctor::Doctor),
    /// Signing keys of a partner: make, list, rotate.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// The public key set that the platform verifies tokens with.
    #[command(subcommand)]
    Jwks(jwks::Jwks),
    /// Credential schemas: validate, lint, compare, convert, publish, search.
    #[command(subcommand)]
    Schema(schema::Schema),
    /// Credentials: issue, show, present, verify.
    #[command(subcommand)]
    Credential(credential::Credential),
    /// Decentralised identifiers: resolve one, print one's own document.
    #[command(subcommand)]
    Did(did::Did),
    /// The local platform.
    #[command(subcommand)]
    Sandbox(sandbox::Sandbox),
    /// What happened on the local platform: list, replay.
    #[command(subcommand)]
    Events(events::Events),
    /// Posts the local platform's events to a service as they come, signed.
    Listen(listen::ListenArgs),
    /// The requests that the local platform answered, and what to do about those that failed.
    Logs(logs::LogsArgs),
    /// Issues a credential through a platform: to a user who is present, or on behalf of one.
    Issue(issue::IssueArgs),
    /// Issues on behalf of many: a row for each in a CSV or NDJSON file, each once, with a journal to go on from.
    Bulk(bulk::BulkArgs),
    /// Where a credential is on its way to the chain.
    Status(status::StatusArgs),
    /// Revokes a credential on the local platform; on the hosted one the dashboard does.
    Revoke(revoke::RevokeArgs),
    /// Runs a verification program on a user's credential.
    Verify(verify::VerifyArgs),
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 input rejected, 4 not authorised, \
5 unreachable or timed out.\nSecrets come from files, stdin (-) or the environment.";

fn main() -> std::process::ExitCode {
    let air = Air::parse();
    let output = Output::new(air.json);
    let outcome = runtime().and_then(|runtime| runtime.block_on(run(&air.command, output)));
    match outcome {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit().into()
        }
    }
}

/// Every command, in one runtime: the compiler asks for an arm for each.
async fn run(command: &Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Quickstart(arguments) => arguments.run(output).await,
        Command::Cak(command) => command.run(output),
        Command::Custody(command) => command.run(output),
        Command::Token(command) => command.run(output).await,
        Command::Doctor(arguments) => arguments.run(output).await,
        Command::Keys(command) => command.run(output),
        Command::Jwks(command) => command.run(output).await,
        Command::Schema(command) => command.run(output).await,
        Command::Credential(command) => command.run(output).await,
        Command::Did(command) => command.run(output).await,
        Command::Sandbox(command) => command.run(output).await,
        Command::Events(command) => command.run(output).await,
        Command::Listen(arguments) => arguments.run(output).await,
        Command::Logs(arguments) => arguments.run(output).await,
        Command::Issue(arguments) => arguments.run(output).await,
        Command::Bulk(arguments) => arguments.run(output).await,
        Command::Status(arguments) => arguments.run(output).await,
        Command::Revoke(arguments) => arguments.run(output).await,
        Command::Verify(arguments) => arguments.run(output).await,
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("the runtime can't start: {error}")))
}
