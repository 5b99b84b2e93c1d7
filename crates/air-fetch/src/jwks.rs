//! Fetches the JWK sets (RFC 7517, 5) of partners and issuers.

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::{JwkSet, Kid, PrivateMembers, SkippedKey};

use crate::{Accept, Document, DocumentLoader, FetchError, Fetcher, fetcher::LeakedKeys};

/// The maximum size of a set in bytes.
const LIMIT: usize = 256 * 1024;
const UNREADABLE: FetchError = FetchError::Unreadable {
    expected: "a JWK set (a JSON object with an array `keys`)",
};

/// A set as the server sent it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fetched {
    /// The keys that verify tokens.
    pub set: JwkSet,
    /// The skipped keys.
    pub skipped: Vec<SkippedKey>,
    /// The server's time (`Date`).
    pub date: Option<UnixTime>,
    /// The time for which the set may be cached (`Cache-Control`).
    pub max_age: Option<Duration>,
}

impl Fetcher {
    /// Fetches the set at `url`, at most 256 KiB.
    ///
    /// # Errors
    /// [`FetchError`]; [`FetchError::Unreadable`] if the response is not a JWK set.
    pub async fn jwks(&self, url: &str) -> Result<Fetched, FetchError> {
        let document = self.get(url, LIMIT, Accept::JwkSet).await?;
        let set = read(&document, self.leaked_keys)?;
        Ok(Fetched {
            skipped: set.skipped().to_vec(),
            set,
            date: document.date,
            max_age: document.max_age,
        })
    }
}

impl DocumentLoader<JwkSet> {
    /// Loads sets of at most 256 KiB, for a [`Cache`](crate::Cache).
    #[must_use]
    pub fn jwk_sets(fetcher: Fetcher) -> Self {
        let leaked_keys = fetcher.leaked_keys;
        Self::new(fetcher, Accept::JwkSet, LIMIT, move |document| {
            read(document, leaked_keys)
        })
    }
}

fn read(document: &Document, leaked_keys: LeakedKeys) -> Result<JwkSet, FetchError> {
    let private = match leaked_keys {
        LeakedKeys::UsedFromLoopback if document.is_from_loopback() => PrivateMembers::Drop,
        _ => PrivateMembers::SkipKey,
    };
    let set = JwkSet::parse_with(document.json(), private).map_err(|_| UNREADABLE)?;
    if !set.leaked().is_empty() {
        let kids: Vec<&str> = set.leaked().iter().map(Kid::as_str).collect();
        tracing::warn!(
            url = document.redacted_url(),
            ?kids,
            "a JWK set publishes PRIVATE keys; they are used on this machine only: replace them, and publish the public halves"
        );
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn served_by(url: &str, json: &str) -> Document {
        Document::new(url.parse().unwrap(), &HeaderMap::new(), json.as_bytes().to_vec())
    }

    #[test]
    fn a_leaked_key_is_used_from_this_machine_only_and_only_where_that_was_chosen() {
        let json = include_str!("../tests/cases/jwks_private.json");
        let used = |url, leaked_keys| {
            let set = read(&served_by(url, json), leaked_keys).unwrap();
            assert_eq!(set.leaked().len() + set.skipped().len(), 1, "{url}");
            !set.leaked().is_empty()
        };
        for url in [
            "http://localhost:3000/jwks.json",
            "http://127.0.0.1:1/",
            "http://[::1]:1/",
            "https://app.localhost/",
        ] {
            assert!(used(url, LeakedKeys::UsedFromLoopback), "{url}");
            assert!(!used(url, LeakedKeys::Skipped), "{url}");
        }
        for url in [
            "https://partner.example/jwks.json",
            "https://127.0.0.1.example/",
            "https://localhost.example/",
            "https://10.0.0.1/",
            "https://0.0.0.0/",
        ] {
            assert!(!used(url, LeakedKeys::UsedFromLoopback), "{url}");
        }
    }

    #[test]
    fn a_byte_order_mark_before_json_is_ignored() {
        let document = served_by("https://partner.example/", "\u{feff}{\"keys\":[]}");
        assert_eq!(document.json(), br#"{"keys":[]}"#);
        assert!(read(&document, LeakedKeys::Skipped).is_ok());
    }
}
