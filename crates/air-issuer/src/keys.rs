//! The opened keys: those that sign now, those that sign later, and the published set.

mod open;
mod readiness;
mod records;
mod schedule;
mod signer;
mod stay;

use air_ids::UnixTime;
use air_jwt::{Jwk, JwkSet};

pub(crate) use self::{
    open::{OpenKey, open},
    readiness::Readiness,
    records::{LiveKey, find_early, find_live, find_missing, record},
    schedule::{KeySchedule, ScheduledKey},
    signer::NamedSigner,
    stay::{Purpose, Stay, stay},
};
use crate::{
    Config, Error,
    config::{KeyConfig, is_another},
};

/// The keys of the service.
#[derive(Clone, Debug)]
pub(crate) struct SigningKeys {
    /// Sign Partner JWTs.
    pub(crate) tokens: KeySchedule,
    /// Sign credentials.
    pub(crate) credentials: KeySchedule,
    /// Sign status lists.
    pub(crate) status_lists: KeySchedule,
    /// The keys of credentials and status lists, and the further keys of the configuration.
    pub(crate) published: JwkSet,
}

impl SigningKeys {
    /// Opens all keys. A key that waits for its time is opened, too, so that its public half is published.
    pub(crate) async fn open(config: &Config, now: UnixTime) -> Result<Self, Error> {
        let tokens = open_all(&config.keys.tokens).await?;
        let credentials = open_all(&config.keys.credentials).await?;
        let status_lists = open_all(&config.keys.status_lists).await?;
        let signing = credentials.iter().chain(&status_lists);
        let published = publish(&config.keys.further, signing)?;
        check_withdrawn(config, &published)?;
        Ok(Self {
            tokens: KeySchedule::new(tokens, None, now)?,
            credentials: KeySchedule::new(credentials, config.kid_prefix(), now)?,
            status_lists: KeySchedule::new(status_lists, config.kid_prefix(), now)?,
            published,
        })
    }
}

async fn open_all(keys: &[KeyConfig]) -> Result<Vec<OpenKey>, Error> {
    let mut opened = Vec::with_capacity(keys.len());
    for key in keys {
        opened.push(open(key).await?);
    }
    Ok(opened)
}

/// The set to publish: the configured further keys, then those that sign now or later.
pub(crate) fn publish<'k>(
    further: &JwkSet,
    signing: impl Iterator<Item = &'k OpenKey>,
) -> Result<JwkSet, Error> {
    let mut keys: Vec<Jwk> = further.iter().cloned().collect();
    for key in signing {
        let known = keys.iter().find(|known| known.kid() == key.public.kid());
        match known {
            Some(known) if known.verifying_key() != key.public.verifying_key() => {
                let kid = key.public.kid();
                let reason = if is_another(further, &key.public) {
                    format!("another key is published under its id `{kid}`; correct the published set")
                } else {
                    format!("another key has its id `{kid}`; give each its own `kid`")
                };
                return Err(Error::key(&key.name, reason));
            }
            Some(_) => {}
            None => keys.push(key.public.clone()),
        }
    }
    JwkSet::new(keys).map_err(|error| Error::key("keys", error.to_string()))
}

/// Refuses a set that has a key which the configuration names as withdrawn: verifiers would still accept what it signed.
pub(crate) fn check_withdrawn(config: &Config, published: &JwkSet) -> Result<(), Error> {
    let mut withdrawn = config.keys.withdrawn.iter();
    match withdrawn.find(|kid| published.find(kid).is_some()) {
        None => Ok(()),
        Some(kid) => Err(Error::key(
            "keys.withdrawn",
            format!(
                "the key `{kid}` is still published; remove it from [keys] of issuer.toml and from the published set, or \
                 don't name it"
            ),
        )),
    }
}
