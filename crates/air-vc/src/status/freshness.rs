//! The validity period of a list, and when to fetch it again.

use crate::{Error, validity::USUAL_SKEW as SKEW};

/// The default `ttl` in seconds, if the issuer sets neither `ttl` nor an expiry.
const USUAL_TTL: u64 = 300;

/// The times of a verified list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Freshness {
    verified_at: u64,
    pub(super) expires_at: Option<u64>,
    /// In seconds.
    pub(super) ttl: Option<u64>,
}

impl Freshness {
    /// Checks that `now` is within the validity period, with a clock skew of 30 s.
    pub(super) fn check(
        begins_at: Option<u64>,
        expires_at: Option<u64>,
        ttl: Option<u64>,
        now: u64,
    ) -> Result<Self, Error> {
        if let Some(expires_at) = expires_at
            && is_over(expires_at, now)
        {
            return Err(Error::StatusListExpired {
                ago: now - expires_at,
            });
        }
        if let Some(begins_at) = begins_at
            && begins_at > now.saturating_add(SKEW)
        {
            return Err(Error::StatusListNotYetValid {
                ahead: begins_at - now,
            });
        }
        Ok(Self {
            verified_at: now,
            expires_at,
            ttl,
        })
    }

    /// Uses the same skew as [`Self::check`], so a list is fresh at the moment of its verification.
    pub(super) fn is_fresh(&self, now: u64) -> bool {
        let is_stale = self.stale_at().is_some_and(|at| now >= at);
        !is_stale && !self.expires_at.is_some_and(|end| is_over(end, now))
    }

    /// Token Status List, 13.7: `ttl` starts when the list is fetched.
    fn stale_at(&self) -> Option<u64> {
        let ttl = match (self.ttl, self.expires_at) {
            (Some(ttl), _) => Some(ttl),
            (None, Some(_)) => None,
            (None, None) => Some(USUAL_TTL),
        };
        ttl.map(|ttl| self.verified_at.saturating_add(ttl))
    }

    /// Applies no clock skew to the expiry.
    pub(super) fn refetch_after(&self, now: u64) -> u64 {
        [self.stale_at(), self.expires_at]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(now)
            .saturating_sub(now)
    }
}

fn is_over(end: u64, now: u64) -> bool {
    now >= end.saturating_add(SKEW)
}
