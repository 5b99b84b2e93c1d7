//! Every job that a person or CI runs. `cargo xtask test` runs the jobs that a change must pass.

mod anvil;
mod api;
mod arrows;
mod audit;
mod background;
mod bench;
mod book;
mod build;
mod chain;
mod changes;
mod ct;
mod dist;
mod e2e;
mod footprint;
mod fuzz;
mod issuer_deploy;
mod languages;
mod links;
mod load;
mod mdoc;
mod msrv;
mod mutants;
mod oid4vc;
mod ops;
mod package;
mod peers;
mod platform;
mod postgres;
mod precision;
mod prepare;
mod python;
mod shell;
mod softhsm;
mod spelling;
mod ssi;
mod steps;
mod suites;
mod supply_chain;
mod test;
mod wasm;
mod words;
mod workflows;
mod year;
mod zk;

use std::process::ExitCode;

use shell::{Outcome, say};

const USAGE: &str = "Usage: cargo xtask <JOB>

  test [--all]     run every check that a change must pass, with a table of times and budgets; --all adds long ones (fuzzing)
  api [EXAMPLES]   test the local platform against its OpenAPI document with schemathesis [default: 40 cases an operation]
  arrows [--write] check which crates depend on which, and that no modules import each other in a cycle; --write updates the
                   diagram in the book
  audit            run cargo-deny: advisories, licences, duplicates, sources
  bench [--write] [--only BENCH | --post-quantum]
                   run every benchmark on both backends, beside its peers; --write updates the ratios in the book;
                   --post-quantum measures hybrids with ML-KEM beside version 1 instead
  book             render the book with mdBook in target/book, and check the links of the rendered pages
  chain [--write | --times [--write]]
                   compile the anchoring contract and compare its bytes, test it on a local chain, and check an anchor proof with
                   Python, air-ledger and the dashboard in Chromium; --write updates the code, the gas in the book and the recorded
                   proof; --times measures instead how long a proof takes to verify, in native code and in Chromium
  ct               test whether timing depends on secrets: dudect on derivation, opening and partials
  dist [--check] [--binary FILE]
                   build the stripped binary, completions, manual pages, a tarball and a Debian package in target/dist; --check
                   installs the package in a new Debian and issues a credential there (as root); --binary packs that binary
  e2e [--pictures DIR | --write]
                   test the npm package in Node and in Chromium, and the dashboard, the guided tour, the AIR Kit SDK from
                   npm and accessibility (axe) in Chromium; --write updates the package's times in the book
  footprint        count the crates that a project with `TestPlatform` compiles, and fail if there are too many
  fuzz [TARGET ..] [--seconds N] [--ssi]
                   fuzz every parser and the openers [default: 30 seconds a target]; --ssi fuzzes air-ssi's verifier instead
  issuer-deploy    run two instances of the issuer's own service behind nginx under load, restart them one by one, and kill one; check
                   the systemd units
  languages [--wheel | --kotlin | --bindings | --times]
                   build and test the TypeScript client and the Python package against a local platform, and the Kotlin package, with
                   their examples, and each package in an empty project; --wheel only builds the Python package; --kotlin only builds
                   and tests the Kotlin package; --bindings writes its generated sources and those of Swift; --times measures the
                   packages instead, that of Python beside other libraries
  links            check the relative links of every page, and the book's table of contents
  load [--chain] [--write] [SECONDS] | --memory [THOUSANDS] | --issuer [--write] [SECONDS] | --issuer --minutes MINUTES
                   measure how many credentials a second the local platform issues durably; --chain compares ten pairs of runs with
                   and without a chain (anvil) in turns; --write updates the book; --memory shows the platform's memory instead,
                   and fails if it keeps growing [default: 100 thousand]; --issuer measures the issuer's own service beside issuance on
                   behalf [default: 20 seconds a run], and --minutes only its memory
  mdoc             run the tests of air-mdoc against other implementations, in Node and Python
  msrv             check that the workspace builds with the minimum Rust version
  mutants [CRATE ..] [--file GLOB ..]
                   change the code that verifies, one place at a time, and list the changes that no test of its crate notices
                   (cargo-mutants; hours) [default: every crate and file of .cargo/mutants.toml]
  oid4vc           test OpenID4VCI, OpenID4VP and DCQL against other implementations, in Node
  ops              check and test the alert rules and the dashboard of ops/ with promtool
  package [--build]
                   package the crates as for crates.io, and check that no file is missing; --build also compiles the packages
  peers            run the tests against other implementations, in Node and Python
  postgres         run the platform's tests on PostgreSQL, and those for several platforms on one database
  precision        run the tests of the pure crates, air-api and air-client with serde_json's arbitrary_precision
  spelling         check the spelling with typos
  ssi [--bench [--write]]
                   check crates/air-ssi, which has its own lock file: formatting, lints, tests, licences and advisories; --bench
                   measures its suites beside Digital Bazaar's instead, and --write updates the book's ratios
  supply-chain [--write]
                   check that the book lists each crate that touches keys, that fetched tools and packages have fixed versions, and
                   the licences that `air licenses` prints; --write updates these
  wasm [--write | --check]
                   build the npm package for browsers and Node in target/wasm/pkg; --write also updates the copies that the
                   local platform embeds, --check builds those copies again and compares the bytes
  words            check that shipped text is plain English: fails on words that the style guide rules out
  workflows        check the workflows of .github against their JSON Schema
  year [--seed N] [--minutes M] [--postgres]
                   simulate years of the local platform with faults, kills, backups and restores, and print the figures
                   [default: a new seed, 8 minutes, a data folder]
  zk [--times [--write]]
                   check crates/air-zk, which has its own lock file: formatting, lints, tests, licences, advisories, the commands of
                   `air` that use it, and its module in Chromium; --times measures the module beside the program instead, and --write
                   updates the book's table";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (job, rest) = match arguments.split_first() {
        Some((job, rest)) => (job.as_str(), rest),
        None => ("help", &[][..]),
    };
    match run(job, rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say(&format!("error: {reason}"));
            ExitCode::FAILURE
        }
    }
}

fn run(job: &str, arguments: &[String]) -> Outcome {
    match job {
        "test" => test::run(arguments),
        "api" => api::run(arguments),
        "arrows" => arrows::run(arguments.iter().any(|argument| argument == "--write")),
        "audit" => audit::run(),
        "bench" => bench::run(arguments),
        "book" => book::run(),
        "chain" => chain::run(arguments),
        "ct" => ct::run(),
        "dist" => dist::run(arguments),
        "e2e" => e2e::run(arguments),
        "footprint" => footprint::run(),
        "fuzz" => fuzz::run(arguments),
        "issuer-deploy" => issuer_deploy::run(),
        "languages" => languages::run(arguments),
        "links" => links::run(),
        "load" => load::run(arguments),
        "mdoc" => mdoc::run(),
        "msrv" => msrv::run(),
        "mutants" => mutants::run(arguments),
        "oid4vc" => oid4vc::run(),
        "ops" => ops::run(),
        "package" => package::run(arguments),
        "peers" => peers::run(),
        "postgres" => postgres::run(),
        "precision" => precision::run(build::Seed::New),
        "spelling" => spelling::run(),
        "ssi" => ssi::run(arguments),
        "supply-chain" => supply_chain::run(arguments),
        "workflows" => workflows::run(),
        "wasm" => wasm::run(arguments),
        "words" => words::run(),
        "year" => year::run(arguments),
        "zk" => zk::run(arguments),
        "help" | "--help" => {
            say(USAGE);
            Ok(())
        }
        other => Err(format!("no job `{other}`\n\n{USAGE}")),
    }
}
