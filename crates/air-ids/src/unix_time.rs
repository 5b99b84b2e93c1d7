//! Points in time, in whole seconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A point in time: the number of whole seconds since 1970-01-01T00:00:00Z, without leap seconds, as
/// `NumericDate` of RFC 7519 counts them. Serde reads and writes the number.
///
/// Arithmetic takes a [`Duration`] and saturates, so that a time from outside can't overflow. A
/// fraction of a second in a duration is dropped.
///
/// ```
/// use std::time::Duration;
/// use air_ids::UnixTime;
///
/// let issued_at = UnixTime::from_secs(1_800_000_000);
/// let expires_at = issued_at.saturating_add(Duration::from_mins(5));
/// assert!(issued_at < expires_at);
/// assert_eq!(expires_at.as_secs(), 1_800_000_300);
/// assert_eq!(expires_at.saturating_duration_since(issued_at), Duration::from_mins(5));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(u64);

impl UnixTime {
    /// 1970-01-01T00:00:00Z, which is also the default.
    pub const EPOCH: Self = Self(0);

    /// The time that is `seconds` after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Converts from the standard library's type. A fraction of a second is dropped, and a time
    /// before 1970 becomes [`EPOCH`](Self::EPOCH).
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use air_ids::UnixTime;
    ///
    /// let time = UNIX_EPOCH + Duration::from_millis(1_999);
    /// assert_eq!(UnixTime::from_system_time(time), UnixTime::from_secs(1));
    /// assert_eq!(UnixTime::from_system_time(UNIX_EPOCH - Duration::from_secs(1)), UnixTime::EPOCH);
    /// ```
    #[must_use]
    pub fn from_system_time(time: SystemTime) -> Self {
        time.duration_since(UNIX_EPOCH)
            .map_or(Self::EPOCH, |since| Self(since.as_secs()))
    }

    /// The seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// The time that is `duration` later, or the last one that the type can represent.
    #[must_use]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()))
    }

    /// The time that is `duration` earlier, or [`EPOCH`](Self::EPOCH) if that is before 1970.
    #[must_use]
    pub const fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.as_secs()))
    }

    /// The time that is `duration` later; `None` if the type can't represent it.
    #[must_use]
    pub const fn checked_add(self, duration: Duration) -> Option<Self> {
        match self.0.checked_add(duration.as_secs()) {
            Some(seconds) => Some(Self(seconds)),
            None => None,
        }
    }

    /// The duration from `earlier` to this time; `None` if `earlier` is later.
    ///
    /// ```
    /// use std::time::Duration;
    /// use air_ids::UnixTime;
    ///
    /// let (one, two) = (UnixTime::from_secs(1), UnixTime::from_secs(2));
    /// assert_eq!(two.checked_duration_since(one), Some(Duration::from_secs(1)));
    /// assert_eq!(one.checked_duration_since(two), None);
    /// ```
    #[must_use]
    pub const fn checked_duration_since(self, earlier: Self) -> Option<Duration> {
        match self.0.checked_sub(earlier.0) {
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => None,
        }
    }

    /// The duration from `earlier` to this time; zero if `earlier` is later.
    #[must_use]
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }

    /// The duration between the two times, whichever is earlier.
    ///
    /// ```
    /// use std::time::Duration;
    /// use air_ids::UnixTime;
    ///
    /// let (one, three) = (UnixTime::from_secs(1), UnixTime::from_secs(3));
    /// assert_eq!(one.abs_diff(three), Duration::from_secs(2));
    /// assert_eq!(three.abs_diff(one), Duration::from_secs(2));
    /// ```
    #[must_use]
    pub const fn abs_diff(self, other: Self) -> Duration {
        Duration::from_secs(self.0.abs_diff(other.0))
    }

    /// Rounds down to a multiple of `unit` since 1970, for example to the beginning of the day in
    /// UTC. A unit of less than a second leaves the time unchanged.
    ///
    /// ```
    /// use std::time::Duration;
    /// use air_ids::UnixTime;
    ///
    /// let hour = Duration::from_hours(1);
    /// assert_eq!(UnixTime::from_secs(7_300).floor(hour), UnixTime::from_secs(7_200));
    /// ```
    #[must_use]
    pub const fn floor(self, unit: Duration) -> Self {
        match self.0.checked_rem(unit.as_secs()) {
            Some(rest) => Self(self.0 - rest),
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: UnixTime = UnixTime::from_secs(u64::MAX);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn arithmetic_stops_at_both_ends() {
        assert_eq!(LAST.saturating_add(SECOND), LAST);
        assert_eq!(LAST.checked_add(SECOND), None);
        assert_eq!(LAST.checked_add(Duration::ZERO), Some(LAST));
        assert_eq!(UnixTime::EPOCH.saturating_sub(SECOND), UnixTime::EPOCH);
        assert_eq!(UnixTime::EPOCH.saturating_duration_since(LAST), Duration::ZERO);
        assert_eq!(UnixTime::EPOCH.checked_duration_since(LAST), None);
        assert_eq!(LAST.checked_duration_since(LAST), Some(Duration::ZERO));
        assert_eq!(UnixTime::EPOCH.saturating_add(Duration::MAX), LAST);
    }

    #[test]
    fn drops_the_fraction_of_a_duration() {
        let time = UnixTime::from_secs(10);
        let almost = Duration::from_millis(1_999);
        assert_eq!(time.saturating_add(almost), UnixTime::from_secs(11));
        assert_eq!(time.checked_add(almost), Some(UnixTime::from_secs(11)));
        assert_eq!(time.saturating_sub(almost), UnixTime::from_secs(9));
    }

    #[test]
    fn rounds_down_to_a_multiple_of_the_unit() {
        let day = Duration::from_hours(24);
        for (seconds, rounded) in [(0, 0), (86_399, 0), (86_400, 86_400), (86_401, 86_400)] {
            let time = UnixTime::from_secs(seconds);
            assert_eq!(time.floor(day), UnixTime::from_secs(rounded), "{seconds}");
            for unit in [Duration::ZERO, Duration::from_millis(999), SECOND] {
                assert_eq!(time.floor(unit), time, "{seconds}");
            }
        }
    }

    #[test]
    fn serde_reads_and_writes_the_number() {
        let time = UnixTime::from_secs(1_800_000_000);
        assert_eq!(serde_json::to_string(&time).unwrap(), "1800000000");
        assert_eq!(serde_json::from_str::<UnixTime>("1800000000").unwrap(), time);
        assert_eq!(
            serde_json::from_str::<UnixTime>(&u64::MAX.to_string()).unwrap(),
            LAST
        );
        for bad in ["-1", "1.5", "\"1\"", "18446744073709551616", "null"] {
            assert!(serde_json::from_str::<UnixTime>(bad).is_err(), "{bad}");
        }
    }
}
