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
}
