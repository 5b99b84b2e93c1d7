//! Measures the issuer's own service: its rate beside issuance on behalf, its public routes while dStorage is slow,
//! and its memory.

use serde_json::Value;

use super::{UNEXPECTED, interval::Interval, memory};
use crate::{
    book::{PERFORMANCE, Part},
    shell::{Outcome, cargo, say},
    softhsm,
};

const FIGURES: Part = Part {
    page: PERFORMANCE,
    begin: "<!-- issuer: `cargo xtask load --issuer` writes what follows -->",
    end: "<!-- end of issuer -->",
};
const PAIRS: &str = "10";
const CALLERS: &str = "16";
/// The callers that wait for a slow dStorage.
const WAITING: &str = "64";
/// The credentials, in thousands, after which the memory is compared with its limit.
const THOUSANDS: &str = "100";
/// The smallest ratio of the rate to the rate of issuance on behalf.
const RATIO: f64 = 0.50;
/// The limit of the public routes' p99 while dStorage is slow, in milliseconds.
const PUBLIC_P99: f64 = 50.0;
/// The limit of the memory, in MiB.
const MEMORY: f64 = 64.0;

/// `cargo xtask load --issuer [--write] [SECONDS]`: ten pairs of runs of this time, and the other measurements. Fails
/// if a goal is missed.
pub(super) fn run(seconds: &str, write: bool) -> Outcome {
    let figures = Figures {
        rates: measure(&["rates", PAIRS, seconds, CALLERS])?,
        slow: measure(&["slow", seconds, WAITING])?,
        memory: measure(&["memory", THOUSANDS])?,
        hsm: if softhsm::is_available() {
            measure(&["hsm"])?
        } else {
            say("  signatures with SoftHSM are skipped: it is not installed");
            Value::Null
        },
    };
    let (table, missed) = figures.table().ok_or(UNEXPECTED)?;
    say(&table);
    if write {
        FIGURES.write(&table)?;
    }
    if missed.is_empty() {
        Ok(())
    } else {
        Err(format!("goals were missed: {}", missed.join(", ")))
    }
}

/// `cargo xtask load --issuer --minutes MINUTES`: issues for this time. Fails if a call fails, or if the memory still
/// grows in the second half.
pub(super) fn soak(minutes: &str) -> Outcome {
    let report = measure(&["soak", minutes])?;
    memory::show("issuer", &report)
}

/// The report of the issuer's load test.
fn measure(arguments: &[&str]) -> Outcome<Value> {
    let run = ["run", "--quiet", "--release", "--locked"];
    cargo(run)
        .args(["--package", "air-issuer", "--example", "issuer_load", "--"])
        .args(arguments)
        .read()
        .and_then(|json| serde_json::from_str(&json).ok())
        .ok_or_else(|| {
            let arguments = arguments.join(" ");
            format!(
                "the issuer's load test failed; run `cargo run --release -p air-issuer --example issuer_load -- {arguments}` to see why"
            )
        })
}

/// The reports of the measurements.
struct Figures {
    rates: Value,
    slow: Value,
    memory: Value,
    /// `null` without SoftHSM.
    hsm: Value,
}

impl Figures {
    /// The tables, and the names of missed goals. `None` if a report has another form.
    fn table(&self) -> Option<(String, Vec<&'static str>)> {
        let pairs = self.rates["pairs"].as_array()?;
        let pairs: Vec<(f64, f64)> = pairs
            .iter()
            .map(|pair| Some((pair["issuer"].as_f64()?, pair["onBehalf"].as_f64()?)))
            .collect::<Option<_>>()?;
        let interval = Interval::of(&pairs);
        let public = self.slow["public"].as_object()?;
        let p99s: Vec<f64> = public
            .values()
            .map(|times| milliseconds(times, "p99"))
            .collect::<Option<_>>()?;
        let p99 = p99s.into_iter().fold(0.0, f64::max);
        let resident = self.memory["memory"].as_array()?.last()?["residentKiB"].as_f64()? / 1024.0;
        let thousands = self.memory["issuer"]["calls"].as_u64()? / 1_000;
        let goals = [
            ("the rate", interval.ratio >= RATIO),
            ("p99 of the public routes", p99 < PUBLIC_P99),
            ("memory", resident < MEMORY),
        ];
        let missed = goals
            .into_iter()
            .filter_map(|(name, is_met)| (!is_met).then_some(name))
            .collect();
        let seconds = &self.rates["seconds"];
        let mut lines = vec![
            "| callers at once, SQLite | | credentials | a second | p50, ms | p99, ms |".to_owned(),
            format!("|{}", "---|".repeat(6)),
            row(CALLERS, "on behalf, local platform", &self.rates["onBehalf"])?,
            row(
                CALLERS,
                "`issue-vc`, dStorage responds at once",
                &self.rates["issuer"],
            )?,
            row(WAITING, "`issue-vc`, dStorage takes 1 s", &self.slow["issuer"])?,
            String::new(),
            "| public route while dStorage takes 1 s | calls | p50, ms | p99, ms | worst, ms |".to_owned(),
            format!("|{}", "---|".repeat(5)),
        ];
        for (path, times) in public {
            lines.push(format!(
                "| `{path}` | {} | {:.1} | {:.1} | {:.1} |",
                times["calls"],
                milliseconds(times, "p50")?,
                milliseconds(times, "p99")?,
                milliseconds(times, "worst")?,
            ));
        }
        lines.extend([
            String::new(),
            "| figure | measured | goal |".to_owned(),
            "|---|---|---|".to_owned(),
            format!(
                "| `issue-vc` against on behalf, {} pairs of {seconds} s | {:.2} (95 %: {:.2} to {:.2}) | at least {RATIO:.2} |",
                pairs.len(),
                interval.ratio,
                interval.low,
                interval.high,
            ),
            format!("| largest p99 of a public route while dStorage takes 1 s | {p99:.1} ms | below {PUBLIC_P99:.0} ms |"),
            format!("| the issuer's memory after {thousands},000 credentials | {resident:.0} MiB | below {MEMORY:.0} MiB |"),
        ]);
        lines.extend(self.signatures()?);
        Some((lines.join("\n"), missed))
    }

    /// The table of signatures, if they were measured.
    fn signatures(&self) -> Option<Vec<String>> {
        if self.hsm.is_null() {
            return Some(Vec::new());
        }
        let row = |key: &str, name: &str| {
            let rates = &self.hsm[name];
            let (signatures, credentials) = (rates["signatures"].as_f64()?, rates["credentials"].as_f64()?);
            Some(format!("| {key} | {signatures:.0} | {credentials:.0} |"))
        };
        Some(vec![
            String::new(),
            "| key, one thread | bare signatures a second | signed credentials a second |".to_owned(),
            "|---|---|---|".to_owned(),
            row("in memory", "memory")?,
            row("in SoftHSM", "softhsm")?,
        ])
    }
}

fn row(callers: &str, job: &str, times: &Value) -> Option<String> {
    Some(format!(
        "| {callers} | {job} | {} | {:.0} | {:.1} | {:.1} |",
        times["calls"],
        times["perSecond"].as_f64()?,
        milliseconds(times, "p50")?,
        milliseconds(times, "p99")?,
    ))
}

fn milliseconds(times: &Value, name: &str) -> Option<f64> {
    Some(times["microseconds"][name].as_f64()? / 1e3)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn figures(issuer: f64, p99: u64, resident: u64) -> Figures {
        let times = |p99: u64| {
            json!({
                "calls": 1_000,
                "perSecond": 500.0,
                "microseconds": { "p50": 900, "p99": p99, "worst": p99 + 1 },
            })
        };
        let pair = json!({ "issuer": issuer, "onBehalf": 1_000.0 });
        Figures {
            rates: json!({ "seconds": 20, "pairs": [pair, pair], "onBehalf": times(30_000), "issuer": times(40_000) }),
            slow: json!({ "issuer": times(1_100_000), "public": { "/a": times(1_000), "/b": times(p99) } }),
            memory: json!({ "issuer": { "calls": 100_000 }, "memory": [{ "residentKiB": 1 }, { "residentKiB": resident }] }),
            hsm: json!({
                "memory": { "signatures": 20_000.4, "credentials": 9_000.0 },
                "softhsm": { "signatures": 3_000.0, "credentials": 2_000.0 },
            }),
        }
    }

    #[test]
    fn each_goal_is_compared_with_its_figure() {
        let (table, missed) = figures(600.0, 49_900, 63 << 10).table().unwrap();
        assert_eq!(missed, [""; 0]);
        for line in [
            "| 16 | on behalf, local platform | 1000 | 500 | 0.9 | 30.0 |",
            "| `issue-vc` against on behalf, 2 pairs of 20 s | 0.60 (95 %: 0.60 to 0.60) | at least 0.50 |",
            "| largest p99 of a public route while dStorage takes 1 s | 49.9 ms | below 50 ms |",
            "| the issuer's memory after 100,000 credentials | 63 MiB | below 64 MiB |",
            "| in memory | 20000 | 9000 |",
            "| in SoftHSM | 3000 | 2000 |",
        ] {
            assert!(table.contains(line), "{line}: {table}");
        }
        let (_, missed) = figures(499.0, 50_000, 64 << 10).table().unwrap();
        assert_eq!(missed, ["the rate", "p99 of the public routes", "memory"]);
    }
}
