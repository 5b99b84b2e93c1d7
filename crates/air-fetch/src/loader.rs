//! Loads documents of one kind: their media type, their size limit and their parser.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use crate::{Accept, Document, FetchError, Fetcher};

/// A value, and how long it may be cached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedFor<T> {
    /// The parsed document.
    pub value: T,
    /// The server's limit (`Cache-Control`).
    pub max_age: Option<Duration>,
}

/// A source of values for a [`Cache`](crate::Cache): [`DocumentLoader`], or a fake in a test.
pub trait Loader<T>: Clone + Send + 'static {
    /// Fetches the value at `url`. The implementation must set a deadline.
    fn fetch(&self, url: String) -> impl Future<Output = Result<CachedFor<T>, FetchError>> + Send;
}

/// Fetches and parses documents of one kind.
pub struct DocumentLoader<T> {
    fetcher: Fetcher,
    accept: Accept,
    limit: usize,
    read: Arc<Read<T>>,
}

type Read<T> = dyn Fn(&Document) -> Result<T, FetchError> + Send + Sync;

impl<T> DocumentLoader<T> {
    /// Creates a loader of documents of at most `limit` bytes. `read` parses a document, and fails with
    /// [`FetchError::Unreadable`] if the document is invalid.
    pub fn new(
        fetcher: Fetcher,
        accept: Accept,
        limit: usize,
        read: impl Fn(&Document) -> Result<T, FetchError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            fetcher,
            accept,
            limit,
            read: Arc::new(read),
        }
    }
}

impl<T: Send + 'static> Loader<T> for DocumentLoader<T> {
    async fn fetch(&self, url: String) -> Result<CachedFor<T>, FetchError> {
        let document = self.fetcher.get(&url, self.limit, self.accept).await?;
        Ok(CachedFor {
            value: (self.read)(&document)?,
            max_age: document.max_age,
        })
    }
}

/// A derived implementation would require `T: Clone`.
impl<T> Clone for DocumentLoader<T> {
    fn clone(&self) -> Self {
        Self {
            fetcher: self.fetcher.clone(),
            accept: self.accept,
            limit: self.limit,
            read: Arc::clone(&self.read),
        }
    }
}

impl<T> fmt::Debug for DocumentLoader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentLoader")
            .field("fetcher", &self.fetcher)
            .field("accept", &self.accept)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
