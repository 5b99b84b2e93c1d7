//! The retry policy.

use std::time::{Duration, SystemTime};

use rand::RngExt;
use reqwest::header::{self, HeaderMap};

/// The upper bound of the first wait; it doubles with each attempt.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
/// The upper bound of all waits, except those that the platform requires.
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);
/// The upper bound of waits that the platform requires.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// The limits on the attempts of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Persistence {
    /// The maximum number of attempts.
    pub(crate) attempts: u32,
    /// The time limit of all attempts and waits together.
    pub(crate) deadline: Duration,
}

/// Returns the wait with full jitter: a random wait of up to 200 ms, doubled with each attempt up to 10 s. It
/// is added to the wait that the platform requires, so that clients do not retry at the same time.
pub(crate) fn wait(attempt: u32, asked: Option<Duration>) -> Duration {
    let doubled = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    let jitter = doubled
        .min(LONGEST_BACKOFF)
        .mul_f64(rand::rng().random_range(0.0..1.0));
    asked.unwrap_or_default() + jitter
}

/// Parses `Retry-After` (RFC 9110, 10.2.3): seconds, or a date. Returns at most an hour, and zero for a date
/// in the past.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_or(LONGEST_ASKED, Duration::from_secs)
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(now).unwrap_or_default()
    };
    Some(asked.min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<Duration> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, text.parse().unwrap())]);
        retry_after(&headers, now)
    }

    #[test]
    fn reads_seconds_and_dates_and_bounds_both() {
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            asked("Sun, 06 Nov 1994 08:49:47 GMT"),
            Some(Duration::from_secs(10))
        );
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:27 GMT"), Some(Duration::ZERO));
        for long in ["3601", "99999999999999999999999", "Mon, 06 Nov 2034 08:49:37 GMT"] {
            assert_eq!(asked(long), Some(LONGEST_ASKED), "{long}");
        }
        for none in ["", "-1", "1.5", "soon"] {
            assert_eq!(asked(none), None, "{none}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), SystemTime::UNIX_EPOCH), None);
    }

    #[test]
    fn waits_double_up_to_a_ceiling_on_top_of_what_is_asked() {
        for attempt in [1, 2, 3, 7, 100] {
            let ceiling = (200 << (attempt - 1).min(10)).min(10_000);
            let waited = wait(attempt, Some(Duration::from_secs(3))).as_millis();
            assert!((3000..=3000 + ceiling).contains(&waited), "{attempt}: {waited}");
        }
    }
}
