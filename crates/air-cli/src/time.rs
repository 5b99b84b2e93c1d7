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

/// A duration as text: `40 s`, `15 min`, `3 h`, `2 d`.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds.div_ceil(60)),
        7200..172_800 => format!("{} h", seconds.div_ceil(3600)),
        _ => format!("{} d", seconds.div_ceil(86_400)),
    }
}
