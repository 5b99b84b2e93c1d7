//! A circuit breaker: pauses calls to a platform that failed repeatedly.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The number of consecutive failures that opens the circuit.
const FAILURES: u32 = 10;
/// The time for which the circuit stays open at first; doubles after each failed probe.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A circuit breaker that all calls of a client share.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<Circuit>);

#[derive(Clone, Copy, Debug)]
enum Circuit {
    Closed {
        failures: u32,
    },
    Open {
        until: Instant,
        pause: Duration,
        probing: bool,
    },
}

/// Permission to send once. Dropping it records neither success nor failure.
#[derive(Debug)]
#[must_use = "tell how it went"]
pub(crate) struct Permit<'b> {
    breaker: &'b Breaker,
    is_probe: bool,
}

impl Default for Circuit {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// Returns permission to send, or how long the circuit stays open. After that time, one call may probe.
    pub(crate) fn ask(&self) -> Result<Permit<'_>, Duration> {
        let mut circuit = self.circuit();
        let is_probe = match &mut *circuit {
            Circuit::Closed { .. } => false,
            Circuit::Open { probing: true, .. } => return Err(FIRST_PAUSE),
            Circuit::Open { until, probing, .. } => {
                let left = until.saturating_duration_since(Instant::now());
                if !left.is_zero() {
                    return Err(left);
                }
                *probing = true;
                true
            }
        };
        Ok(Permit {
            breaker: self,
            is_probe,
        })
    }

    pub(crate) fn is_open(&self) -> bool {
        match *self.circuit() {
            Circuit::Closed { .. } => false,
            Circuit::Open { until, probing, .. } => probing || Instant::now() < until,
        }
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// Records a success.
    pub(crate) fn succeeded(mut self) {
        *self.breaker.circuit() = Circuit::default();
        self.is_probe = false;
    }

    /// Records a failure.
    pub(crate) fn failed(mut self) {
        let mut circuit = self.breaker.circuit();
        let next = match *circuit {
            Circuit::Closed { failures } if failures + 1 < FAILURES => Circuit::Closed {
                failures: failures + 1,
            },
            Circuit::Closed { .. } => open_for(FIRST_PAUSE),
            Circuit::Open { pause, .. } if self.is_probe => open_for((pause * 2).min(LONGEST_PAUSE)),
            still_open @ Circuit::Open { .. } => still_open,
        };
        *circuit = next;
        drop(circuit);
        self.is_probe = false;
    }
}

/// A cancelled probe allows another call to probe.
impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_probe
            && let Circuit::Open { probing, .. } = &mut *self.breaker.circuit()
        {
            *probing = false;
        }
    }
}

fn open_for(pause: Duration) -> Circuit {
    Circuit::Open {
        until: Instant::now() + pause,
        pause,
        probing: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..FAILURES {
            breaker.ask().unwrap().failed();
        }
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn opens_after_ten_failures_in_a_row() {
        let breaker = Breaker::default();
        for _ in 0..FAILURES - 1 {
            breaker.ask().unwrap().failed();
        }
        breaker.ask().unwrap().succeeded();
        for _ in 0..FAILURES {
            breaker.ask().unwrap().failed();
        }
        assert_eq!(breaker.ask().unwrap_err(), FIRST_PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn one_probe_closes_it() {
        let breaker = opened();
        tokio::time::advance(FIRST_PAUSE).await;
        let probe = breaker.ask().unwrap();
        assert!(breaker.ask().is_err(), "a second call beside the probe");
        probe.succeeded();
        breaker.ask().unwrap().failed();
        assert!(breaker.ask().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_fails_doubles_the_pause_up_to_a_limit() {
        let breaker = opened();
        let mut pauses = Vec::new();
        for _ in 0..7 {
            let pause = breaker.ask().unwrap_err();
            pauses.push(pause.as_secs());
            tokio::time::advance(pause).await;
            breaker.ask().unwrap().failed();
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_probe_makes_room_for_the_next() {
        let breaker = opened();
        tokio::time::advance(FIRST_PAUSE).await;
        drop(breaker.ask().unwrap());
        breaker.ask().unwrap().succeeded();
        assert!(breaker.ask().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_from_before_does_not_prolong_it() {
        let breaker = Breaker::default();
        let old = breaker.ask().unwrap();
        for _ in 0..FAILURES {
            breaker.ask().unwrap().failed();
        }
        old.failed();
        tokio::time::advance(FIRST_PAUSE).await;
        assert!(breaker.ask().is_ok());
    }
}
