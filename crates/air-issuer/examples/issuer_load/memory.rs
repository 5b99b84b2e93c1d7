//! The memory of a service during a measurement.

use std::time::Duration;

use serde_json::{Value, json};

use crate::server::Server;

/// The memory after a time and a number of calls, in KiB, on Linux.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    time: Duration,
    calls: u64,
    resident: Option<u64>,
    /// Without the pages of files, such as the program itself and the index of SQLite's log.
    anonymous: Option<u64>,
}

impl Sample {
    pub(crate) fn take(server: &Server, time: Duration, calls: u64) -> Self {
        Self {
            time,
            calls,
            resident: server.memory("VmRSS:"),
            anonymous: server.memory("RssAnon:"),
        }
    }
}

/// The first samples after each tenth of the time, from the beginning to the end.
pub(crate) fn tenths(samples: &[Sample]) -> Vec<Value> {
    let end = samples.last().map_or(Duration::ZERO, |sample| sample.time);
    let tenth = |number: u32| samples.iter().find(|sample| sample.time >= end * number / 10);
    (0..=10)
        .filter_map(tenth)
        .map(|sample| {
            json!({
                "seconds": sample.time.as_secs(),
                "calls": sample.calls,
                "residentKiB": sample.resident,
                "anonymousKiB": sample.anonymous,
            })
        })
        .collect()
}
