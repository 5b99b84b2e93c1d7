//! The current time, and times as text.

use std::time::{SystemTime, UNIX_EPOCH};

use air_api::{PlatformTime, UnixTime};

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// A time in UTC as text.
pub(crate) fn date_time(seconds: u64) -> String {
    format!("{} UTC", PlatformTime::from_unix(UnixTime::from_secs(seconds)))
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
