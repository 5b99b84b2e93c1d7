//! Every job that a person or CI runs: `cargo xtask test` is all of them that decide whether a change may land.

mod api;
mod arrows;
mod audit;
mod bench;
mod book;
mod build;
mod ct;
mod e2e;
mod fuzz;
mod links;
mod load;
mod msrv;
mod peers;
mod platform;
mod postgres;
mod shell;
mod steps;
mod suites;
mod test;
mod wasm;

use std::process::ExitCode;

use shell::{Outcome, say};

const USAGE: &str = "Usage: cargo xtask <JOB>

  test             formatting, lints, tests, vectors, doctests, docs, links, arrows, API, dashboard, wasm32, audit
  api [EXAMPLES]   the local platform against its OpenAPI document: schemathesis, 40 fuzzed cases of each call unless said
  arrows [--write] dependencies between crates, as listed and as the book shows them; import cycles between modules
  audit            cargo-deny: advisories, licences, duplicates, sources
  bench [--write] [--only BENCH]
                   every bench on both backends, beside its peers; --write quotes the ratios in the book
  ct               whether times depend on secrets: dudect on derivation, opening and partials
  e2e [--pictures DIR | --write]
                   the npm package in Node and in Chromium, its times beside WebCrypto's (--write quotes them in the book); in Chromium
                   also the dashboard, the whole walk by clicking, and the AIR Kit SDK from npm; axe on every page
  fuzz [TARGET ..] [--seconds N]
                   every parser and the openers, 30 seconds each unless said
  links            relative links of every page, and the book's table of contents
  load [--write] [SECONDS]
                   credentials a second that the local platform issues, durable; --write quotes them in the book
  msrv             the stated minimum Rust version
  peers            the tests that ask other implementations, in Node and Python
  postgres         the platform's tests on PostgreSQL, and those for several platforms on one database
  wasm [--write | --check]
                   the npm package for browsers and Node in target/wasm/pkg, from the pure crates for wasm32-unknown-unknown;
                   --write builds the copy that the local platform embeds, --check builds it again and compares the bytes";

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
        "test" => test::run(),
        "api" => api::run(arguments),
        "arrows" => arrows::run(arguments.iter().any(|argument| argument == "--write")),
        "audit" => audit::run(),
        "bench" => bench::run(arguments),
        "ct" => ct::run(),
        "e2e" => e2e::run(arguments),
        "fuzz" => fuzz::run(arguments),
        "links" => links::run(),
        "load" => load::run(arguments),
        "msrv" => msrv::run(),
        "peers" => peers::run(),
        "postgres" => postgres::run(),
        "wasm" => wasm::run(arguments),
        "help" | "--help" => {
            say(USAGE);
            Ok(())
        }
        other => Err(format!("no job `{other}`\n\n{USAGE}")),
    }
}
