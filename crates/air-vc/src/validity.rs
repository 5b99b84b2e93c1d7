//! The validity period of a credential.

use std::time::Duration;

use air_ids::UnixTime;

use crate::Error;

/// The default tolerance for clock differences.
pub(crate) const USUAL_SKEW: Duration = Duration::from_secs(30);
/// The maximum skew: more would defeat short expiries.
const SKEW_LIMIT: Duration = Duration::from_mins(5);

pub(crate) fn skew(skew: Duration) -> Result<Duration, Error> {
    if skew > SKEW_LIMIT {
        return Err(Error::SkewOutOfRange {
            seconds: skew.as_secs(),
            limit: SKEW_LIMIT.as_secs(),
        });
    }
    Ok(skew)
}

/// A validity period. An absent end is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: Option<UnixTime>,
    pub(crate) until: Option<UnixTime>,
}

impl Validity {
    /// The intersection of two periods.
    #[cfg(feature = "w3c")]
    pub(crate) fn and(self, other: Self) -> Self {
        let until = [self.until, other.until];
        Self {
            from: self.from.max(other.from),
            until: until.into_iter().flatten().min(),
        }
    }

    pub(crate) fn check(self, now: UnixTime, skew: Duration) -> Result<(), Error> {
        if let Some(until) = self.until
            && now >= until.saturating_add(skew)
        {
            return Err(Error::Expired {
                ago: now.saturating_duration_since(until).as_secs(),
            });
        }
        if let Some(from) = self.from
            && from > now.saturating_add(skew)
        {
            return Err(Error::NotYetValid {
                ahead: from.saturating_duration_since(now).as_secs(),
            });
        }
        Ok(())
    }
}
