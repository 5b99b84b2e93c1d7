//! Tests whether timing depends on secrets.

use crate::shell::{Outcome, cargo, say};

/// Above this value, the timing of the two classes of inputs certainly differs (Reparaz, Balasch,
/// Verbauwhede, 2017).
const CERTAIN: f64 = 10.0;

/// The number of benchmarks: derivation, opening and partials on two curves, and the control.
const BENCHES: usize = 7;

/// Runs dudect on both backends, and fails if it finds a certain leak.
pub(crate) fn run() -> Outcome {
    for features in [&["--features", "native"][..], &[]] {
        let text = cargo(["run", "--quiet", "--release", "--locked", "--package", "benches"])
            .args(features)
            .args(["--bin", "constant-time"])
            .read()
            .ok_or("dudect failed")?;
        say(&format!(
            "── {}\n{text}",
            if features.is_empty() { "portable" } else { "native" }
        ));
        let results: Vec<(&str, f64)> = text
            .lines()
            .filter_map(|line| Some((line, max_t(line)?)))
            .collect();
        if results.len() != BENCHES {
            return Err(format!("{} results instead of {BENCHES}", results.len()));
        }
        for (line, t) in results {
            let leaks = t.abs() > CERTAIN;
            match (line.starts_with("bench control"), leaks) {
                (false, true) => return Err(format!("timing depends on secrets: {line}")),
                (true, false) => {
                    return Err(format!(
                        "the intentional leak of the control was not found: {line}"
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// `… max t = +1.2345, …`
fn max_t(line: &str) -> Option<f64> {
    let (_, rest) = line.split_once("max t = ")?;
    rest.split(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::max_t;

    #[test]
    fn reads_the_statistic_of_a_line() {
        let line = "bench derive ... : n == +0.098M, max t = -2.0168, max tau = -0.0064, (5/tau)^2 = 602";
        assert_eq!(max_t(line), Some(-2.0168));
        assert_eq!(max_t("bench derive"), None);
    }
}
