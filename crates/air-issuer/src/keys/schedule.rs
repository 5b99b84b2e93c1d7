//! The keys of one purpose on the timetable of `air_jwt::rotation`: each is published, signs, and retires when the
//! next one signs.

use std::{sync::Arc, time::Duration};

use air_ids::UnixTime;
use air_jwt::{Jwk, Kid, rotation::KeyTimes};

use super::{OpenKey, signer::NamedSigner};
use crate::{Error, clock::rfc3339};

/// The keys of one purpose. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct KeySchedule {
    /// In the order in which they sign; at least one.
    keys: Arc<[ScheduledKey]>,
}

/// A key and its times.
#[derive(Debug)]
pub(crate) struct ScheduledKey {
    pub(crate) signer: NamedSigner,
    pub(crate) public: Jwk,
    pub(crate) times: KeyTimes,
}

impl KeySchedule {
    /// Schedules keys that sign in this order. With a prefix, a token has it before the key's id in its header.
    pub(crate) fn new(opened: Vec<OpenKey>, prefix: Option<String>, now: UnixTime) -> Result<Self, Error> {
        let prefix = prefix.unwrap_or_default();
        let retirements: Vec<UnixTime> = opened.iter().skip(1).map(|next| next.signs_from).collect();
        let mut keys = Vec::with_capacity(opened.len());
        for (index, key) in opened.into_iter().enumerate() {
            if index == 0 && key.signs_from > now {
                let reason = format!(
                    "no key signs before {}; list the key that signs until then before it",
                    rfc3339(key.signs_from)
                );
                return Err(Error::key(&key.name, reason));
            }
            let kid: Kid = format!("{prefix}{}", key.public.kid()).parse().map_err(|_| {
                let reason = "with the DID its id is longer than 256 characters; choose a shorter `kid`";
                Error::key(&key.name, reason)
            })?;
            keys.push(ScheduledKey {
                times: KeyTimes {
                    kid: key.public.kid().clone(),
                    // It is published from the start on.
                    publish: UnixTime::EPOCH,
                    sign: key.signs_from,
                    retire: retirements.get(index).copied(),
                    remove: None,
                },
                signer: NamedSigner::new(key.signer, kid, key.limit),
                public: key.public,
            });
        }
        Ok(Self { keys: keys.into() })
    }

    /// The key that signs at this time.
    pub(crate) fn signing(&self, now: UnixTime) -> &NamedSigner {
        let signing = self.keys.iter().rev().find(|key| key.times.sign <= now);
        let key = signing.or_else(|| self.keys.first());
        &key.expect("a schedule has a key").signer
    }

    /// The keys in the order in which they sign.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ScheduledKey> {
        self.keys.iter()
    }

    /// The longest time of a signature.
    pub(crate) fn limit(&self) -> Duration {
        let limits = self.keys.iter().map(|key| key.signer.limit());
        limits.max().unwrap_or_default()
    }
}
