//! Measures how many credentials the local platform issues in a second, and updates the section in the book.

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

/// `cargo xtask load [--write] [SECONDS]`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let write = arguments.iter().any(|argument| argument == "--write");
    let seconds = arguments.iter().find(|argument| *argument != "--write");
    let seconds = seconds.map_or("60", String::as_str);
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
            let report = cargo([
                "run",
                "--quiet",
                "--release",
                "--locked",
                "--package",
                "air-client",
            ])
            .args(["--example", "load", "--", goal, callers, database])
            .read()
            .and_then(|json| serde_json::from_str::<Value>(&json).ok())
            .ok_or("the load test failed")?;
            row(store, &report).ok_or_else(|| "unexpected report of the load test".to_owned())
        })
        .collect()
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
