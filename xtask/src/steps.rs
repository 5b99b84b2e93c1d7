//! Runs the steps of a long job, and compares the time of each with its budget.

use std::time::{Duration, Instant};

use crate::shell::{Outcome, say};

/// A step with its budget and its duration.
struct Taken {
    name: &'static str,
    budget: Duration,
    time: Duration,
}

#[derive(Default)]
pub(crate) struct Steps {
    taken: Vec<Taken>,
}

impl Steps {
    /// Runs a step. Its budget is in seconds on two cores, with nothing built before the job.
    ///
    /// A step over its budget doesn't fail: the table at the end marks it.
    pub(crate) fn step(
        &mut self,
        name: &'static str,
        budget: u64,
        work: impl FnOnce() -> Outcome,
    ) -> Outcome {
        say(&format!("\n── {name}"));
        let started = Instant::now();
        let outcome = work();
        self.taken.push(Taken {
            name,
            budget: Duration::from_secs(budget),
            time: started.elapsed(),
        });
        outcome.map_err(|reason| {
            self.print();
            format!("{name}: {reason}")
        })
    }

    pub(crate) fn end(self) {
        self.print();
        say("All passed.");
    }

    fn print(&self) {
        say(&format!("\n  {:24} {:>8} {:>8}", "step", "time", "budget"));
        for Taken { name, budget, time } in &self.taken {
            let mark = if time > budget { "  over budget" } else { "" };
            say(&format!(
                "  {name:24} {:>6} s {:>6} s{mark}",
                time.as_secs(),
                budget.as_secs()
            ));
        }
        let time: Duration = self.taken.iter().map(|step| step.time).sum();
        let budget: Duration = self.taken.iter().map(|step| step.budget).sum();
        say(&format!(
            "  {:24} {:>6} s {:>6} s",
            "all",
            time.as_secs(),
            budget.as_secs()
        ));
    }
}
