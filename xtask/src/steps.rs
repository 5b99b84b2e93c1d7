//! Runs the steps of a long job, and compares the time of each with its budget.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use crate::shell::{Outcome, say};

/// A step with its budget and its duration.
struct Taken {
    name: &'static str,
    budget: Duration,
    time: Duration,
    busy: Option<Duration>,
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
        let (started, busy) = (Instant::now(), busy());
        let outcome = work();
        self.taken.push(Taken {
            name,
            budget: Duration::from_secs(budget),
            time: started.elapsed(),
            busy: self::busy()
                .zip(busy)
                .map(|(after, before)| after.saturating_sub(before)),
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
        say(&format!(
            "\n  {:24} {:>8} {:>8} {:>6}",
            "step", "time", "budget", "busy"
        ));
        for taken in &self.taken {
            let mark = if taken.time > taken.budget {
                "  over budget"
            } else {
                ""
            };
            say(&format!(
                "  {:24} {:>6} s {:>6} s {:>6}{mark}",
                taken.name,
                taken.time.as_secs(),
                taken.budget.as_secs(),
                taken.share()
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

impl Taken {
    /// The share of all cores' time for which the machine was busy: a step far below 100 % waits,
    /// or uses one core.
    fn share(&self) -> String {
        let cores =
            thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1));
        match self.busy {
            Some(busy) if !self.time.is_zero() => {
                let share = busy.as_secs_f64() / self.time.as_secs_f64() / f64::from(cores);
                format!("{:.0} %", share * 100.0)
            }
            _ => String::new(),
        }
    }
}

/// The time for which the machine's cores were busy since its start; `None` on systems without `/proc/stat`.
fn busy() -> Option<Duration> {
    busy_of(&fs::read_to_string("/proc/stat").ok()?)
}

/// `/proc/stat`'s first line: hundredths of a second as user, nice and system, then idle and
/// waiting, then interrupts.
fn busy_of(stat: &str) -> Option<Duration> {
    let numbers = stat.lines().next()?.strip_prefix("cpu ")?;
    let hundredths: Vec<u64> = numbers
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let [
        user,
        nice,
        system,
        _idle,
        _waiting,
        interrupts,
        soft_interrupts,
        ..,
    ] = hundredths[..]
    else {
        return None;
    };
    let worked = user + nice + system + interrupts + soft_interrupts;
    Some(Duration::from_millis(worked * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_is_not_work() {
        let stat = "cpu  100 20 30 4000 500 6 7 8 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n";
        assert_eq!(busy_of(stat), Some(Duration::from_millis(1630)));
        assert_eq!(busy_of("intr 1 2"), None);
        assert_eq!(busy_of("cpu  1 2"), None);
    }
}
