//! Signing lists: once for each change, again before they expire, and again when the next key signs.

use std::{future::pending, panic::resume_unwind, sync::Arc, time::Duration};

use air_ids::UnixTime;
use air_jwt::{Signer, SignerError};
use air_vc::status::{StatusBits, StatusList, StatusListOptions, StatusListToken};
use sha2::{Digest, Sha256};
use tokio::{sync::Mutex, task::JoinError};

use super::PATH;
use crate::{
    Clock, Error,
    config::{Config, StatusListConfig},
    keys::{KeySchedule, NamedSigner},
    request_context,
    store::{
        Store,
        status_lists::{self, Signed},
    },
};

/// The time after a failed signature in which there is no other attempt: anyone may request a list.
const PAUSE: Duration = Duration::from_secs(5);

/// Serves signed lists. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Publisher {
    store: Store,
    clock: Clock,
    keys: KeySchedule,
    issuer: String,
    base: String,
    config: StatusListConfig,
    /// The time of the last failed signature. One list is signed at a time, so that concurrent callers share a
    /// signature.
    failed_at: Arc<Mutex<Option<UnixTime>>>,
}

/// A signed list.
#[derive(Clone, Debug)]
pub(crate) struct SignedList {
    pub(crate) token: String,
    /// Seconds for which it may be cached.
    pub(crate) ttl: u64,
}

/// A list in the database.
#[derive(Debug)]
enum Found {
    Absent,
    /// Its statuses have changed, its signature ends soon, or another key signs now. The earlier list, if it shows the
    /// newest statuses and is valid.
    ToSign(Option<SignedList>),
    Current(SignedList),
}

impl SignedList {
    /// A tag that changes with the list.
    pub(crate) fn etag(&self) -> String {
        let digest = Sha256::digest(&self.token);
        let start: Vec<u8> = digest.iter().take(16).copied().collect();
        format!("\"{}\"", hex::encode(start))
    }
}

impl Publisher {
    pub(crate) fn new(
        config: &Config,
        lists: StatusListConfig,
        keys: KeySchedule,
        store: Store,
        clock: Clock,
    ) -> Self {
        Self {
            store,
            clock,
            keys,
            issuer: config.issuer(),
            base: config.origin.at(PATH),
            config: lists,
            failed_at: Arc::default(),
        }
    }

    /// The entries of each list.
    pub(crate) fn size(&self) -> u64 {
        self.config.size
    }

    /// The URI of a list.
    pub(crate) fn uri(&self, list: u64) -> String {
        format!("{}/{list}", self.base)
    }

    /// Returns a list that shows the newest statuses. `None` if there is no such list. A list that does is also
    /// returned while another caller or a key that is away leaves it unsigned.
    pub(crate) async fn get(&self, list: u64) -> Result<Option<SignedList>, Error> {
        let earlier = match self.find(list).await? {
            Found::Absent => return Ok(None),
            Found::Current(signed) => return Ok(Some(signed)),
            Found::ToSign(earlier) => earlier,
        };
        let mut failed_at = match self.failed_at.clone().try_lock_owned() {
            Ok(guard) => guard,
            Err(_) if earlier.is_some() => return Ok(earlier),
            Err(_) => self.failed_at.clone().lock_owned().await,
        };
        // Another caller may have signed it in the meantime.
        let earlier = match self.find(list).await? {
            Found::Absent => return Ok(None),
            Found::Current(signed) => return Ok(Some(signed)),
            Found::ToSign(earlier) => earlier,
        };
        if failed_at.is_some_and(|at| self.clock.now().abs_diff(at) < PAUSE) {
            return earlier.map(Some).ok_or_else(paused);
        }
        let publisher = self.clone();
        // The list is also stored if the caller disconnects: a caller can't cause one signature after the other.
        let signing = request_context::spawn(async move {
            let signed = publisher.sign(list).await;
            let has_failed = signed.as_ref().is_err_and(|error| error.signer().is_some());
            *failed_at = has_failed.then(|| publisher.clock.now());
            signed
        });
        let signed = match signing.await.map_err(JoinError::try_into_panic) {
            Ok(signed) => signed,
            Err(Ok(panic)) => resume_unwind(panic),
            // The runtime ends, and this call with it.
            Err(Err(_)) => pending().await,
        };
        match (signed, earlier) {
            (Err(error), Some(earlier)) if error.signer().is_some() => {
                tracing::warn!(%error, list, "the status list could not be signed; the earlier one is served");
                Ok(Some(earlier))
            }
            (signed, _) => signed,
        }
    }

    /// Signs each list that has changed.
    pub(crate) async fn publish_all(&self) -> Result<(), Error> {
        for list in status_lists::numbers(&self.store).await? {
            self.get(list).await?;
        }
        Ok(())
    }

    async fn find(&self, list: u64) -> Result<Found, Error> {
        let Some(publication) = status_lists::find_publication(&self.store, list).await? else {
            return Ok(Found::Absent);
        };
        let Some(signed) = publication.signed else {
            return Ok(Found::ToSign(None));
        };
        let now = self.clock.now();
        // It is signed again after half of its lifetime, so that a cached list does not expire.
        let renewal = signed.signed_at.saturating_add(self.config.lifetime / 2);
        let expires_at = signed.signed_at.saturating_add(self.config.lifetime);
        let is_by = |key: &NamedSigner| signed.kid.as_deref() == Some(key.kid().as_str());
        let is_by_signing_key = is_by(self.keys.signing(now));
        let is_by_known_key = self.keys.iter().any(|key| is_by(&key.signer));
        let list = SignedList {
            token: signed.token,
            ttl: self.config.ttl,
        };
        let cached_until = now.saturating_add(Duration::from_secs(self.config.ttl));
        Ok(if is_by_signing_key && now < renewal {
            Found::Current(list)
        } else if is_by_known_key && cached_until < expires_at {
            Found::ToSign(Some(list))
        } else {
            Found::ToSign(None)
        })
    }

    async fn sign(&self, list: u64) -> Result<Option<SignedList>, Error> {
        let Some((version, compressed)) = status_lists::find_statuses(&self.store, list).await? else {
            return Ok(None);
        };
        let statuses = StatusList::from_zlib(StatusBits::One, &compressed).map_err(|_| Error::Damaged {
            what: "the statuses of a list",
        })?;
        let now = self.clock.now();
        let signer = self.keys.signing(now);
        let options = StatusListOptions {
            issuer: Some(self.issuer.clone()),
            issued_at: now,
            expires_at: Some(now.saturating_add(self.config.lifetime)),
            ttl: Some(self.config.ttl),
            x5c: None,
        };
        let token = StatusListToken::sign_with(signer, &self.uri(list), &statuses, &options)
            .await
            .map_err(Error::Sign)?
            .into_string();
        let signed = Signed {
            token,
            signed_at: now,
            kid: Some(signer.kid().to_string()),
        };
        status_lists::set_signed(&self.store, list, version, &signed).await?;
        Ok(Some(SignedList {
            token: signed.token,
            ttl: self.config.ttl,
        }))
    }
}

/// The error of a list that is not signed yet, because the key failed to sign a moment ago.
fn paused() -> Error {
    let error = SignerError::new("the key failed to sign less than 5 s ago");
    Error::Sign(air_vc::Error::Signer(error))
}
