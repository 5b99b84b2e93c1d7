//! How often to ask.

use std::time::Duration;

/// The documented schedule: after 1 s, then doubling, at most every 30 s; until a deadline of 10 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollSchedule {
    /// The first wait.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// When to give up.
    pub deadline: Duration,
}

impl Default for PollSchedule {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            deadline: Duration::from_mins(10),
        }
    }
}

impl PollSchedule {
    /// For a platform on this machine, whose blocks come fast.
    #[must_use]
    pub fn local() -> Self {
        Self {
            first: Duration::from_millis(50),
            longest: Duration::from_secs(1),
            deadline: Duration::from_secs(30),
        }
    }

    /// The waits, in order.
    pub(crate) fn waits(self) -> impl Iterator<Item = Duration> {
        std::iter::successors(Some(self.first), move |wait| Some((*wait * 2).min(self.longest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_thirty_seconds() {
        let waits: Vec<u64> = PollSchedule::default()
            .waits()
            .take(7)
            .map(|wait| wait.as_secs())
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
    }
}
