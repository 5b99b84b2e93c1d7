//! Times as the platform writes them.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::Error;

/// A time to the second, in UTC, written `2026-01-19 07:18:45`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlatformTime(i64);

impl PlatformTime {
    /// From seconds since 1970; beyond the year 9999 it stays there.
    #[must_use]
    pub fn from_unix(seconds: u64) -> Self {
        let latest = Timestamp::MAX.as_second();
        Self(i64::try_from(seconds).unwrap_or(latest).min(latest))
    }

    /// Seconds since 1970; 0 for what was before.
    #[must_use]
    pub fn to_unix(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }
}

impl fmt::Display for PlatformTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = Timestamp::from_second(self.0)
            .unwrap_or_default()
            .to_zoned_datetime(TimeZone::UTC)
            .datetime();
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
        let zoned = time
            .to_zoned_datetime(TimeZone::UTC)
            .map_err(|_| Error::InvalidTime)?;
        let time = Self(zoned.timestamp().as_second());
        // strptime takes fewer digits and a leap second too.
        if time.to_string() == text {
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

/// A point in time as ISO 8601 and RFC 3339 write it, with its offset; printed in UTC: `2026-01-19T07:18:45Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IsoTime(Timestamp);

impl IsoTime {
    /// From seconds since 1970; beyond the year 9999 it stays there.
    #[must_use]
    pub fn from_unix(seconds: u64) -> Self {
        let seconds = i64::try_from(seconds).ok();
        Self(
            seconds
                .and_then(|seconds| Timestamp::from_second(seconds).ok())
                .unwrap_or(Timestamp::MAX),
        )
    }

    /// Whole seconds since 1970; 0 for what was before.
    #[must_use]
    pub fn to_unix(self) -> u64 {
        u64::try_from(self.0.as_second()).unwrap_or(0)
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
        text.parse().map(Self).map_err(|_| Error::InvalidIsoTime)
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
        assert_eq!(time.to_unix(), 1_768_807_125);
        assert_eq!(time.to_string(), "2026-01-19 07:18:45");
        assert_eq!(PlatformTime::from_unix(0).to_string(), "1970-01-01 00:00:00");
        for bad in ["", "2026-01-19", "2026-01-19T07:18:45Z", "2026-13-01 00:00:00"] {
            assert!(bad.parse::<PlatformTime>().is_err(), "{bad}");
        }
        assert!(PlatformTime::from_unix(u64::MAX).to_string().starts_with("9999-"));
    }

    #[test]
    fn reads_iso_8601_and_writes_it_in_utc() {
        for (text, written) in [
            ("2026-01-19T07:18:45Z", "2026-01-19T07:18:45Z"),
            ("2026-01-19T07:18:45.250Z", "2026-01-19T07:18:45.25Z"),
            ("2026-01-19T08:18:45+01:00", "2026-01-19T07:18:45Z"),
        ] {
            let time: IsoTime = text.parse().unwrap();
            assert_eq!(time.to_string(), written);
            assert_eq!(time.to_unix(), 1_768_807_125, "{text}");
        }
        assert_eq!(
            IsoTime::from_unix(1_768_807_125).to_string(),
            "2026-01-19T07:18:45Z"
        );
        assert!(IsoTime::from_unix(u64::MAX).to_string().starts_with("9999-"));
        for bad in [
            "",
            "2026-01-19",
            "2026-01-19T07:18:45",
            "1768807125",
            "2026-13-01T00:00:00Z",
        ] {
            assert_eq!(bad.parse::<IsoTime>(), Err(Error::InvalidIsoTime), "{bad}");
        }
    }
}
