//! `cargo xtask ssi --bench [--write]`: the suites of air-ssi beside Digital Bazaar's, in one run.

use std::collections::BTreeMap;

use super::{building, target_folder};
use crate::{
    bench::estimate,
    book::{PERFORMANCE, Part},
    peers::install_node_packages,
    shell::{Outcome, program, say},
};

const FIGURES: Part = Part {
    page: PERFORMANCE,
    begin: "<!-- rdf: `cargo xtask ssi --bench --write` writes what follows -->",
    end: "<!-- end of rdf -->",
};
const BASELINE: &str = "ssi";
const SCRIPT: &str = "benches/node/rdf.mjs";

/// The suites with their jobs.
const SUITES: [(&str, &[&str]); 4] = [
    ("ecdsa-rdfc-2019", &["issue", "verify"]),
    ("eddsa-rdfc-2022", &["issue", "verify"]),
    ("ecdsa-sd-2023", &["issue", "derive", "verify"]),
    ("bbs-2023", &["issue", "derive", "verify"]),
];

/// Measures both, and prints the ratios or writes them into the book.
pub(super) fn run(write: bool) -> Outcome {
    building(&[
        "bench",
        "--locked",
        "--bench=suites",
        "--",
        "--save-baseline",
        BASELINE,
    ])
    .args(["--warm-up-time", "1", "--measurement-time", "3"])
    .run()?;
    install_node_packages("air-ssi")?;
    let node: BTreeMap<String, f64> = program("node")
        .args([SCRIPT])
        .read()
        .and_then(|json| serde_json::from_str(&json).ok())
        .ok_or_else(|| format!("{SCRIPT} failed"))?;
    let table = table(&node)?;
    say(&table);
    if write { FIGURES.write(&table) } else { Ok(()) }
}

fn table(node: &BTreeMap<String, f64>) -> Outcome<String> {
    let mut lines = vec![
        "| suite | job | ms | Digital Bazaar's, ms | ratio |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    for (suite, jobs) in SUITES {
        for job in jobs {
            let name = format!("{suite}/{job}");
            let path = target_folder()
                .join("criterion")
                .join(&name)
                .join(BASELINE)
                .join("estimates.json");
            let ours = estimate(&path)? / 1e6;
            let theirs = node
                .get(&name)
                .ok_or_else(|| format!("{SCRIPT} did not measure {name}"))?
                / 1e6;
            lines.push(format!(
                "| {suite} | {job} | {ours:.2} | {theirs:.2} | {:.2} |",
                ours / theirs
            ));
        }
    }
    Ok(lines.join("\n") + "\n")
}
