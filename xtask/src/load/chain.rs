//! Compares the rates of issuance with and without a chain, in turns.

use super::interval::Interval;
use crate::{
    anvil::{self, Anvil},
    book::{PERFORMANCE, Part},
    shell::{Outcome, say},
};

const FIGURES: Part = Part {
    page: PERFORMANCE,
    begin: "<!-- chain: `cargo xtask load --chain` writes what follows -->",
    end: "<!-- end of chain -->",
};
const PAIRS: u32 = 10;
/// The smallest ratio that the lower end of the interval may have.
const LIMIT: f64 = 0.90;
const CALLERS: &str = "16";

/// `cargo xtask load --chain [--write] [SECONDS]`: ten pairs of runs of this time. Fails if the
/// interval ends below the limit.
pub(super) fn run(seconds: &str, write: bool) -> Outcome {
    if !anvil::install()? {
        return Err("anvil's package is for Linux on x86-64".into());
    }
    let chain = Anvil::start()?;
    let mut pairs = Vec::new();
    for number in 1..=PAIRS {
        let with = || rate(seconds, &chain.url);
        let without = || rate(seconds, "");
        // The first run of a pair may be the faster one, so they take turns.
        let pair = if number % 2 == 0 {
            let with = with()?;
            (with, without()?)
        } else {
            let without = without()?;
            (with()?, without)
        };
        say(&format!(
            "  pair {number}: {:.0} with a chain, {:.0} without",
            pair.0, pair.1
        ));
        pairs.push(pair);
    }
    let interval = Interval::of(&pairs);
    let table = table(&interval, &pairs, seconds);
    say(&table);
    if write {
        FIGURES.write(&table)?;
    }
    if interval.low > LIMIT {
        Ok(())
    } else {
        Err(format!(
            "the interval begins at {:.3}, not above {LIMIT}",
            interval.low
        ))
    }
}

/// Credentials a second, on SQLite.
fn rate(seconds: &str, chain: &str) -> Outcome<f64> {
    let report = super::measure(&[seconds, CALLERS, "", chain])?;
    let rate = report["perSecond"].as_f64();
    rate.ok_or_else(|| "unexpected report of the load test".to_owned())
}

fn table(interval: &Interval, pairs: &[(f64, f64)], seconds: &str) -> String {
    let rows: Vec<String> = pairs
        .iter()
        .map(|(with, without)| format!("| {without:.0} | {with:.0} | {:.3} |", with / without))
        .collect();
    format!(
        "| a second, without a chain | with a chain | ratio |\n|---:|---:|---:|\n{}\n\n\
             {} pairs of {seconds} s with {CALLERS} callers: the ratio is {:.3}, with a 95 % interval from {:.3} to {:.3} \
             (required: above {LIMIT:.2}).",
        rows.join("\n"),
        pairs.len(),
        interval.ratio,
        interval.low,
        interval.high,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_logarithms() {
        let pairs: Vec<(f64, f64)> = [0.9, 1.0, 0.95, 0.97, 1.02, 0.99, 0.93, 0.96, 1.01, 0.98]
            .map(|ratio| (ratio * 1500.0, 1500.0))
            .to_vec();
        let interval = Interval::of(&pairs);
        // By Python's statistics and math modules.
        for (found, expected) in [
            (interval.low, 0.9438),
            (interval.ratio, 0.9703),
            (interval.high, 0.9976),
        ] {
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
        let table = table(&interval, &pairs, "20");
        assert!(
            table.contains("| 1500 | 1350 | 0.900 |") && table.contains("10 pairs of 20 s"),
            "{table}"
        );
    }
}
