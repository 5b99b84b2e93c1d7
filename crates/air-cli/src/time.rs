//! The current time, and times as text.

use std::time::SystemTime;

use air_api::{PlatformTime, UnixTime};

/// The current time.
pub(crate) fn now() -> UnixTime {
    UnixTime::from_system_time(SystemTime::now())
}

/// A time in UTC as text.
pub(crate) fn date_time(time: UnixTime) -> String {
    format!("{} UTC", PlatformTime::from_unix(time))
}

/// Parses a time in UTC, in the format of RFC 3339 or of the platform.
pub(crate) fn parse_date_time(text: &str) -> Result<PlatformTime, String> {
    let text = text.strip_suffix('Z').unwrap_or(text).replacen('T', " ", 1);
    text.parse()
        .map_err(|_| "invalid time: must be like 2027-01-01T00:00:00Z".to_owned())
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
    fn reads_times_in_utc_alone() {
        let time = PlatformTime::from_unix(UnixTime::from_secs(1_798_761_600));
        assert_eq!(parse_date_time("2027-01-01T00:00:00Z"), Ok(time));
        assert_eq!(parse_date_time("2027-01-01 00:00:00"), Ok(time));
        assert!(parse_date_time("2027-01-01T00:00:00+02:00").is_err());
    }
}
