//! Measures how long a proof file takes to verify offline, in native code and in Chromium.

use serde_json::Value;

use crate::{
    book::{PERFORMANCE, Part},
    e2e,
    peers::npm_ci,
    shell::{Outcome, cargo, program, root, say},
    wasm,
};

const FIGURES: Part = Part {
    page: PERFORMANCE,
    begin: "<!-- anchor: `cargo xtask chain --times --write` writes what follows -->",
    end: "<!-- end of anchor -->",
};

/// Measures with the proof of a folder; `write` updates the book.
pub(super) fn run(proof: &str, write: bool) -> Outcome {
    let native = cargo(["run", "--quiet", "--release", "--locked", "--package=air-ledger"])
        .args(["--features=evm", "--example=verify_anchor", "--", proof])
        .read();
    let mut rows = vec![row("native", native.as_deref())?];
    let package = if e2e::has_chromium() {
        wasm::package()?
    } else {
        None
    };
    if let Some(package) = package {
        npm_ci(e2e::PROJECT)?;
        let browser = program("node")
            .args(["crates/air-wasm/tests/js/anchor-time.mjs", proof])
            .env("AIR_WASM_PACKAGE", package)
            .env("AIR_BROWSER_PROJECT", root().join(e2e::PROJECT))
            .env("AIR_CHROMIUM", e2e::CHROMIUM)
            .read();
        rows.push(row("Chromium", browser.as_deref())?);
    } else {
        say("  the time in Chromium is not measured: Chromium or a compiler for wasm32 is not installed");
    }
    let table = format!("| verify a proof file in | ms |\n|---|---:|\n{}", rows.join("\n"));
    say(&table);
    if write { FIGURES.write(&table) } else { Ok(()) }
}

/// The row of a report, `{"milliseconds": …}`.
fn row(place: &str, report: Option<&str>) -> Outcome<String> {
    report
        .and_then(|json| serde_json::from_str::<Value>(json).ok())
        .and_then(|report| report["milliseconds"].as_f64())
        .map(|milliseconds| format!("| {place} | {milliseconds:.3} |"))
        .ok_or_else(|| format!("the measurement failed: {place}"))
}
