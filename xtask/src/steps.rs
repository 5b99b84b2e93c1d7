//! Runs the steps of a long job, and measures their time.

use std::time::{Duration, Instant};

use crate::shell::{Outcome, say};

pub(crate) struct Steps {
    taken: Vec<(&'static str, Duration)>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { taken: Vec::new() }
    }

    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Outcome) -> Outcome {
        say(&format!("\n── {name}"));
        let started = Instant::now();
        work().map_err(|reason| format!("{name}: {reason}"))?;
        self.taken.push((name, started.elapsed()));
        Ok(())
    }

    pub(crate) fn end(self) {
        say("");
        for (name, taken) in &self.taken {
            say(&format!("  ✓ {name:14} {:>5} s", taken.as_secs()));
        }
        let all: Duration = self.taken.iter().map(|(_, taken)| *taken).sum();
        say(&format!("All passed in {} s.", all.as_secs()));
    }
}
