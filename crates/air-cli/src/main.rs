#![doc = include_str!("../README.md")]

mod accounts;
mod anchoring;
mod ask;
mod backup_file;
mod bulk;
mod cak;
mod chain;
mod completions;
mod condition;
mod count;
mod credential;
mod custody;
mod database_text;
mod did;
mod doctor;
mod duplicates;
mod erasure;
mod events;
mod exit;
mod explain;
mod files;
mod finding;
mod helper;
mod holder;
mod init;
mod interrupt;
mod issue;
mod issuer;
mod issuer_service;
mod jwks;
mod keys;
mod ledger;
mod licenses;
mod listen;
mod log;
mod logs;
mod man;
mod new_passphrase;
mod offer;
mod operator_token;
mod output;
mod partner;
mod paths;
mod positions;
mod private_key;
mod profile;
mod program;
mod progress;
mod proof;
mod qr_code;
mod quickstart;
mod quote;
mod records;
mod request;
mod retry_notes;
mod revoke;
mod sandbox;
mod schema;
mod sealing;
mod service_manager;
mod status;
mod status_list;
mod terminal;
mod time;
mod token;
mod type_metadata;
mod usage;
mod use_profile;
mod verification;
mod verify;
mod waiting;
mod wallet;
mod wrap;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::{
    exit::{Exit, Failure},
    output::Output,
};

/// Issue, anchor, seal and verify AIR credentials. Start with `air quickstart`.
#[derive(Parser)]
#[command(name = "air", version, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Air {
    /// Print one JSON document on stdout, and nothing else there.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole flow offline on real files: platform, partner, credential, CAK, sealed
    /// documents, consent.
    Quickstart(quickstart::Quickstart),
    /// Create a profile in air.toml, with the values that later commands use, and the partner's key.
    Init(init::InitArgs),
    /// Select the profile of air.toml that later commands use.
    Use(use_profile::UseArgs),
    /// Derive Compliance Access Keys, and seal and open documents with them.
    #[command(subcommand)]
    Cak(cak::Cak),
    /// Share a managed key among n custodians, any t of whom can open documents together.
    #[command(subcommand)]
    Custody(custody::Custody),
    /// Deploy and inspect the contract on an EVM chain that has a ledger's checkpoints.
    #[command(subcommand)]
    Chain(chain::Chain),
    /// Sign, inspect and verify Partner JWTs.
    #[command(subcommand)]
    Token(token::Token),
    /// Diagnose configuration problems and suggest fixes.
    Doctor(doctor::Doctor),
    /// Generate, list and rotate a partner's signing keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Export or serve the public key set (JWKS) that the platform verifies tokens with.
    #[command(subcommand)]
    Jwks(jwks::Jwks),
    /// Create and show partners of the local platform, remove a registered key, or rotate the
    /// callback secret.
    #[command(subcommand)]
    Partner(accounts::Accounts),
    /// Create, list, show and publish issuance programs of the local platform.
    #[command(subcommand)]
    Program(program::Program),
    /// Create, list and show verification programs of the local platform.
    #[command(subcommand)]
    Verification(verification::VerificationCommand),
    /// Create, validate, lint, compare, convert, publish and search credential schemas.
    #[command(subcommand)]
    Schema(schema::Schema),
    /// Issue, show, present and verify credentials.
    #[command(subcommand)]
    Credential(credential::Credential),
    /// Prove conditions on a credential without its values. Experimental, not audited, and off by
    /// default: the commands need the program air-zk.
    #[command(subcommand)]
    Proof(proof::Proof),
    /// Verify that a proof answers a request, offline. Experimental, not audited, and off by default:
    /// the command needs the program air-zk.
    VerifyProof(proof::VerifyProof),
    /// Resolve a decentralised identifier (DID), or print an issuer's DID document.
    #[command(subcommand)]
    Did(did::Did),
    /// Run and control the local platform.
    #[command(subcommand)]
    Sandbox(sandbox::Sandbox),
    /// Run the issuer's own service, check it, or move to it.
    #[command(subcommand)]
    Issuer(issuer_service::IssuerCommand),
    /// List, follow or replay the local platform's events.
    Events(events::Events),
    /// Forward the local platform's events to a service, signed, as they happen.
    Listen(listen::ListenArgs),
    /// Show the local platform's recent requests, and how to fix those that failed.
    Logs(logs::LogsArgs),
    /// Issue a credential through a platform, to a user who is present or on behalf of one.
    Issue(issue::IssueArgs),
    /// Offer a credential of the local platform to a wallet (OpenID4VCI): print the link and its QR code.
    Offer(offer::OfferArgs),
    /// Issue on behalf of many users from a CSV or NDJSON file, with a journal to resume from.
    Bulk(bulk::BulkArgs),
    /// Show whether a credential is anchored on-chain, or manage status lists.
    Status(status::StatusArgs),
    /// Revoke a credential on the local platform; for the hosted platform, use its dashboard.
    Revoke(revoke::RevokeArgs),
    /// Run a verification program of the local platform on a user's credential.
    Verify(verify::VerifyArgs),
    /// Ask a wallet for a presentation that a verification program of the local platform checks (OpenID4VP).
    Request(request::RequestArgs),
    /// Receive and present credentials as a wallet does, for tests and scripts.
    #[command(subcommand)]
    Wallet(wallet::Wallet),
    /// Open envelopes that an issuer sealed to a holder.
    #[command(subcommand)]
    Holder(holder::Holder),
    /// Explain an offer, request, token, proof or credential, and name the rule that it breaks (exit 4).
    Explain(explain::Explain),
    /// Print a shell's completion script.
    Completions(completions::Completions),
    /// Write the manual pages of all commands to a folder.
    Man(man::Man),
    /// Print the licences of the crates and files that air contains.
    #[command(after_help = "Example:\n  air licenses | less")]
    Licenses,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 input rejected, 4 not authorised, \
5 unreachable or timed out.\nSecrets come from files, stdin (-) or the environment.";

fn main() -> ExitCode {
    let air = match Air::try_parse() {
        Ok(air) => air,
        Err(error) => return not_parsed(error),
    };
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

/// Prints the help, the version, or why the arguments are wrong. Parses them again, with usage
/// lines that fit a terminal.
fn not_parsed(error: clap::Error) -> ExitCode {
    let error = usage::narrowed(Air::command())
        .try_get_matches()
        .err()
        .unwrap_or(error);
    if error.use_stderr() {
        let is_json = std::env::args_os().any(|argument| argument == "--json");
        Output::new(is_json).wrong_usage(&wrong_usage(&error), &error.render().ansi().to_string());
    } else {
        // A closed pipe (`| head`) is not a failure.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1))
}

/// The first paragraph of clap's message as a failure.
fn wrong_usage(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let (reason, _) = text.split_once("\n\n").unwrap_or((&text, ""));
    let lines: Vec<&str> = reason.lines().map(str::trim).collect();
    let message = lines.join(" ");
    Failure::usage(message.trim_start_matches("error: ")).with_hint("`--help` lists the arguments")
}

/// Runs the command.
async fn run(command: &Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Quickstart(arguments) => Box::pin(arguments.run(output)).await,
        Command::Init(arguments) => arguments.run(output).await,
        Command::Use(arguments) => arguments.run(output),
        Command::Cak(command) => command.run(output).await,
        Command::Custody(command) => command.run(output),
        Command::Chain(command) => command.run(output).await,
        Command::Token(command) => command.run(output).await,
        Command::Doctor(arguments) => arguments.run(output).await,
        Command::Keys(command) => command.run(output),
        Command::Jwks(command) => command.run(output).await,
        Command::Partner(command) => command.run(output).await,
        Command::Program(command) => command.run(output).await,
        Command::Verification(command) => command.run(output).await,
        Command::Schema(command) => command.run(output).await,
        Command::Credential(command) => command.run(output).await,
        Command::Proof(command) => command.run(output).await,
        Command::VerifyProof(arguments) => arguments.run(output).await,
        Command::Did(command) => command.run(output).await,
        Command::Sandbox(command) => command.run(output).await,
        Command::Issuer(command) => command.run(output).await,
        Command::Events(command) => command.run(output).await,
        Command::Listen(arguments) => arguments.run(output).await,
        Command::Logs(arguments) => arguments.run(output).await,
        Command::Issue(arguments) => arguments.run(output).await,
        Command::Offer(arguments) => arguments.run(output).await,
        Command::Bulk(arguments) => arguments.run(output).await,
        Command::Status(arguments) => arguments.run(output).await,
        Command::Revoke(arguments) => arguments.run(output).await,
        Command::Verify(arguments) => arguments.run(output).await,
        Command::Request(arguments) => arguments.run(output).await,
        Command::Wallet(command) => command.run(output).await,
        Command::Holder(command) => command.run(output),
        Command::Explain(arguments) => arguments.run(output),
        Command::Completions(arguments) => arguments.run(Air::command(), output),
        Command::Man(arguments) => arguments.run(Air::command(), output),
        Command::Licenses => licenses::print(output),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("failed to start the async runtime: {error}")))
}
