//! Rotates keys without refused tokens. Each key is published, signs, retires and is removed, at
//! times that are fixed when the rotation begins.
//!
//! ```text
//!            now       + 15 min              + 15 min
//! old key    signs     │ retires             │ removed from the set
//! new key    published │ signs …             │
//! ```
//!
//! The platform caches a set for up to ten minutes, so a new key is published fifteen minutes
//! before it signs. A token is valid for fifteen minutes at most, so a retired key stays published
//! for as long.

use std::time::Duration;

use air_ids::UnixTime;
use serde::{Deserialize, Serialize};

use crate::{Error, Jwk, JwkSet, Kid, SigningKey};

/// How long a key is published before it signs. It is longer than the ten minutes for which a
/// platform caches a set.
pub const PUBLISH_LEAD_TIME: Duration = Duration::from_mins(15);
/// The time for which a retired key stays published: the maximum lifetime of a token.
pub const RETIREMENT_PERIOD: Duration = Duration::from_mins(15);

/// The times of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyTimes {
    /// The key's id.
    pub kid: Kid,
    /// The time from which the key is in the set.
    pub publish: UnixTime,
    /// The time from which the key signs.
    pub sign: UnixTime,
    /// The time from which the key no longer signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retire: Option<UnixTime>,
    /// The time from which the key is no longer in the set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove: Option<UnixTime>,
}

/// The phase of a key at a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The key is not yet in the set.
    Planned,
    /// The key is in the set and does not sign yet.
    Published,
    /// The key is in the set and signs.
    Signing,
    /// The key is in the set, to verify earlier tokens. It no longer signs.
    Retired,
    /// The key is no longer in the set.
    Removed,
}

impl Phase {
    /// The name in lower case, such as `published`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Retired => "retired",
            Self::Removed => "removed",
        }
    }

    /// Whether the key is in the set in this phase.
    #[must_use]
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Published | Self::Signing | Self::Retired)
    }
}

impl KeyTimes {
    /// The phase of the key at `now`.
    #[must_use]
    pub fn phase(&self, now: UnixTime) -> Phase {
        let has_come = |time: Option<UnixTime>| time.is_some_and(|time| time <= now);
        if has_come(self.remove) {
            Phase::Removed
        } else if has_come(self.retire) {
            Phase::Retired
        } else if self.sign <= now {
            Phase::Signing
        } else if self.publish <= now {
            Phase::Published
        } else {
            Phase::Planned
        }
    }

    fn check(&self) -> Result<(), Error> {
        let refuse = |reason| {
            Err(Error::RotationSchedule {
                kid: self.kid.to_string(),
                reason,
            })
        };
        if self.sign < self.publish {
            return refuse("it signs before it is published");
        }
        match (self.retire, self.remove) {
            (None, Some(_)) => refuse("it is removed without having retired"),
            (Some(retire), _) if retire < self.sign => refuse("it retires before it signs"),
            (Some(retire), Some(remove)) if remove < retire => refuse("it is removed before it retires"),
            _ => Ok(()),
        }
    }
}

/// The times of a partner's keys, oldest first. It serialises as a JSON array, and is checked when
/// it is deserialised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<KeyTimes>", into = "Vec<KeyTimes>")]
pub struct RotationSchedule(Vec<KeyTimes>);

impl RotationSchedule {
    /// Schedules the first key of a set. It signs at once, because nobody has cached a set without
    /// it.
    #[must_use]
    pub fn starting(kid: Kid, now: UnixTime) -> Self {
        Self(vec![KeyTimes {
            kid,
            publish: now,
            sign: now,
            retire: None,
            remove: None,
        }])
    }

    /// Replaces the signing key with `successor`, which is published now and signs after
    /// [`PUBLISH_LEAD_TIME`]. The old key retires at that time, and is removed
    /// [`RETIREMENT_PERIOD`] later.
    ///
    /// # Errors
    /// [`Error::RotationUnderWay`] while a key waits to sign; [`Error::DuplicateKid`] when the
    /// schedule has the id already; [`Error::NoSigningKey`] when no key signs at `now`.
    pub fn rotate(&mut self, successor: Kid, now: UnixTime) -> Result<(), Error> {
        if self.0.iter().any(|key| key.kid == successor) {
            return Err(Error::DuplicateKid {
                kid: successor.to_string(),
            });
        }
        if let Some(waiting) = self.0.iter().find(|key| key.sign > now) {
            return Err(Error::RotationUnderWay {
                kid: waiting.kid.to_string(),
                in_seconds: waiting.sign.saturating_duration_since(now).as_secs(),
            });
        }
        let sign = now.saturating_add(PUBLISH_LEAD_TIME);
        let current = self
            .0
            .iter_mut()
            .find(|key| key.phase(now) == Phase::Signing)
            .ok_or(Error::NoSigningKey { in_seconds: 0 })?;
        current.retire = Some(sign);
        current.remove = Some(sign.saturating_add(RETIREMENT_PERIOD));
        self.0.push(KeyTimes {
            kid: successor,
            publish: now,
            sign,
            retire: None,
            remove: None,
        });
        Ok(())
    }

    /// Replaces all keys with `successor` at once, because a key was compromised. The platform
    /// refuses tokens until it has fetched the set again; an accepted forgery would be worse.
    ///
    /// # Errors
    /// [`Error::DuplicateKid`] when the schedule has the id already.
    pub fn replace_compromised(&mut self, successor: Kid, now: UnixTime) -> Result<(), Error> {
        if self.0.iter().any(|key| key.kid == successor) {
            return Err(Error::DuplicateKid {
                kid: successor.to_string(),
            });
        }
        self.0.clear();
        *self = Self::starting(successor, now);
        Ok(())
    }

    /// Deletes the keys that are removed at `now`, and returns their ids: their private halves may
    /// be destroyed.
    pub fn prune(&mut self, now: UnixTime) -> Vec<Kid> {
        let (removed, kept) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|key| key.phase(now) == Phase::Removed);
        self.0 = kept;
        let removed: Vec<KeyTimes> = removed;
        removed.into_iter().map(|key| key.kid).collect()
    }

    /// The key that signs at `now`.
    ///
    /// # Errors
    /// [`Error::NoSigningKey`] when no key signs at `now`.
    pub fn signing_kid(&self, now: UnixTime) -> Result<&Kid, Error> {
        self.0
            .iter()
            .find(|key| key.phase(now) == Phase::Signing)
            .map(|key| &key.kid)
            .ok_or_else(|| Error::NoSigningKey {
                in_seconds: self
                    .0
                    .iter()
                    .filter(|key| key.sign > now)
                    .map(|key| key.sign.saturating_duration_since(now).as_secs())
                    .min()
                    .unwrap_or_default(),
            })
    }

    /// The keys and their times, oldest first.
    #[must_use]
    pub fn keys(&self) -> &[KeyTimes] {
        &self.0
    }
}

impl TryFrom<Vec<KeyTimes>> for RotationSchedule {
    type Error = Error;

    fn try_from(keys: Vec<KeyTimes>) -> Result<Self, Error> {
        for (index, key) in keys.iter().enumerate() {
            key.check()?;
            let earlier = keys.get(..index).unwrap_or_default();
            if earlier.iter().any(|other| other.kid == key.kid) {
                return Err(Error::DuplicateKid {
                    kid: key.kid.to_string(),
                });
            }
            let overlaps = |other: &KeyTimes| other.retire.is_none_or(|retire| retire > key.sign);
            if earlier.iter().any(overlaps) {
                return Err(Error::RotationSchedule {
                    kid: key.kid.to_string(),
                    reason: "it signs while an earlier key still signs",
                });
            }
        }
        Ok(Self(keys))
    }
}

impl From<RotationSchedule> for Vec<KeyTimes> {
    fn from(timetable: RotationSchedule) -> Self {
        timetable.0
    }
}

/// A partner's private keys with their schedule. It returns a private key for signing only while
/// the key is published.
#[derive(Debug)]
pub struct KeyRing {
    timetable: RotationSchedule,
    keys: Vec<SigningKey>,
}

impl KeyRing {
    /// Combines a schedule and its keys.
    ///
    /// # Errors
    /// [`Error::MissingPrivateKey`] when a key of the schedule is missing.
    pub fn new(
        timetable: RotationSchedule,
        keys: impl IntoIterator<Item = SigningKey>,
    ) -> Result<Self, Error> {
        let keys: Vec<SigningKey> = keys.into_iter().collect();
        for planned in timetable.keys() {
            if !keys.iter().any(|key| *key.kid() == planned.kid) {
                return Err(Error::MissingPrivateKey {
                    kid: planned.kid.to_string(),
                });
            }
        }
        Ok(Self { timetable, keys })
    }

    /// The key that signs at `now`.
    ///
    /// # Errors
    /// [`Error::NoSigningKey`] when no key signs at `now`.
    pub fn signing_key(&self, now: UnixTime) -> Result<&SigningKey, Error> {
        let kid = self.timetable.signing_kid(now)?;
        self.find(kid)
            .ok_or_else(|| Error::MissingPrivateKey { kid: kid.to_string() })
    }

    /// The set to publish at `now`.
    #[must_use]
    pub fn jwk_set(&self, now: UnixTime) -> JwkSet {
        let published = self
            .timetable
            .keys()
            .iter()
            .filter(|key| key.phase(now).is_published())
            .filter_map(|key| self.find(&key.kid))
            .map(SigningKey::public_jwk);
        JwkSet::new(published).expect("a timetable names each key once")
    }

    /// The public halves of all keys, published or not. Do not publish this list: use
    /// [`Self::jwk_set`].
    pub fn public_keys(&self) -> impl Iterator<Item = Jwk> {
        self.keys.iter().map(SigningKey::public_jwk)
    }

    /// The schedule of the keys.
    #[must_use]
    pub fn timetable(&self) -> &RotationSchedule {
        &self.timetable
    }

    fn find(&self, kid: &Kid) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.kid() == kid)
    }
}
