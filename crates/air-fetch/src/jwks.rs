//! JWK sets (RFC 7517, 5): what partners and issuers publish.

use std::time::Duration;

use air_jwt::{JwkSet, SkippedKey};

use crate::{Accept, Document, Documents, FetchError, Fetcher};

/// The most that is read of a set.
const LIMIT: usize = 256 * 1024;
const UNREADABLE: FetchError = FetchError::Unreadable {
    expected: "a JWK set (a JSON object with an array `keys`)",
};

/// A set as it was served.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fetched {
    /// The keys that tokens are verified with.
    pub set: JwkSet,
    /// The others.
    pub skipped: Vec<SkippedKey>,
    /// The server's clock when it answered (`Date`), in seconds since 1970.
    pub date: Option<u64>,
    /// For how long the answer says that it may be kept (`Cache-Control`).
    pub max_age: Option<Duration>,
}

impl Fetcher {
    /// Fetches the set at `url`, at most 256 KiB.
    ///
    /// # Errors
    /// [`FetchError`]; [`FetchError::Unreadable`] when the answer is no set.
    pub async fn jwks(&self, url: &str) -> Result<Fetched, FetchError> {
        let document = self.get(url, LIMIT, Accept::JwkSet).await?;
        let (set, skipped) = JwkSet::read(&document.bytes).map_err(|_| UNREADABLE)?;
        Ok(Fetched {
            set,
            skipped,
            date: document.date,
            max_age: document.max_age,
        })
    }
}

impl Documents<JwkSet> {
    /// Sets of at most 256 KiB, for a [`Cache`](crate::Cache).
    #[must_use]
    pub fn jwk_sets(fetcher: Fetcher) -> Self {
        let read = |document: &Document| JwkSet::from_slice(&document.bytes).map_err(|_| UNREADABLE);
        Self::new(fetcher, Accept::JwkSet, LIMIT, read)
    }
}
