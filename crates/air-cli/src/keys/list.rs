//! `air keys list`.

use std::path::PathBuf;

use air_ids::UnixTime;
use air_jwt::{
    KeyRing,
    rotation::{KeyTimes, Phase},
};
use clap::Args;
use serde_json::{Value, json};

use super::KeyFolder;
use crate::{exit::Failure, output::Output, time};

#[derive(Args)]
#[command(after_help = "Example:\n  air keys list --dir keys")]
pub(crate) struct List {
    /// The folder.
    #[arg(long, value_name = "DIR", default_value = "keys")]
    dir: PathBuf,
}

impl List {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let ring = KeyFolder::open(&self.dir)?.ring(output)?;
        let now = time::now();
        let keys: Vec<Value> = ring
            .timetable()
            .keys()
            .iter()
            .map(|key| describe(key, &ring, now))
            .collect();
        output.result(&json!({ "keys": keys }), |_| {
            let lines = ring.timetable().keys().iter().map(|key| line(key, now));
            lines.collect::<Vec<_>>().join("\n")
        })
    }
}

/// A key as JSON: its times in seconds since 1970, and its phase.
fn describe(key: &KeyTimes, ring: &KeyRing, now: UnixTime) -> Value {
    let algorithm = ring
        .public_keys()
        .find(|public| public.kid() == &key.kid)
        .map(|public| public.algorithm());
    json!({
        "kid": key.kid,
        "algorithm": algorithm,
        "phase": key.phase(now).name(),
        "publish": key.publish,
        "sign": key.sign,
        "retire": key.retire,
        "remove": key.remove,
    })
}

/// A key as text: its phase, and its next phase.
fn line(key: &KeyTimes, now: UnixTime) -> String {
    let phase = key.phase(now);
    let next = match phase {
        Phase::Planned => Some(("published", key.publish)),
        Phase::Published => Some(("signs", key.sign)),
        Phase::Signing => key.retire.map(|time| ("retires", time)),
        Phase::Retired => key.remove.map(|time| ("removed", time)),
        Phase::Removed => None,
    };
    let next = next.map_or_else(String::new, |(what, at)| {
        format!(
            "  {what} in {}",
            time::span(at.saturating_duration_since(now).as_secs())
        )
    });
    format!("{:9}  {}{next}", phase.name(), key.kid)
}
