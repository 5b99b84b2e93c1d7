//! The keys in the database: those whose credentials are valid, and the time from which each was published.

use air_ids::UnixTime;
use air_jwt::{JwkSet, rotation::PUBLISH_LEAD_TIME};

use super::{KeySchedule, SigningKeys};
use crate::{
    Config, Error,
    clock::rfc3339,
    store::{Store, WriteTx, issuances, published_keys},
};

/// Serialises the starts of several instances.
const LOCK: &str = "published keys";

/// A key that signed credentials which are valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LiveKey {
    /// The bare id.
    pub(crate) kid: String,
    /// The end of the last credential.
    pub(crate) until: UnixTime,
}

/// A key that signs before verifiers, which cache the published set, have fetched it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EarlyKey {
    pub(crate) kid: String,
    /// The time from which all verifiers have it.
    pub(crate) known_from: UnixTime,
    /// Whether it signs already.
    pub(crate) is_signing: bool,
}

/// Refuses a published set that lacks the key of a valid credential, and records the published keys.
pub(crate) async fn record(
    store: &Store,
    config: &Config,
    keys: &SigningKeys,
    now: UnixTime,
) -> Result<(), Error> {
    let mut tx = store.write().await?;
    tx.lock(LOCK).await?;
    let live = find_live(&mut tx, now).await?;
    if let Some(refusal) = find_missing(&mut tx, config, &keys.published, &live).await? {
        return Err(refusal);
    }
    for schedule in [&keys.credentials, &keys.status_lists] {
        for early in find_early(&mut tx, schedule, now).await? {
            tracing::warn!(
                kid = %early.kid,
                until = %rfc3339(early.known_from),
                "a new key signs before it was published for 15 minutes; verifiers that have cached the keys refuse it"
            );
        }
    }
    for key in &keys.published {
        published_keys::set(&mut tx, key.kid().as_str(), key.thumbprint().as_str(), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The keys whose credentials are valid.
pub(crate) async fn find_live(tx: &mut WriteTx, now: UnixTime) -> Result<Vec<LiveKey>, Error> {
    let live = issuances::find_keys(tx, now).await?;
    let live = live.into_iter().map(|(kid, until)| {
        let fragment = kid
            .split_once('#')
            .filter(|(did, _)| did.starts_with("did:"))
            .map(|(_, bare)| bare.to_owned());
        LiveKey {
            kid: fragment.unwrap_or(kid),
            until,
        }
    });
    Ok(live.collect())
}

/// The refusal of a published set that lacks the key of a valid credential.
pub(crate) async fn find_missing(
    tx: &mut WriteTx,
    config: &Config,
    published: &JwkSet,
    live: &[LiveKey],
) -> Result<Option<Error>, Error> {
    for LiveKey { kid, until } in live.iter().cloned() {
        let Some(known) = published.find(&kid) else {
            if config.keys.withdrawn.contains(&kid) {
                continue;
            }
            return Ok(Some(Error::KeyRemoved { kid, until }));
        };
        let earlier = published_keys::find(tx, &kid).await?;
        if earlier.is_some_and(|earlier| earlier.thumbprint != known.thumbprint().as_str()) {
            return Ok(Some(Error::KeyReplaced { kid, until }));
        }
    }
    Ok(None)
}

/// The keys that sign before verifiers have fetched them. Nobody had cached a set before the first start.
pub(crate) async fn find_early(
    tx: &mut WriteTx,
    schedule: &KeySchedule,
    now: UnixTime,
) -> Result<Vec<EarlyKey>, Error> {
    let mut early = Vec::new();
    let Some(first) = published_keys::first(tx).await? else {
        return Ok(early);
    };
    for key in schedule.iter() {
        let kid = key.public.kid().to_string();
        let earlier = published_keys::find(tx, &kid).await?;
        let published_at = earlier
            .filter(|earlier| earlier.thumbprint == key.public.thumbprint().as_str())
            .map_or(now, |earlier| earlier.published_at);
        let known_from = published_at.saturating_add(PUBLISH_LEAD_TIME);
        let is_retired = key.times.retire.is_some_and(|retire| retire <= now);
        let is_new = published_at > first && now < known_from;
        if is_new && key.times.sign < known_from && !is_retired {
            early.push(EarlyKey {
                kid,
                known_from,
                is_signing: key.times.sign <= now,
            });
        }
    }
    Ok(early)
}
