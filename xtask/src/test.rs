//! `cargo xtask test`: everything that a change must pass.

use crate::{
    api, arrows, audit, book,
    build::{EVERYTHING, PORTABLE, Seed, tests},
    chain, changes, e2e, footprint, fuzz, issuer_deploy, languages, links, mdoc, msrv, oid4vc, ops, package,
    peers, postgres, precision, prepare,
    shell::{Outcome, cargo, say},
    spelling, ssi,
    steps::Steps,
    suites, supply_chain, wasm, words, workflows, year, zk,
};

/// The sources of the fuzz targets and of the parsers that they call.
const FUZZED: [&str; 9] = [
    "fuzz",
    "crates/air-crypto/src",
    "crates/air-json/src",
    "crates/air-jwt/src",
    "crates/air-ledger/src",
    "crates/air-mdoc/src",
    "crates/air-oid4vc/src",
    "crates/air-schema/src",
    "crates/air-vc/src",
];

/// The anchoring contract and its tests, the crate that calls it and checks its proofs, the
/// submitter, and the commands, pages and module that show or verify checkpoints.
const ON_CHAIN: [&str; 28] = [
    "contracts",
    "crates/air-api/src/sandbox",
    "crates/air-cli/src/chain",
    "crates/air-cli/src/chain.rs",
    "crates/air-cli/src/doctor/chain.rs",
    "crates/air-cli/src/quickstart",
    "crates/air-cli/src/sandbox/chain.rs",
    "crates/air-cli/src/status",
    "crates/air-cli/tests/chain",
    "crates/air-cli/tests/chain.rs",
    "crates/air-dashboard/assets/anchor.js",
    "crates/air-dashboard/src/anchor.rs",
    "crates/air-dashboard/src/checkpoints.rs",
    "crates/air-fetch/src/evm",
    "crates/air-ledger",
    "crates/air-platform/src/chain",
    "crates/air-platform/src/chain.rs",
    "crates/air-platform/src/chain_progress.rs",
    "crates/air-platform/src/reports.rs",
    "crates/air-sandbox/src/chain",
    "crates/air-sandbox/src/chain.rs",
    "crates/air-sandbox/tests/chain",
    "crates/air-store/src/chain",
    "crates/air-store/src/chain.rs",
    "crates/air-store/src/leadership.rs",
    "crates/air-store/src/sql/postgres/lock.rs",
    "crates/air-wasm/src/anchor.rs",
    "xtask/src/chain.rs",
];

/// The files of the packages. A source can include a file that its package lacks, so manifests are
/// not enough.
const PACKAGED: [&str; 2] = ["Cargo.toml", "crates"];
/// The crates of the platform, whose features `air` enables.
const PLATFORM: [&str; 5] = [
    "crates/air-http",
    "crates/air-platform",
    "crates/air-sandbox",
    "crates/air-server",
    "crates/air-store",
];

/// `cargo xtask test [--all]`. The budgets add up to 45 minutes on two cores. Steps that exceed
/// this run only with `--all`, or when the sources that they test have changed.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let all = match arguments {
        [] => false,
        [option] if option == "--all" => true,
        _ => return Err("Usage: cargo xtask test [--all]".into()),
    };
    let seed = if all { Seed::New } else { Seed::Fixed };
    let mut steps = Steps::default();
    steps.step("formatting", 10, || cargo(["fmt", "--all", "--check"]).run())?;
    steps.step("links", 10, links::run)?;
    steps.step("words", 10, words::run)?;
    steps.step("spelling", 20, spelling::run)?;
    steps.step("workflows", 20, workflows::run)?;
    steps.step("suites", 10, suites::run)?;
    steps.step("arrows", 20, || arrows::run(false))?;
    steps.step("footprint", 10, footprint::run)?;
    steps.step("supply chain", 10, || supply_chain::run(&[]))?;
    steps.step("embedded wasm", 10, wasm::check_copy)?;
    let prepared = prepare::start();
    steps.step("lints", 300, || lints(&EVERYTHING))?;
    more_lints(&mut steps, all)?;
    steps.step("minimum Rust", 10, msrv::run)?;
    // Includes the vectors, the command line, the quickstart and the stored corpora of the fuzz targets.
    steps.step("tests", 820, || tests(&EVERYTHING, seed).run())?;
    steps.step("portable backend", 110, || tests(&PORTABLE, seed).run())?;
    if all || changes::touch(&precision::SOURCES) {
        steps.step("precise numbers", 300, || precision::run(seed))?;
    } else {
        say("\n── precise numbers: no crate with numbers in JSON changed; `cargo xtask test --all` runs it");
    }
    steps.step("installation", 10, || prepared.wait())?;
    let wasm = wasm::start()?;
    steps.step("PostgreSQL", 330, postgres::run)?;
    steps.step("other implementations", 60, peers::run)?;
    if all || changes::touch(&oid4vc::SOURCES) {
        steps.step("OpenID4VC", 60, oid4vc::run)?;
    } else {
        say("\n── OpenID4VC: not changed; `cargo xtask test --all` runs it");
    }
    let examples = if all { "40" } else { "10" };
    steps.step("API", 150, || api::run(&[examples.to_owned()]))?;
    // Has begun beside the steps since PostgreSQL.
    steps.step("wasm32", 150, || wasm::wait(wasm))?;
    steps.step("browser", 280, || e2e::run(&[]))?;
    steps.step("doctests", 90, || {
        cargo(["test", "--doc"].iter().chain(&EVERYTHING)).run()
    })?;
    steps.step("docs", 90, || {
        cargo(["doc", "--no-deps"].iter().chain(&EVERYTHING))
            .env("RUSTDOCFLAGS", "-D warnings")
            .run()
    })?;
    steps.step("audit", 10, audit::run_if_available)?;
    suites_of_changes(&mut steps, all)?;
    steps.end();
    Ok(())
}

/// The lints of other features, when what they compile has changed.
fn more_lints(steps: &mut Steps, all: bool) -> Outcome {
    // Each compiles most dependencies once more.
    if all || changes::touch(&["benches", "crates"]) {
        steps.step("lints, portable backend", 180, || lints(&PORTABLE))?;
        steps.step("lints, benches", 120, || {
            lints(&["--package=benches", "--locked"])
        })?;
    } else {
        say("\n── lints of the portable backend and the benches: no crate changed");
    }
    // With the features of the tests, code that only other features use is never missed.
    if all || changes::touch(&PLATFORM) {
        steps.step("lints, default features", 120, || {
            cargo([
                "clippy",
                "--package=air-sandbox",
                "--no-deps",
                "--locked",
                "--",
                "-D",
                "warnings",
            ])
            .run()
        })?;
    } else {
        say("\n── lints of the platform's default features: the platform has not changed");
    }
    Ok(())
}

/// The suites that run when what they test has changed.
fn suites_of_changes(steps: &mut Steps, all: bool) -> Outcome {
    if all {
        steps.step("packages, built", 300, || package::run(&["--build".to_owned()]))?;
    } else if changes::touch(&PACKAGED) {
        steps.step("packages", 10, || package::run(&[]))?;
    } else {
        say("\n── packages: no crate changed; `cargo xtask test --all` packages and builds them");
    }
    if all || changes::touch(&book::SOURCES) {
        steps.step("book", 120, book::run)?;
    } else {
        say("\n── book: no page changed; `cargo xtask test --all` runs it");
    }
    if all || changes::touch(&ops::SOURCES) {
        steps.step("alerts", 30, ops::run)?;
    } else {
        say("\n── alerts: `ops` has not changed; `cargo xtask test --all` runs it");
    }
    if all || changes::touch(&mdoc::SOURCES) {
        steps.step("mdoc", 90, mdoc::run)?;
    } else {
        say("\n── mdoc: air-mdoc has not changed; `cargo xtask test --all` runs it");
    }
    if all || changes::touch(&issuer_deploy::SOURCES) {
        steps.step("issuer behind nginx", 60, issuer_deploy::run)?;
    } else {
        say(
            "\n── issuer behind nginx: the issuer's service has not changed; `cargo xtask test --all` runs it",
        );
    }
    if all || changes::touch(&languages::SOURCES) {
        steps.step("languages", 600, || languages::run(&[]))?;
    } else {
        say("\n── languages: no package or wire type changed; `cargo xtask test --all` runs it");
    }
    if all || changes::touch(&ON_CHAIN) {
        steps.step("chain", 150, || chain::run(&[]))?;
    } else {
        say("\n── chain: nothing about checkpoints has changed; `cargo xtask test --all` runs it");
    }
    // Compiles some 400 crates that nothing else uses.
    if all {
        steps.step("ssi", 900, ssi::check)?;
    } else {
        say("\n── ssi: `cargo xtask ssi` and `cargo xtask test --all` check air-ssi");
    }
    if all {
        steps.step("year", 600, || year::run(&[]))?;
    } else {
        say("\n── year: `cargo xtask year` and `cargo xtask test --all` simulate years of the platform");
    }
    if all || changes::touch(&zk::SOURCES) {
        steps.step("zk", 600, zk::check)?;
    } else {
        say("\n── zk: air-zk has not changed; `cargo xtask zk` and `cargo xtask test --all` check it");
    }
    if all || changes::touch(&FUZZED) {
        steps.step("fuzzing", 600, fuzz::smoke)?;
    } else {
        say("\n── fuzzing: no parser changed; `cargo xtask test --all` runs it");
    }
    Ok(())
}

fn lints(of: &[&str]) -> Outcome {
    cargo(["clippy", "--all-targets"].iter().chain(of))
        .args(["--", "-D", "warnings"])
        .run()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::root;

    #[test]
    fn the_book_lists_each_step_with_its_budget() {
        let page = std::fs::read_to_string(root().join("docs/book/src/testing.md")).unwrap();
        let source = include_str!("test.rs");
        let (jobs, _) = source.split_once("mod tests").unwrap();
        let steps: Vec<_> = jobs.split("steps.step(\"").skip(1).collect();
        assert!(steps.len() > 20, "{}", steps.len());
        for step in steps {
            let (name, rest) = step.split_once("\", ").unwrap();
            let (budget, _) = rest.split_once(',').unwrap();
            let row = format!("| {name} | {budget} |");
            assert!(page.contains(&row), "the page needs a row that begins with {row}");
        }
    }

    /// A source that was moved would no longer run its step.
    #[test]
    fn the_sources_of_each_step_exist() {
        let sources = [
            &FUZZED[..],
            &ON_CHAIN,
            &PACKAGED,
            &PLATFORM,
            &issuer_deploy::SOURCES,
            &oid4vc::SOURCES,
            &book::SOURCES,
            &languages::SOURCES,
            &mdoc::SOURCES,
            &ops::SOURCES,
            &precision::SOURCES,
            &zk::SOURCES,
        ];
        for source in sources.concat() {
            assert!(root().join(source).exists(), "{source}");
        }
    }
}
