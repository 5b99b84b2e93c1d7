//! The states of a presentation request, from its link to its response (OpenID4VP 1.0, sections 5 and 8).

use air_ids::UnixTime;

use super::rule::Rule;
use crate::Error;

/// The state of a presentation request that a verifier keeps. The first valid response ends the request:
///
/// ```text
/// Open ─ present ─▶ Presented
///  ├──── refuse ──▶ Refused
///  └──── time ────▶ Expired
/// ```
///
/// A response that breaks a rule does not change the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum PresentationSession {
    /// The request has no response.
    Open {
        /// The end of the request.
        expires_at: UnixTime,
    },
    /// The wallet answered the whole query.
    Presented,
    /// The wallet or its user refused.
    Refused,
    /// The request ended without response.
    Expired,
}

impl PresentationSession {
    /// A new request.
    pub fn open(expires_at: UnixTime) -> Self {
        Self::Open { expires_at }
    }

    /// The state at a time: a request ends by itself.
    pub fn at(self, now: UnixTime) -> Self {
        match self {
            Self::Open { expires_at } if expires_at <= now => Self::Expired,
            other => other,
        }
    }

    /// Whether the request object is served and a response is accepted.
    #[must_use]
    pub fn is_open(self, now: UnixTime) -> bool {
        matches!(self.at(now), Self::Open { .. })
    }

    /// Stores presentations that answer the whole query.
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::Ended`].
    pub fn present(self, now: UnixTime) -> Result<Self, Error> {
        self.end(now, Self::Presented)
    }

    /// Stores the wallet's refusal.
    ///
    /// # Errors
    /// As [`Self::present`].
    pub fn refuse(self, now: UnixTime) -> Result<Self, Error> {
        self.end(now, Self::Refused)
    }

    fn end(self, now: UnixTime, outcome: Self) -> Result<Self, Error> {
        match self.at(now) {
            Self::Open { .. } => Ok(outcome),
            Self::Presented | Self::Refused | Self::Expired => Err(Error::Presentation {
                place: "/state".into(),
                rule: Rule::Ended,
            }),
        }
    }
}
