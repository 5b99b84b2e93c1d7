//! The time formats of the platform.

mod rfc3339;

use std::{fmt, str::FromStr};

use air_ids::UnixTime;
use jiff::{SignedDuration, Timestamp, civil::DateTime};
use serde::{Deserialize, Serialize};

use crate::Error;

/// 1970-01-01 00:00:00.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
/// 9999-12-31 23:59:59 in UTC, in seconds since 1970.
const LATEST: i64 = 253_402_300_799;

/// A time in UTC to the second. The text form is `2026-01-19 07:18:45`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlatformTime(i64);

impl PlatformTime {
    /// Converts from a [`UnixTime`]. Times after 9999-12-31 23:59:59 become that time.
    #[must_use]
    pub fn from_unix(time: UnixTime) -> Self {
        Self(i64::try_from(time.as_secs()).unwrap_or(LATEST).min(LATEST))
    }

    /// Converts to a [`UnixTime`]. Times before 1970 become [`UnixTime::EPOCH`].
    #[must_use]
    pub fn to_unix(self) -> UnixTime {
        UnixTime::from_secs(u64::try_from(self.0).unwrap_or(0))
    }
}

impl fmt::Display for PlatformTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = EPOCH.saturating_add(SignedDuration::from_secs(self.0));
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            time.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second()
        )
    }
}

impl FromStr for PlatformTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let time = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).map_err(|_| Error::InvalidTime)?;
        let year = time.year();
        let time = Self(time.duration_since(EPOCH).as_secs());
        // strptime also accepts fewer digits, years before 0, and leap seconds.
        if year >= 0 && time.to_string() == text {
            Ok(time)
        } else {
            Err(Error::InvalidTime)
        }
    }
}

impl TryFrom<String> for PlatformTime {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<PlatformTime> for String {
    fn from(time: PlatformTime) -> Self {
        time.to_string()
    }
}

/// A point in time, parsed from a `date-time` of RFC 3339, section 5.6, and printed in UTC:
/// `2026-01-19T07:18:45Z`.
///
/// Digits beyond nanoseconds are dropped. A leap second becomes the second before it. Times after
/// 9999-12-30T22:00:00Z become that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IsoTime(Timestamp);

impl IsoTime {
    /// Converts from a [`UnixTime`]. Times after the maximum become the maximum.
    #[must_use]
    pub fn from_unix(time: UnixTime) -> Self {
        let seconds = i64::try_from(time.as_secs()).ok();
        Self(
            seconds
                .and_then(|seconds| Timestamp::from_second(seconds).ok())
                .unwrap_or(Timestamp::MAX),
        )
    }

    /// Converts to a [`UnixTime`]. A fraction of a second is dropped, and times before 1970 become
    /// [`UnixTime::EPOCH`].
    #[must_use]
    pub fn to_unix(self) -> UnixTime {
        UnixTime::from_secs(u64::try_from(self.0.as_second()).unwrap_or(0))
    }
}

impl fmt::Display for IsoTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for IsoTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        rfc3339::parse(text).map(Self).ok_or(Error::InvalidIsoTime)
    }
}

impl TryFrom<String> for IsoTime {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<IsoTime> for String {
    fn from(time: IsoTime) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_the_documented_form() {
        let time: PlatformTime = "2026-01-19 07:18:45".parse().unwrap();
        assert_eq!(time.to_unix(), UnixTime::from_secs(1_768_807_125));
        assert_eq!(time.to_string(), "2026-01-19 07:18:45");
        assert_eq!(
            PlatformTime::from_unix(UnixTime::EPOCH).to_string(),
            "1970-01-01 00:00:00"
        );
        for bad in [
            "",
            "2026-01-19",
            "2026-01-19T07:18:45Z",
            "2026-13-01 00:00:00",
            "-026-01-19 07:18:45",
        ] {
            assert!(bad.parse::<PlatformTime>().is_err(), "{bad}");
        }
        assert!(
            PlatformTime::from_unix(UnixTime::from_secs(u64::MAX))
                .to_string()
                .starts_with("9999-")
        );
    }

    #[test]
    fn covers_every_day_of_the_calendar() {
        for (text, seconds) in [
            ("9999-12-31 23:59:59", 253_402_300_799),
            ("2024-02-29 00:00:00", 1_709_164_800),
        ] {
            let time: PlatformTime = text.parse().unwrap();
            assert_eq!(
                (time.to_unix().as_secs(), time.to_string().as_str()),
                (seconds, text)
            );
        }
        for day in 29..=31 {
            let text = format!("2026-12-{day}T23:59:59Z");
            assert_eq!(text.parse::<IsoTime>().unwrap().to_string(), text);
        }
        assert!("9999-12-31T23:59:59Z".parse::<IsoTime>().is_ok());
        assert_eq!(
            "1990-12-31T15:59:60-08:00".parse::<IsoTime>().unwrap().to_unix(),
            UnixTime::from_secs(662_687_999)
        );
    }

    #[test]
    fn reads_iso_8601_and_writes_it_in_utc() {
        for (text, written) in [
            ("2026-01-19T07:18:45Z", "2026-01-19T07:18:45Z"),
            ("2026-01-19T07:18:45.250Z", "2026-01-19T07:18:45.25Z"),
            ("2026-01-19T08:18:45+01:00", "2026-01-19T07:18:45Z"),
            ("2026-01-19t07:18:45z", "2026-01-19T07:18:45Z"),
        ] {
            let time: IsoTime = text.parse().unwrap();
            assert_eq!(time.to_string(), written);
            assert_eq!(time.to_unix().as_secs(), 1_768_807_125, "{text}");
        }
        assert_eq!(
            IsoTime::from_unix(UnixTime::from_secs(1_768_807_125)).to_string(),
            "2026-01-19T07:18:45Z"
        );
        assert!(
            IsoTime::from_unix(UnixTime::from_secs(u64::MAX))
                .to_string()
                .starts_with("9999-")
        );
        for bad in [
            "",
            "2026-01-19",
            "2026-01-19T07:18:45",
            "1768807125",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-19 07:18:45Z",
            "2026-01-19T07:18:45+01",
            "2026-01-19T07:18:45+0100",
            "2026-01-19T07:18:45,5Z",
            "2026-01-19T07:18:45.Z",
            "2026-01-19T07:18:45Z[UTC]",
            "2026-01-19T07:18:60Z",
            "+002026-01-19T07:18:45Z",
        ] {
            assert_eq!(bad.parse::<IsoTime>(), Err(Error::InvalidIsoTime), "{bad}");
        }
    }
}
