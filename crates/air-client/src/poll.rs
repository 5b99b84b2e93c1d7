//! Polling schedules.

use std::time::Duration;

/// The minimum wait of any schedule.
const SHORTEST: Duration = Duration::from_millis(10);

/// The documented schedule: at once, then after 1 s, then with doubled waits of at most 30 s, until a
/// deadline of 10 minutes. No wait is shorter than 10 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollSchedule {
    /// The first wait.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// When polling stops.
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
    /// Returns a schedule for a platform on this machine, which anchors quickly.
    #[must_use]
    pub fn local() -> Self {
        Self {
            first: Duration::from_millis(50),
            longest: Duration::from_secs(1),
            deadline: Duration::from_secs(30),
        }
    }

    /// Returns the waits between requests, in order, without end.
    pub fn waits(self) -> impl Iterator<Item = Duration> {
        let longest = self.longest.max(SHORTEST);
        let first = self.first.clamp(SHORTEST, longest);
        std::iter::successors(Some(first), move |wait| Some(wait.saturating_mul(2).min(longest)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use air_api::CoreClaimHash;
    use tokio::time::Instant;

    use super::*;
    use crate::{
        AirClient, Environment, Error,
        transport::{Answer, Wire, fake_transport::FakeTransport},
    };

    const WAITING: &str = r#"{"coreClaimHash":"0707070707070707070707070707070707070707070707070707070707070707",
        "issuanceDate":"2026-01-19 07:18:45","issuerDid":"did:air:id:test:x","vcId":"c2","vcStatus":"WAIT_ONCHAIN"}"#;

    /// Polls a platform that responds to `answers` requests, in paused time. Returns the times of all
    /// requests, the error, and the total time.
    async fn poll(answers: usize, schedule: PollSchedule) -> (Vec<u64>, Error, Duration) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (begun, noted) = (Instant::now(), asked.clone());
        let fake = FakeTransport::new(move |_| {
            let mut asked = noted.lock().unwrap();
            asked.push(begun.elapsed().as_secs());
            let is_answered = asked.len() <= answers;
            async move {
                if !is_answered {
                    std::future::pending::<()>().await;
                }
                Ok(Answer::new(200, &[], WAITING))
            }
        });
        let client = AirClient::builder(Environment::Sandbox).over(Wire::Fake(fake));
        let hash = CoreClaimHash::from_bytes([7; 32]);
        let error = client.wait_until_anchored("token", hash, schedule).await;
        let asked = asked.lock().unwrap().clone();
        (asked, error.unwrap_err(), begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn asks_by_the_documented_schedule_and_a_last_time_at_the_deadline() {
        let schedule = PollSchedule {
            deadline: Duration::from_secs(100),
            ..PollSchedule::default()
        };
        let (asked, error, _) = poll(usize::MAX, schedule).await;
        assert_eq!(asked, [0, 1, 3, 7, 15, 31, 61, 91, 100]);
        let expected = Duration::from_secs(100);
        assert!(
            matches!(error, Error::NotAnchored { waited } if waited == expected),
            "{error:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_come_is_not_waited_for_much_longer() {
        let schedule = PollSchedule {
            deadline: Duration::from_secs(10),
            ..PollSchedule::default()
        };
        let (asked, error, took) = poll(2, schedule).await;
        assert_eq!(asked, [0, 1, 3]);
        assert!(matches!(error, Error::NotAnchored { .. }), "{error:?}");
        assert_eq!(took, Duration::from_secs(15));
    }

    #[test]
    fn doubles_up_to_thirty_seconds() {
        let waits: Vec<u64> = PollSchedule::default()
            .waits()
            .take(7)
            .map(|wait| wait.as_secs())
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn a_schedule_without_waits_has_short_ones() {
        let never = PollSchedule {
            first: Duration::ZERO,
            longest: Duration::ZERO,
            deadline: Duration::MAX,
        };
        assert!(never.waits().take(100).all(|wait| wait == SHORTEST));
    }
}
