//! The time of the tests, and times around it.

use std::time::Duration;

use air_jwt::UnixTime;

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

/// The time that is this number of seconds after [`NOW`].
pub(crate) const fn after(seconds: u64) -> UnixTime {
    NOW.saturating_add(Duration::from_secs(seconds))
}

/// The time that is this number of seconds before [`NOW`].
pub(crate) const fn before(seconds: u64) -> UnixTime {
    NOW.saturating_sub(Duration::from_secs(seconds))
}
