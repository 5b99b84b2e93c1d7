//! Measures the platform's memory while it issues credentials on SQLite.

use serde_json::Value;

use super::{UNEXPECTED, measure};
use crate::shell::{Outcome, say};

/// The callers at once.
const CALLERS: &str = "16";
/// The limit on the growth of the memory during the second half of the calls, when all caches are full.
const GROWTH_KIB: u64 = 8 << 10;

/// Prints the memory after each tenth of so many thousand credentials. Fails if it still grows in
/// the second half.
pub(super) fn run(thousands: &str) -> Outcome {
    let report = measure(&[&format!("{thousands}k"), CALLERS, ""])?;
    show("platform", &report)
}

/// Prints the samples of a service's memory in a report. Fails if it still grows in the second half.
pub(super) fn show(service: &str, report: &Value) -> Outcome {
    let samples = report["memory"].as_array().ok_or(UNEXPECTED)?;
    say(&format!(
        "| issued | {service}'s memory, MiB | of it without files |\n|---|---|---|"
    ));
    for sample in samples {
        let (resident, anonymous) = (kib(sample, "residentKiB")?, kib(sample, "anonymousKiB")?);
        say(&format!(
            "| {} | {} | {} |",
            sample["calls"],
            resident / 1024,
            anonymous / 1024
        ));
    }
    let half = samples.get(samples.len() / 2).ok_or(UNEXPECTED)?;
    let end = samples.last().ok_or(UNEXPECTED)?;
    let growth = kib(end, "anonymousKiB")?.saturating_sub(kib(half, "anonymousKiB")?);
    if growth > GROWTH_KIB {
        return Err(format!(
            "the {service}'s memory grew by {growth} KiB in the second half; at most {GROWTH_KIB} KiB are expected"
        ));
    }
    Ok(())
}

fn kib(sample: &Value, name: &str) -> Outcome<u64> {
    sample[name].as_u64().ok_or_else(|| UNEXPECTED.to_owned())
}
