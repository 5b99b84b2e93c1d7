//! Loads the documents with issuers' keys for `air_vc`'s resolver.

use air_vc::did::{DocumentLoader, FetchFailure};
use url::Url;

use crate::{Accept, Fetcher};

/// `air_vc::did::Resolver::new(fetcher)` finds the keys of `did:web` issuers and of https issuers
/// with metadata.
impl DocumentLoader for Fetcher {
    async fn get(&self, url: &Url, limit: usize) -> Result<Vec<u8>, FetchFailure> {
        let fetched = Self::get(self, url.as_str(), limit, Accept::DidDocument).await;
        fetched
            .map(|document| document.json().to_vec())
            .map_err(FetchFailure::new)
    }
}
