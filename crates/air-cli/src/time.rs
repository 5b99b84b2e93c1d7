//! The current time, and times as text.

use std::time::SystemTime;

use air_api::{IsoTime, PlatformTime, UnixTime};

/// The current time.
pub(crate) fn now() -> UnixTime {
    UnixTime::from_system_time(SystemTime::now())
}

/// A time in UTC as text.
pub(crate) fn date_time(time: UnixTime) -> String {
    format!("{} UTC", PlatformTime::from_unix(time))
}

/// Parses a date, which is midnight in UTC, a time of RFC 3339, or a time of the platform, which is in UTC.
pub(crate) fn parse_date_time(text: &str) -> Result<PlatformTime, String> {
    let time = format!("{text} 00:00:00")
        .parse::<PlatformTime>()
        .or_else(|_| text.replacen('T', " ", 1).parse());
    time.or_else(|_| {
        text.parse::<IsoTime>()
            .map(|time| PlatformTime::from_unix(time.to_unix()))
    })
    .map_err(|_| {
        "invalid time: must be a date (midnight in UTC) or a time with its offset, such as 2027-01-01 or \
         2027-01-01T00:00:00Z"
            .to_owned()
    })
}

/// Parses a number of seconds since 1970, or as [`parse_date_time`].
pub(crate) fn parse_seconds_or_time(text: &str) -> Result<UnixTime, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().map_err(|_| "the number of seconds is too large")?;
        return Ok(UnixTime::from_secs(seconds));
    }
    parse_date_time(text).map(PlatformTime::to_unix)
}

/// A duration as text: `40 s`, `15 min`, `3 h`, `2 d`.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds.div_ceil(60)),
        7200..172_800 => format!("{} h", seconds.div_ceil(3600)),
        _ => format!("{} d", seconds.div_ceil(86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_midnight_in_utc_and_a_time_may_have_an_offset() {
        let time = PlatformTime::from_unix(UnixTime::from_secs(1_798_761_600));
        for text in [
            "2027-01-01",
            "2027-01-01T00:00:00Z",
            "2027-01-01T02:00:00.5+02:00",
            "2027-01-01 00:00:00",
            "2027-01-01T00:00:00",
        ] {
            assert_eq!(parse_date_time(text), Ok(time), "{text}");
        }
        for text in [
            "",
            "now",
            "2027-13-01",
            "2027-1-1",
            "1798761600",
            "2027-01-01T00:00:00+25:00",
        ] {
            assert!(parse_date_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_is_seconds_since_1970() {
        let time = UnixTime::from_secs(1_798_761_600);
        for text in ["1798761600", "2027-01-01", "2027-01-01T00:00:00Z"] {
            assert_eq!(parse_seconds_or_time(text), Ok(time), "{text}");
        }
        for text in ["", "-1", "1.5", "99999999999999999999"] {
            assert!(parse_seconds_or_time(text).is_err(), "{text}");
        }
    }
}
