//! The validity period of a list, and when to fetch it again.

use std::time::Duration;

use air_ids::UnixTime;

use crate::{Error, validity::USUAL_SKEW as SKEW};

/// The default `ttl` in seconds, if the issuer sets neither `ttl` nor an expiry.
const USUAL_TTL: u64 = 300;

/// The times of a verified list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Freshness {
    verified_at: UnixTime,
    pub(super) expires_at: Option<UnixTime>,
    /// In seconds.
    pub(super) ttl: Option<u64>,
}

impl Freshness {
    /// Checks that `now` is within the validity period, with a clock skew of 30 s.
    pub(super) fn check(
        begins_at: Option<UnixTime>,
        expires_at: Option<UnixTime>,
        ttl: Option<u64>,
        now: UnixTime,
    ) -> Result<Self, Error> {
        if let Some(expires_at) = expires_at
            && is_over(expires_at, now)
        {
            return Err(Error::StatusListExpired {
                ago: now.saturating_duration_since(expires_at).as_secs(),
            });
        }
        if let Some(begins_at) = begins_at
            && begins_at > now.saturating_add(SKEW)
        {
            return Err(Error::StatusListNotYetValid {
                ahead: begins_at.saturating_duration_since(now).as_secs(),
            });
        }
        Ok(Self {
            verified_at: now,
            expires_at,
            ttl,
        })
    }

    /// Uses the same skew as [`Self::check`], so a list is fresh at the moment of its verification.
    pub(super) fn is_fresh(&self, now: UnixTime) -> bool {
        let is_stale = self.stale_at().is_some_and(|at| now >= at);
        !is_stale && !self.expires_at.is_some_and(|end| is_over(end, now))
    }

    /// Token Status List, 13.7: `ttl` starts when the list is fetched.
    fn stale_at(&self) -> Option<UnixTime> {
        let ttl = match (self.ttl, self.expires_at) {
            (Some(ttl), _) => Some(ttl),
            (None, Some(_)) => None,
            (None, None) => Some(USUAL_TTL),
        };
        ttl.map(|ttl| self.verified_at.saturating_add(Duration::from_secs(ttl)))
    }

    /// Applies no clock skew to the expiry.
    pub(super) fn refetch_after(&self, now: UnixTime) -> u64 {
        [self.stale_at(), self.expires_at]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(now)
            .saturating_duration_since(now)
            .as_secs()
    }
}

fn is_over(end: UnixTime, now: UnixTime) -> bool {
    now >= end.saturating_add(SKEW)
}
