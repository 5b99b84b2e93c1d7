//! Epochs: spans of time for each of which an issuer confirms that a credential is not revoked.

use std::{fmt, time::Duration};

use air_ids::{IssuerDid, UnixTime};
use ark_bls12_381::Bls12_381;
use bbs_plus::prelude::Signature23G1;

use crate::{
    Error,
    generators::Basis,
    hash::Fields,
    key::IssuerPublicKey,
    wire::{Reader, Writer},
};

const API: &str = "AIR_ZK_V1_EPOCH_";
const MINIMUM: Duration = Duration::from_mins(1);
const MAXIMUM: Duration = Duration::from_hours(24 * 31);
/// How far the clocks of issuer, holder and verifier may differ.
const SKEW: Duration = Duration::from_mins(1);

/// The length of an issuer's epochs, which start at 1970-01-01T00:00:00Z. So all holders have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochSchedule(u64);

impl EpochSchedule {
    /// Epochs of a length from one minute to 31 days. A revoked credential verifies until the end of its last
    /// token's epoch.
    ///
    /// # Errors
    /// [`Error::Size`] for another length.
    pub fn new(length: Duration) -> Result<Self, Error> {
        if (MINIMUM..=MAXIMUM).contains(&length) {
            return Ok(Self(length.as_secs()));
        }
        Err(Error::Size {
            field: "an epoch in seconds",
            length: length.as_secs(),
            minimum: MINIMUM.as_secs(),
            maximum: MAXIMUM.as_secs(),
        })
    }

    /// The epoch of a point in time.
    #[must_use]
    pub fn epoch_at(self, time: UnixTime) -> Epoch {
        Epoch(time.as_secs().checked_div(self.0).unwrap_or_default())
    }

    /// Whether a verifier accepts the epoch now: from a minute before its start to a minute after its end.
    pub(crate) fn accepts(self, epoch: Epoch, now: UnixTime) -> bool {
        let soon = self.epoch_at(now.saturating_add(SKEW));
        let recent = self.epoch_at(now.saturating_sub(SKEW));
        (recent..=soon).contains(&epoch)
    }
}

/// The number of an epoch since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub(crate) u64);

impl Epoch {
    /// The number.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// The epoch after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// An issuer's signature over a revocation nonce, valid in one epoch.
pub struct EpochToken {
    pub(crate) epoch: Epoch,
    pub(crate) signature: Signature23G1<Bls12_381>,
}

impl EpochToken {
    /// The epoch.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The token as 88 bytes, for the holder alone.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.number(self.epoch.0);
        writer.point(&self.signature.A);
        writer.scalar(&self.signature.e);
        writer.into_bytes()
    }

    /// Reads 88 bytes.
    ///
    /// # Errors
    /// [`Error::Token`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let read = || {
            let mut reader = Reader::new(bytes);
            let token = Self {
                epoch: Epoch(reader.number()?),
                signature: reader.signature()?,
            };
            reader.finish()?;
            Ok(token)
        };
        read().map_err(|_: Error| Error::Token)
    }
}

impl fmt::Debug for EpochToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EpochToken")
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

/// The basis of an epoch's tokens: one message, the revocation nonce.
pub(crate) fn basis(
    key: &IssuerPublicKey,
    issuer: &IssuerDid,
    schedule: EpochSchedule,
    epoch: Epoch,
) -> Basis {
    let header = Fields::new("air-zk epoch 1")
        .bytes(issuer.as_str().as_bytes())
        .number(schedule.0)
        .number(epoch.0)
        .into_bytes();
    Basis::new(API, key, 1, &header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_accepted_a_minute_around_its_span() {
        let schedule = EpochSchedule::new(Duration::from_hours(1)).unwrap();
        let epoch = schedule.epoch_at(UnixTime::from_secs(7200));
        assert_eq!(epoch.number(), 2);
        for (now, accepted) in [
            (7139, false),
            (7140, true),
            (7200, true),
            (10_799, true),
            (10_859, true),
            (10_860, false),
        ] {
            assert_eq!(
                schedule.accepts(epoch, UnixTime::from_secs(now)),
                accepted,
                "{now}"
            );
        }
        assert!(!schedule.accepts(Epoch(u64::MAX), UnixTime::from_secs(u64::MAX)));
    }

    #[test]
    fn lengths_have_limits() {
        for (seconds, valid) in [(59, false), (60, true), (2_678_400, true), (2_678_401, false)] {
            let length = Duration::from_secs(seconds);
            assert_eq!(EpochSchedule::new(length).is_ok(), valid, "{seconds}");
        }
    }
}
