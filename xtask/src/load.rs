//! Measures how many credentials the local platform issues in a second, and updates the section in the book.

mod chain;
mod interval;
mod issuer;
mod memory;

use serde_json::Value;

use crate::{
    book::{PERFORMANCE, Part},
    postgres::{self, Durability},
    shell::{Outcome, cargo, say},
};

const FIGURES: Part = Part {
    page: PERFORMANCE,
    begin: "<!-- load: `cargo xtask load` writes what follows -->",
    end: "<!-- end of load -->",
};

const UNEXPECTED: &str = "unexpected report of the load test";

const WALLETS: Part = Part {
    page: PERFORMANCE,
    begin: "<!-- wallets: `cargo xtask load --wallets` writes what follows -->",
    end: "<!-- end of wallets -->",
};

/// `cargo xtask load [--chain] [--write] [SECONDS]`,
/// `cargo xtask load --wallets [--write] [REQUESTS]` for issuance to wallets,
/// `cargo xtask load --issuer [--write] [SECONDS]` and `cargo xtask load --issuer --minutes MINUTES` for the issuer's own
/// service, and `cargo xtask load --memory [THOUSANDS]` for the platform's memory.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    let write = has("--write");
    let numbers: Vec<String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .cloned()
        .collect();
    if has("--wallets") {
        return wallets(&numbers, write);
    }
    let seconds = numbers.first().map(String::as_str);
    if has("--issuer") {
        return if has("--minutes") {
            issuer::soak(seconds.unwrap_or("60"))
        } else {
            issuer::run(seconds.unwrap_or("20"), write)
        };
    }
    if has("--chain") {
        return chain::run(seconds.unwrap_or("20"), write);
    }
    if has("--memory") {
        return memory::run(seconds.unwrap_or("100"));
    }
    let seconds = seconds.unwrap_or("60");
    let mut lines = vec![
        "| store | callers at once | issued | a second | p50, ms | p99, ms | worst, ms | platform's memory, MiB: begin, end, most |".to_owned(),
        format!("|{}", "---|".repeat(8)),
    ];
    // A run of 200,000 shows whether the platform's memory grows, which does not depend on the database.
    let timed = [(seconds, "16"), (seconds, "32")];
    lines.extend(rows("SQLite", &[&timed[..], &[("200k", "16")]].concat(), "")?);
    let on_postgres = |url: &str| rows("PostgreSQL", &timed, url);
    if let Some(rows) = postgres::with_server(Durability::Full, on_postgres)? {
        lines.extend(rows?);
    }
    let table = lines.join("\n");
    say(&table);
    if write { FIGURES.write(&table) } else { Ok(()) }
}

/// A row for each goal and number of callers.
fn rows(store: &str, goals: &[(&str, &str)], database: &str) -> Outcome<Vec<String>> {
    goals
        .iter()
        .map(|&(goal, callers)| {
            let report = measure(&[goal, callers, database])?;
            row(store, &report).ok_or_else(|| UNEXPECTED.to_owned())
        })
        .collect()
}

/// The report of the load test.
fn measure(arguments: &[&str]) -> Outcome<Value> {
    let run = ["run", "--quiet", "--release", "--locked"];
    cargo(run)
        .args(["--package", "air-client", "--example", "load", "--"])
        .args(arguments)
        .read()
        .and_then(|json| serde_json::from_str(&json).ok())
        .ok_or_else(|| "the load test failed".to_owned())
}

fn row(store: &str, report: &Value) -> Option<String> {
    let milliseconds = |name: &str| Some(report["microseconds"][name].as_f64()? / 1e3);
    let memory = |when: &str| Some(report["platformKiB"][when].as_f64()? / 1024.0);
    Some(format!(
        "| {store} | {} | {} | {:.0} | {:.1} | {:.1} | {:.1} | {:.0}, {:.0}, {:.0} |",
        report["callers"],
        report["issued"],
        report["perSecond"].as_f64()?,
        milliseconds("p50")?,
        milliseconds("p99")?,
        milliseconds("worst")?,
        memory("begin")?,
        memory("end")?,
        memory("most")?,
    ))
}

/// Measures issuance to wallets beside issuance on behalf.
fn wallets(arguments: &[String], write: bool) -> Outcome {
    let requests = arguments.iter().find(|argument| *argument != "--write");
    let requests = requests.map_or("2000", String::as_str);
    let report = cargo([
        "run",
        "--quiet",
        "--release",
        "--locked",
        "--package",
        "air-sandbox",
    ])
    .args([
        "--features=openid4vc",
        "--example",
        "wallet_load",
        "--",
        requests,
        "16",
    ])
    .read()
    .and_then(|json| serde_json::from_str::<Value>(&json).ok())
    .ok_or("the load test of wallets failed")?;
    let table = wallet_table(&report).ok_or("unexpected report of the load test of wallets")?;
    say(&table);
    if write { WALLETS.write(&table) } else { Ok(()) }
}

fn wallet_table(report: &Value) -> Option<String> {
    let mut lines = vec![
        "| 16 callers at once, SQLite | credentials | a second | p50, ms | p99, ms |".to_owned(),
        format!("|{}", "---|".repeat(5)),
    ];
    for (name, job) in [
        ("onBehalf", "on behalf"),
        ("single", "`/credential`, one proof"),
        ("batchOfTen", "`/credential`, ten proofs"),
        ("flow", "the whole pre-authorized flow"),
    ] {
        let times = &report[name];
        let milliseconds = |share: &str| Some(times["microseconds"][share].as_f64()? / 1e3);
        lines.push(format!(
            "| {job} | {} | {:.0} | {:.1} | {:.1} |",
            times["credentials"],
            times["perSecond"].as_f64()?,
            milliseconds("p50")?,
            milliseconds("p99")?,
        ));
    }
    lines.extend([
        String::new(),
        "| figure | measured | goal |".to_owned(),
        "|---|---|---|".to_owned(),
    ]);
    let (single, batch) = (
        report["singleToOnBehalf"].as_f64()?,
        report["batchToSingle"].as_f64()?,
    );
    lines.push(format!(
        "| `/credential` against on behalf | {single:.2} | at least 0.60 |"
    ));
    lines.push(format!(
        "| credentials in a batch of ten against single ones | {batch:.2} | at least 3.00 |"
    ));
    let p99 = report["flow"]["microseconds"]["p99"].as_f64()? / 1e3;
    let cost = |name: &str| report["processorMicroseconds"][name].as_f64();
    if let Some((single, batch)) = cost("single").zip(cost("batchOfTen")) {
        lines.push(format!(
            "| processor time of a credential, single and in a batch of ten | {single:.0} µs, {batch:.0} µs | |"
        ));
    }
    lines.push(format!(
        "| p99 of the whole pre-authorized flow, 16 wallets | {p99:.1} ms | below 30 ms |"
    ));
    Some(lines.join("\n"))
}
