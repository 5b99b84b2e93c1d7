//! The states of an offer, from its link to its credentials (OpenID4VCI 1.0, sections 4, 6 and 8).

use air_ids::UnixTime;

use super::rule::Rule;
use crate::Error;

/// The state of an offer that an issuer keeps. Each transition returns the next state, or refuses:
///
/// ```text
/// Offered ─ redeem ─▶ Redeemed ─ issue ─▶ Issued ─ issue ─▶ Issued
///    │ ▲                 │                  │
///    │ └ refuse_code     └───── renew ──────┘ (the same state with another token)
///    ├─ refuse_code, the last attempt ─▶ Void
///    └─ time ─▶ Expired ◀─ time ─ Redeemed
/// ```
///
/// The caller keeps the codes and tokens themselves as hashes, and stores each state in the
/// transaction of the step that leads to it.
///
/// ```
/// use air_oid4vc::{UnixTime, vci::OfferSession};
///
/// # fn main() -> Result<(), air_oid4vc::Error> {
/// let at = UnixTime::from_secs;
/// let offered = OfferSession::offer(at(1_000), 5);
/// let redeemed = offered.redeem(at(900), at(1_500))?;
/// assert!(redeemed.issue(at(1_400))?.is_token_valid(at(1_400)));
/// // A code is redeemed once.
/// assert!(redeemed.redeem(at(901), at(1_500)).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum OfferSession {
    /// The code can be exchanged.
    Offered {
        /// The end of the offer.
        expires_at: UnixTime,
        /// The number of wrong transaction codes that end it.
        attempts_left: u64,
    },
    /// Too many wrong transaction codes ended it.
    Void,
    /// The code was exchanged for an access token, and no credential was issued.
    Redeemed {
        /// The end of the token.
        token_expires_at: UnixTime,
    },
    /// Credentials were issued.
    Issued {
        /// The end of the token.
        token_expires_at: UnixTime,
    },
    /// The offer or its token ended before a credential was issued.
    Expired,
}

impl OfferSession {
    /// A new offer.
    pub fn offer(expires_at: UnixTime, attempts: u64) -> Self {
        let attempts_left = attempts;
        Self::Offered {
            expires_at,
            attempts_left,
        }
        .checked()
    }

    fn checked(self) -> Self {
        match self {
            Self::Offered { attempts_left: 0, .. } => Self::Void,
            other => other,
        }
    }

    /// The state at a time: an offer and a token that was not used end by themselves.
    pub fn at(self, now: UnixTime) -> Self {
        match self {
            Self::Offered { expires_at, .. } if expires_at <= now => Self::Expired,
            Self::Redeemed { token_expires_at } if token_expires_at <= now => Self::Expired,
            other => other.checked(),
        }
    }

    /// Whether the code can be exchanged.
    #[must_use]
    pub fn is_open(self, now: UnixTime) -> bool {
        matches!(self.at(now), Self::Offered { .. })
    }

    /// Whether the access token is accepted.
    #[must_use]
    pub fn is_token_valid(self, now: UnixTime) -> bool {
        match self {
            Self::Redeemed { token_expires_at } | Self::Issued { token_expires_at } => now < token_expires_at,
            Self::Offered { .. } | Self::Void | Self::Expired => false,
        }
    }

    /// Counts a wrong transaction code. The last one ends the offer.
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::OfferEnded`].
    pub fn refuse_code(self, now: UnixTime) -> Result<Self, Error> {
        match self.at(now) {
            Self::Offered {
                expires_at,
                attempts_left,
            } => Ok(Self::offer(expires_at, attempts_left.saturating_sub(1))),
            Self::Void | Self::Redeemed { .. } | Self::Issued { .. } | Self::Expired => Err(ended()),
        }
    }

    /// Exchanges the code for an access token.
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::OfferEnded`]: the code was used, or the offer has ended.
    pub fn redeem(self, now: UnixTime, token_expires_at: UnixTime) -> Result<Self, Error> {
        match self.at(now) {
            Self::Offered { .. } => Ok(Self::Redeemed { token_expires_at }),
            Self::Void | Self::Redeemed { .. } | Self::Issued { .. } | Self::Expired => Err(ended()),
        }
    }

    /// Issues credentials for the access token.
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::TokenEnded`].
    pub fn issue(self, now: UnixTime) -> Result<Self, Error> {
        match self {
            Self::Redeemed { token_expires_at } | Self::Issued { token_expires_at }
                if now < token_expires_at =>
            {
                Ok(Self::Issued { token_expires_at })
            }
            Self::Offered { .. }
            | Self::Void
            | Self::Redeemed { .. }
            | Self::Issued { .. }
            | Self::Expired => Err(refused("access_token", Rule::TokenEnded)),
        }
    }

    /// Replaces the access token, also one that has ended, for a refresh token.
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::OfferEnded`].
    pub fn renew(self, token_expires_at: UnixTime) -> Result<Self, Error> {
        match self {
            Self::Redeemed { .. } => Ok(Self::Redeemed { token_expires_at }),
            Self::Issued { .. } => Ok(Self::Issued { token_expires_at }),
            Self::Offered { .. } | Self::Void | Self::Expired => Err(ended()),
        }
    }
}

fn ended() -> Error {
    refused("pre-authorized_code", Rule::OfferEnded)
}

fn refused(name: &str, rule: Rule) -> Error {
    Error::Issuance {
        place: format!("/{name}"),
        rule,
    }
}
