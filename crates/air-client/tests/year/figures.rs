//! The figures of a run, and the bounds of memory and disk.

use std::{fmt, fs, io::Write, path::Path};

pub(crate) const MIB: u64 = 1 << 20;
/// The growth of the process's memory since the first sample.
const MEMORY_GROWTH: u64 = 96 * MIB;
/// The size of each credential with its events, verifications and proofs.
const CREDENTIAL: u64 = 16 * 1024;
/// The size of the write-ahead log. The platform empties a log of 128 MiB, and callers write meanwhile.
const LOG: u64 = 160 * MIB;

/// The sizes on a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) day: u32,
    pub(crate) credentials: usize,
    /// Bytes of the database.
    pub(crate) database: u64,
    /// Bytes of its write-ahead log.
    pub(crate) log: u64,
    /// Resident bytes of this process; `None` where the system has no `/proc`.
    pub(crate) memory: Option<u64>,
}

/// The counts of the events, and the sizes over time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    seed: u64,
    /// The limit of an empty database's size.
    empty: u64,
    pub(crate) days: u32,
    pub(crate) issued: u32,
    pub(crate) revoked: u32,
    pub(crate) verified: u32,
    pub(crate) rotations: u32,
    pub(crate) restarts: u32,
    pub(crate) restores: u32,
    pub(crate) kills: u32,
    pub(crate) outages: u32,
    pub(crate) checks: u32,
    samples: Vec<Sample>,
}

impl Figures {
    pub(crate) fn new(seed: u64, empty: u64) -> Self {
        Self {
            seed,
            empty,
            ..Self::default()
        }
    }

    /// Whether each kind of event occurred.
    pub(crate) fn had_each_event(&self) -> bool {
        let counts = [
            self.issued,
            self.revoked,
            self.verified,
            self.rotations,
            self.restarts,
            self.restores,
            self.kills,
            self.outages,
            self.checks,
        ];
        counts.iter().all(|count| *count > 0)
    }

    pub(crate) fn record(&mut self, sample: Sample) {
        let limit = self.empty + CREDENTIAL * u64::try_from(sample.credentials).unwrap();
        assert!(sample.database <= limit, "the database is too large: {sample:?}");
        assert!(sample.log <= LOG, "the log is too large: {sample:?}");
        let first = self.samples.first().and_then(|first| first.memory);
        if let (Some(first), Some(memory)) = (first, sample.memory) {
            assert!(
                memory <= first + MEMORY_GROWTH,
                "memory grows: {sample:?}, first {first}"
            );
        }
        self.samples.push(sample);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}, {} days: {} issued, {} revoked, {} verified, {} keys rotated, {} restarts, {} kills, \
             {} restores, {} outages, {} checks",
            self.seed,
            self.days,
            self.issued,
            self.revoked,
            self.verified,
            self.rotations,
            self.restarts,
            self.kills,
            self.restores,
            self.outages,
            self.checks
        )?;
        writeln!(
            f,
            "| day | credentials | database, MiB | log, MiB | memory, MiB |\n|---|---|---|---|---|"
        )?;
        let step = self.samples.len().div_ceil(13).max(1);
        let last = self.samples.len().saturating_sub(1);
        for (place, sample) in self.samples.iter().enumerate() {
            if place % step != 0 && place != last {
                continue;
            }
            let memory = sample.memory.map_or_else(|| "unknown".to_owned(), mib);
            let Sample {
                day,
                credentials,
                database,
                log,
                ..
            } = *sample;
            let (database, log) = (mib(database), mib(log));
            writeln!(f, "| {day} | {credentials} | {database} | {log} | {memory} |")?;
        }
        Ok(())
    }
}

/// With one decimal.
fn mib(bytes: u64) -> String {
    let tenths = bytes * 10 / MIB;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Writes a line that the test harness does not capture.
pub(crate) fn say(line: &str) {
    let _ = std::io::stdout().write_all(format!("{line}\n").as_bytes());
}

/// The size of a file in bytes; 0 if it is missing.
pub(crate) fn bytes(file: &Path) -> u64 {
    file.metadata().map_or(0, |metadata| metadata.len())
}

/// The resident memory of this process.
pub(crate) fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
