//! Repeated requests.

use std::time::Duration;

use air_fetch::{FetchError, Response};

use crate::Error;

/// The wait before the second attempt, which doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest wait that a response can cause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The outcome of an attempt that failed.
pub(super) struct Failed {
    pub(super) error: Error,
    /// Whether another attempt could succeed.
    pub(super) is_transient: bool,
    retry_after: Option<Duration>,
}

impl Failed {
    /// An attempt without a complete response.
    pub(super) fn without_response(error: FetchError, limit: Duration, size: usize) -> Self {
        let (error, is_transient) = match error {
            FetchError::TimedOut => (Error::TimedOut { limit }, true),
            FetchError::Connect | FetchError::Busy => (Error::Unreachable, true),
            FetchError::BrokeOff => (Error::Interrupted, true),
            FetchError::TooLong { .. } => (Error::ResponseTooLong { limit: size }, false),
            FetchError::Url { .. } | FetchError::PrivateAddress | FetchError::OwnAddress => {
                (Error::ForbiddenUrl, false)
            }
            // `exchange` returns any status and follows no redirect, and headers are printable.
            _ => (
                Error::InvalidResponse {
                    expected: "an HTTP response",
                },
                false,
            ),
        };
        Self {
            error,
            is_transient,
            retry_after: None,
        }
    }

    /// A response with another status than 200.
    pub(super) fn with_status(response: &Response, kid: &str) -> Self {
        let status = response.status;
        let (error, is_transient) = match status {
            401 | 403 => (Error::Unauthorised { status }, false),
            404 => (Error::UnknownKey { kid: kid.to_owned() }, false),
            429 | 502..=504 => (Error::Unavailable { status }, true),
            500.. => (Error::Unavailable { status }, false),
            _ => (Error::Refused { status }, false),
        };
        let seconds = response
            .header("retry-after")
            .and_then(|value| value.parse().ok());
        Self {
            error,
            is_transient,
            retry_after: seconds.map(Duration::from_secs),
        }
    }

    /// The wait before the next attempt, of which `made` were made.
    pub(super) fn pause(&self, made: u32) -> Duration {
        let backoff = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(made.saturating_sub(1)));
        self.retry_after
            .unwrap_or_default()
            .max(backoff)
            .min(LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_honour_retry_after_up_to_a_limit() {
        let failed = |retry_after| Failed {
            error: Error::Unreachable,
            is_transient: true,
            retry_after,
        };
        let seconds = Duration::from_secs;
        let pauses: Vec<_> = (1..=3).map(|made| failed(None).pause(made).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400]);
        assert_eq!(failed(Some(seconds(2))).pause(1), seconds(2));
        assert_eq!(failed(Some(seconds(0))).pause(2), Duration::from_millis(200));
        assert_eq!(failed(Some(seconds(3600))).pause(1), LONGEST_PAUSE);
        assert_eq!(failed(None).pause(u32::MAX), LONGEST_PAUSE);
    }
}
