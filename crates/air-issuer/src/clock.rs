//! The time, which tests can set.

use std::{fmt, sync::Arc, time::SystemTime};

use air_ids::UnixTime;
use jiff::{Timestamp, civil::Date, tz::Offset};

/// The length of `2030-05-01`.
const DATE_LENGTH: usize = 10;

/// A clock. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> UnixTime + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::from_fn(|| UnixTime::from_system_time(SystemTime::now()))
    }

    /// A clock that calls this function.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now().as_secs()).finish()
    }
}

/// Reads a time with an offset from 1970 on, such as `2026-12-15T00:00:00Z`. A fraction of a second is dropped.
pub(crate) fn parse_rfc3339(text: &str) -> Option<UnixTime> {
    let time: Timestamp = text.parse().ok()?;
    u64::try_from(time.as_second()).ok().map(UnixTime::from_secs)
}

/// Reads a time with its offset, or a date, which is midnight in UTC.
pub(crate) fn parse_date_or_time(text: &str) -> Option<UnixTime> {
    parse_rfc3339(text).or_else(|| {
        // jiff would ignore the time of a text without an offset.
        let date: Date = text.parse().ok().filter(|_| text.len() == DATE_LENGTH)?;
        let midnight = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
        u64::try_from(midnight.as_second()).ok().map(UnixTime::from_secs)
    })
}

/// A time in UTC, such as `2026-12-15T00:00:00Z`.
pub(crate) fn rfc3339(time: UnixTime) -> String {
    let time = i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.unwrap_or(Timestamp::MAX).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_an_offset_and_is_from_1970_on() {
        let time = |text| parse_rfc3339(text).map(UnixTime::as_secs);
        assert_eq!(time("2030-01-01T00:00:00Z"), Some(1_893_456_000));
        assert_eq!(time("2030-01-01T01:00:00.9+01:00"), Some(1_893_456_000));
        for text in ["", "2030-01-01", "2030-01-01T00:00:00", "1960-01-01T00:00:00Z"] {
            assert_eq!(time(text), None, "{text}");
        }
        let date = |text| parse_date_or_time(text).map(UnixTime::as_secs);
        for text in ["2030-01-01", "2030-01-01T01:00:00+01:00"] {
            assert_eq!(date(text), Some(1_893_456_000), "{text}");
        }
        for text in ["", "2030-13-01", "2030-01-01T00:00:00", "1960-01-01"] {
            assert_eq!(date(text), None, "{text}");
        }
        assert_eq!(
            rfc3339(UnixTime::from_secs(1_893_456_000)),
            "2030-01-01T00:00:00Z"
        );
    }
}
