//! The validity period of a credential.

use std::time::Duration;

use crate::Error;

/// The default tolerance for clock differences, in seconds.
pub(crate) const USUAL_SKEW: u64 = 30;
/// The maximum skew: more would defeat short expiries.
const SKEW_LIMIT: Duration = Duration::from_mins(5);

pub(crate) fn skew(skew: Duration) -> Result<u64, Error> {
    if skew > SKEW_LIMIT {
        return Err(Error::SkewOutOfRange {
            seconds: skew.as_secs(),
            limit: SKEW_LIMIT.as_secs(),
        });
    }
    Ok(skew.as_secs())
}

/// A validity period in seconds since 1970. An absent end is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: Option<u64>,
    pub(crate) until: Option<u64>,
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

    pub(crate) fn check(self, now: u64, skew: u64) -> Result<(), Error> {
        if let Some(until) = self.until
            && now >= until.saturating_add(skew)
        {
            return Err(Error::Expired { ago: now - until });
        }
        if let Some(from) = self.from
            && from > now.saturating_add(skew)
        {
            return Err(Error::NotYetValid { ahead: from - now });
        }
        Ok(())
    }
}
