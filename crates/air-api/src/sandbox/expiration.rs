use std::{fmt, str::FromStr, time::Duration};

use air_ids::UnixTime;
use serde::{Deserialize, Serialize};

use crate::Error;

const DAY: Duration = Duration::from_hours(24);

/// How long a program's credentials are valid. The text form is `90d`, `1y` (365 days) or
/// `permanent`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Expiration {
    /// Never expires.
    #[default]
    Permanent,
    /// Valid for this many days: 1 to 36,500.
    Days(u32),
}

impl Expiration {
    /// The time at which a credential expires that is issued at `issued_at`; `None` when it never
    /// expires.
    #[must_use]
    pub fn end(self, issued_at: UnixTime) -> Option<UnixTime> {
        match self {
            Self::Permanent => None,
            Self::Days(days) => Some(issued_at.saturating_add(DAY * days)),
        }
    }
}

impl FromStr for Expiration {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let count = |digits: &str| match digits.parse::<u32>() {
            Ok(count @ 1..=36_500) if digits.starts_with(|first: char| ('1'..='9').contains(&first)) => {
                Ok(count)
            }
            _ => Err(Error::InvalidExpiration),
        };
        match (text, text.strip_suffix('d'), text.strip_suffix('y')) {
            ("permanent", ..) => Ok(Self::Permanent),
            (_, Some(days), _) => count(days).map(Self::Days),
            (_, _, Some(years)) => Ok(Self::Days(count(years)?.min(100) * 365)),
            _ => Err(Error::InvalidExpiration),
        }
    }
}

impl fmt::Display for Expiration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permanent => f.write_str("permanent"),
            Self::Days(days) => write!(f, "{days}d"),
        }
    }
}

impl TryFrom<String> for Expiration {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Expiration> for String {
    fn from(expiration: Expiration) -> Self {
        expiration.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_days_years_and_permanent() {
        assert_eq!("90d".parse(), Ok(Expiration::Days(90)));
        assert_eq!("1y".parse(), Ok(Expiration::Days(365)));
        assert_eq!("permanent".parse(), Ok(Expiration::Permanent));
        for bad in ["", "90", "0d", "-1d", "36501d", "d", "1w"] {
            assert_eq!(bad.parse::<Expiration>(), Err(Error::InvalidExpiration), "{bad}");
        }
    }
}
