//! `cargo xtask bench --post-quantum`: measures version 1's KEM beside two hybrids, and updates the table on the book's
//! page.

use std::{collections::BTreeMap, fmt::Write};

use super::{Figure::Native, median};
use crate::{
    book::Part,
    shell::{Outcome, cargo, say},
};

const FIGURES: Part = Part {
    page: "docs/book/src/decisions/post-quantum.md",
    begin: "<!-- figures: `cargo xtask bench --post-quantum` writes what follows -->",
    end: "<!-- end of figures -->",
};

/// A job on a library: its name, and the benches of version 1 and of both hybrids.
struct Row {
    name: &'static str,
    benches: [&'static str; 3],
}

const ROWS: [Row; 6] = [
    Row {
        name: "seal 1 KiB, AWS-LC",
        benches: [
            "aws-lc-p256/seal-1KiB",
            "aws-lc-mlkem768-p256/seal-1KiB",
            "aws-lc-xwing/seal-1KiB",
        ],
    },
    Row {
        name: "open 1 KiB, AWS-LC",
        benches: [
            "aws-lc-p256/open-1KiB",
            "aws-lc-mlkem768-p256/open-1KiB",
            "aws-lc-xwing/open-1KiB",
        ],
    },
    Row {
        name: "derive a key pair, AWS-LC",
        benches: [
            "aws-lc-p256/derive",
            "aws-lc-mlkem768-p256/derive",
            "aws-lc-xwing/derive",
        ],
    },
    Row {
        name: "seal 1 KiB, `hpke`",
        benches: [
            "hpke-p256/seal-1KiB",
            "hpke-mlkem768-p256/seal-1KiB",
            "hpke-xwing/seal-1KiB",
        ],
    },
    Row {
        name: "open 1 KiB, `hpke`",
        benches: [
            "hpke-p256/open-1KiB",
            "hpke-mlkem768-p256/open-1KiB",
            "hpke-xwing/open-1KiB",
        ],
    },
    Row {
        name: "derive a key pair, `hpke`",
        benches: [
            "hpke-p256/derive",
            "hpke-mlkem768-p256/derive",
            "hpke-xwing/derive",
        ],
    },
];

pub(super) fn run(write: bool) -> Outcome {
    cargo([
        "bench",
        "--locked",
        "--package",
        "benches",
        "--features",
        "native",
    ])
    .args(["--bench", "post_quantum", "--", "--save-baseline", "native"])
    .args(["--warm-up-time", "1", "--measurement-time", "4"])
    .run()?;
    let nanoseconds = |bench| median(Native(bench), &BTreeMap::new());
    let table = table(nanoseconds)?;
    say(&table);
    if write { FIGURES.write(&table) } else { Ok(()) }
}

/// The ratios to version 1, and the times in microseconds.
fn table(nanoseconds: impl Fn(&'static str) -> Outcome<f64>) -> Outcome<String> {
    let mut table = String::from("| job | version 1 | MLKEM768-P256 | X-Wing |\n|---|---|---|---|\n");
    for Row { name, benches } in ROWS {
        let first = nanoseconds(benches[0])?;
        table.push_str("| ");
        table.push_str(name);
        for bench in benches {
            let time = nanoseconds(bench)?;
            let _ = write!(table, " | {:.2} ({:.0} µs)", time / first, time / 1e3);
        }
        table.push_str(" |\n");
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_column_is_the_unit() {
        let table = table(|bench| {
            Ok(match bench {
                "aws-lc-xwing/open-1KiB" => 150_400.0,
                _ => 100_000.0,
            })
        })
        .unwrap();
        let row = "| open 1 KiB, AWS-LC | 1.00 (100 µs) | 1.00 (100 µs) | 1.50 (150 µs) |";
        assert!(table.contains(row), "{table}");
        assert_eq!(table.lines().count(), 2 + ROWS.len());
    }

    #[test]
    fn each_bench_is_in_the_source() {
        let source = include_str!("../../../benches/benches/post_quantum.rs");
        for bench in ROWS.iter().flat_map(|row| row.benches) {
            let (group, function) = bench.split_once('/').unwrap();
            for name in [group, function] {
                assert!(source.contains(&format!("\"{name}\"")), "{bench}");
            }
        }
    }
}
