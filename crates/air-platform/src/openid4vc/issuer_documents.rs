//! Documents of issuers outside the platform: DID documents and status lists. Anyone can present a credential to an open request, so a
//! document is fetched at most once in a period, and concurrent presentations share the fetch.

use std::{sync::Arc, time::Duration};

use air_fetch::{Accept, Cache, CachedFor, FetchError, Fetcher, Loader};
use air_vc::did::{DocumentLoader, FetchFailure};
use url::Url;

/// The maximum length of a status list token in bytes.
pub(super) const STATUS_LIST_LIMIT: usize = 1024 * 1024;
/// The maximum length of a DID document in bytes, equal to that of its reader.
const DID_DOCUMENT_LIMIT: usize = 64 * 1024;
/// The maximum age of a document, even if its server allows more. A revocation or a withdrawn key counts after this time.
const MAXIMUM_AGE: Duration = Duration::from_mins(1);
/// The maximum number of cached documents of a kind.
const CAPACITY: usize = 64;

/// The cached documents.
#[derive(Clone, Debug)]
pub(crate) struct IssuerDocuments {
    dids: Cache<Vec<u8>, Source>,
    status_lists: Cache<Vec<u8>, Source>,
}

/// Fetches documents of one kind.
#[derive(Clone, Debug)]
struct Source {
    fetcher: Fetcher,
    accept: Accept,
    limit: usize,
}

/// Loads DID documents for a resolver.
#[derive(Debug)]
pub(super) struct DidDocuments<'a>(&'a IssuerDocuments);

impl IssuerDocuments {
    pub(crate) fn new(fetcher: &Fetcher) -> Self {
        let cache = |accept, limit| {
            let fetcher = fetcher.clone();
            Cache::with_capacity(
                Source {
                    fetcher,
                    accept,
                    limit,
                },
                CAPACITY,
            )
        };
        Self {
            dids: cache(Accept::DidDocument, DID_DOCUMENT_LIMIT),
            status_lists: cache(Accept::AnyStatusList, STATUS_LIST_LIMIT),
        }
    }

    pub(super) fn of_dids(&self) -> DidDocuments<'_> {
        DidDocuments(self)
    }

    /// Returns the token of a status list, a JWT or a CWT.
    pub(super) async fn status_list(&self, url: &str) -> Result<Arc<Vec<u8>>, FetchError> {
        self.status_lists.get(url).await
    }
}

impl Loader<Vec<u8>> for Source {
    async fn fetch(&self, url: String) -> Result<CachedFor<Vec<u8>>, FetchError> {
        let document = self.fetcher.get(&url, self.limit, self.accept).await?;
        let max_age = document.max_age.map_or(MAXIMUM_AGE, |age| age.min(MAXIMUM_AGE));
        Ok(CachedFor {
            value: document.json().to_vec(),
            max_age: Some(max_age),
        })
    }
}

/// The resolver checks the length again.
impl DocumentLoader for DidDocuments<'_> {
    async fn get(&self, url: &Url, _: usize) -> Result<Vec<u8>, FetchFailure> {
        let Self(documents) = self;
        let document = documents.dids.get(url.as_str()).await;
        document
            .map(|document| document.to_vec())
            .map_err(FetchFailure::new)
    }
}
