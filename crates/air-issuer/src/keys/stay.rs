//! The time until which a key that no longer signs has to stay published.

use air_ids::UnixTime;
use air_jwt::rotation::RETIREMENT_PERIOD;

use super::{LiveKey, ScheduledKey};
use crate::Config;

/// The use of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Tokens,
    Credentials,
    StatusLists,
}

impl Purpose {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tokens => "Partner JWTs",
            Self::Credentials => "credentials",
            Self::StatusLists => "status lists",
        }
    }
}

/// How long a retired key has to stay published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stay {
    Until(UnixTime),
    /// Until the last credential that it signed expires. The time is not known, because the database can't be read.
    UntilCredentialsExpire,
    /// It may be removed.
    Over,
}

/// How long a key that retired has to stay published. `live` are the keys whose credentials are valid.
pub(crate) fn stay(
    config: &Config,
    purpose: Purpose,
    key: &ScheduledKey,
    live: Option<&[LiveKey]>,
    now: UnixTime,
) -> Stay {
    let retired_at = key.times.retire.unwrap_or(now);
    let until = match (purpose, live) {
        (Purpose::Tokens, _) => Some(retired_at.saturating_add(RETIREMENT_PERIOD)),
        (Purpose::StatusLists, _) => config
            .status_list
            .map(|lists| retired_at.saturating_add(lists.lifetime)),
        (Purpose::Credentials, Some(live)) => live
            .iter()
            .find(|live| live.kid == key.times.kid.as_str())
            .map(|live| live.until),
        (Purpose::Credentials, None) => return Stay::UntilCredentialsExpire,
    };
    match until {
        Some(until) if until > now => Stay::Until(until),
        _ => Stay::Over,
    }
}
