//! Signing lists: once for each change, and again before they expire.

use air_vc::status::{StatusBits, StatusList, StatusListOptions, StatusListToken};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::PATH;
use crate::{
    Clock, Error,
    config::{Config, NamedSigner, StatusListConfig},
    store::{Store, status_lists},
};

/// Serves signed lists.
#[derive(Debug)]
pub(crate) struct Publisher {
    store: Store,
    clock: Clock,
    signer: NamedSigner,
    issuer: String,
    base: String,
    config: StatusListConfig,
    /// One list is signed at a time, so that concurrent callers share a signature.
    signing: Mutex<()>,
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
    /// Its statuses have changed, or its signature ends soon.
    ToSign,
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
    pub(crate) fn new(config: &Config, lists: StatusListConfig, store: Store, clock: Clock) -> Self {
        Self {
            store,
            clock,
            signer: config.keys.status_lists.clone(),
            issuer: config.issuer(),
            base: config.origin.at(PATH),
            config: lists,
            signing: Mutex::default(),
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

    /// Returns a list that shows the newest statuses. `None` if there is no such list.
    pub(crate) async fn get(&self, list: u64) -> Result<Option<SignedList>, Error> {
        match self.find(list).await? {
            Found::Absent => return Ok(None),
            Found::Current(signed) => return Ok(Some(signed)),
            Found::ToSign => {}
        }
        let _signing = self.signing.lock().await;
        // Another caller may have signed it in the meantime.
        match self.find(list).await? {
            Found::Current(signed) => Ok(Some(signed)),
            Found::Absent | Found::ToSign => self.sign(list).await,
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
        // It is signed again after half of its lifetime, so that a cached list does not expire.
        let renewal = self.config.lifetime / 2;
        let now = self.clock.now();
        let signed = publication
            .signed
            .filter(|signed| now < signed.signed_at.saturating_add(renewal));
        Ok(signed.map_or(Found::ToSign, |signed| {
            Found::Current(SignedList {
                token: signed.token,
                ttl: self.config.ttl,
            })
        }))
    }

    async fn sign(&self, list: u64) -> Result<Option<SignedList>, Error> {
        let Some((version, compressed)) = status_lists::find_statuses(&self.store, list).await? else {
            return Ok(None);
        };
        let statuses = StatusList::from_zlib(StatusBits::One, &compressed).map_err(|_| Error::Damaged {
            what: "the statuses of a list",
        })?;
        let now = self.clock.now();
        let options = StatusListOptions {
            issuer: Some(self.issuer.clone()),
            issued_at: now,
            expires_at: Some(now.saturating_add(self.config.lifetime)),
            ttl: Some(self.config.ttl),
            x5c: None,
        };
        let token = StatusListToken::sign_with(&self.signer, &self.uri(list), &statuses, &options)
            .await
            .map_err(Error::Sign)?
            .into_string();
        status_lists::set_signed(&self.store, list, version, &token, now).await?;
        Ok(Some(SignedList {
            token,
            ttl: self.config.ttl,
        }))
    }
}
