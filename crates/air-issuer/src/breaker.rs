//! A circuit breaker: after repeated failures, no requests are sent for a while. Then one of them probes.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The number of failures in a row that opens the circuit.
const FAILURES: u32 = 10;
/// The time for which the circuit is open at first. It doubles after each failed probe.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A circuit that all requests to a service share.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<Circuit>);

#[derive(Clone, Copy, Debug)]
enum Circuit {
    Closed { failures: u32 },
    Open { since: Instant, pause: Duration },
}

/// Permission to send once. A probe whose outcome is not recorded is followed by another one after the pause.
#[derive(Clone, Copy, Debug)]
#[must_use = "record the outcome"]
pub(crate) struct Permit {
    is_probe: bool,
}

impl Default for Circuit {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// Returns permission to send, unless the circuit is open. After the pause, one request may probe.
    pub(crate) fn permit(&self, now: Instant) -> Option<Permit> {
        let mut circuit = self.circuit();
        let current = *circuit;
        match current {
            Circuit::Closed { .. } => Some(Permit { is_probe: false }),
            Circuit::Open { since, pause } if is_within(pause, since, now) => None,
            Circuit::Open { pause, .. } => {
                *circuit = Circuit::Open { since: now, pause };
                Some(Permit { is_probe: true })
            }
        }
    }

    /// Whether no request may be sent now.
    pub(crate) fn is_open(&self, now: Instant) -> bool {
        match *self.circuit() {
            Circuit::Closed { .. } => false,
            Circuit::Open { since, pause } => is_within(pause, since, now),
        }
    }

    /// Closes the circuit.
    pub(crate) fn succeeded(&self) {
        *self.circuit() = Circuit::default();
    }

    /// Records a failure. A request that was sent before the circuit opened does not prolong the pause.
    pub(crate) fn failed(&self, permit: Permit, now: Instant) {
        let mut circuit = self.circuit();
        *circuit = match *circuit {
            Circuit::Closed { failures } if failures + 1 < FAILURES => Circuit::Closed {
                failures: failures + 1,
            },
            Circuit::Closed { .. } => Circuit::Open {
                since: now,
                pause: FIRST_PAUSE,
            },
            Circuit::Open { pause, .. } if permit.is_probe => Circuit::Open {
                since: now,
                pause: (pause * 2).min(LONGEST_PAUSE),
            },
            still_open @ Circuit::Open { .. } => still_open,
        };
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_within(pause: Duration, since: Instant, now: Instant) -> bool {
    now.saturating_duration_since(since) < pause
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Breaker, now: Instant) {
        breaker.failed(breaker.permit(now).unwrap(), now);
    }

    /// A circuit that opened at this time.
    fn opened(now: Instant) -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..FAILURES {
            fail(&breaker, now);
        }
        breaker
    }

    #[test]
    fn ten_failures_in_a_row_open_the_circuit() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES - 1 {
            fail(&breaker, now);
        }
        breaker.succeeded();
        for _ in 0..FAILURES {
            assert!(!breaker.is_open(now));
            fail(&breaker, now);
        }
        assert!(breaker.is_open(now));
        assert!(breaker.permit(now).is_none());
    }

    #[test]
    fn one_request_probes_after_the_pause_and_closes_the_circuit() {
        let now = Instant::now();
        let breaker = opened(now);
        let later = now + FIRST_PAUSE;
        assert!(!breaker.is_open(later));
        assert!(breaker.permit(later).is_some());
        assert!(
            breaker.permit(later).is_none(),
            "a second request beside the probe"
        );
        assert!(
            breaker.permit(later + FIRST_PAUSE).is_some(),
            "the first probe has no outcome"
        );
        breaker.succeeded();
        assert!(breaker.permit(later).is_some());
    }

    #[test]
    fn a_failed_probe_doubles_the_pause_up_to_a_limit() {
        let mut now = Instant::now();
        let breaker = opened(now);
        for pause in [5, 10, 20, 30, 30] {
            let pause = Duration::from_secs(pause);
            let end = now + pause;
            assert!(breaker.is_open(end.checked_sub(Duration::from_millis(1)).unwrap()));
            fail(&breaker, end);
            now = end;
        }
    }

    #[test]
    fn a_request_from_before_does_not_prolong_the_pause() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        let earlier = breaker.permit(now).unwrap();
        for _ in 0..FAILURES {
            fail(&breaker, now);
        }
        breaker.failed(earlier, now + Duration::from_secs(4));
        assert!(breaker.permit(now + FIRST_PAUSE).is_some());
    }
}
