//! Documents of one kind: how they are asked for, how much of one is read, and what it becomes.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use crate::{Accept, Document, FetchError, Fetcher};

/// A value, and for how long its server says that it may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedFor<T> {
    /// What the document says.
    pub value: T,
    /// For how long it may be kept (`Cache-Control`).
    pub max_age: Option<Duration>,
}

/// Where a [`Cache`](crate::Cache) has its values from: [`DocumentLoader`], or a test.
pub trait Loader<T>: Clone + Send + 'static {
    /// Fetches the value at `url`, with a deadline of its own.
    fn fetch(&self, url: String) -> impl Future<Output = Result<CachedFor<T>, FetchError>> + Send;
}

/// Documents of one kind, fetched and read.
pub struct DocumentLoader<T> {
    fetcher: Fetcher,
    accept: Accept,
    limit: usize,
    read: Arc<Read<T>>,
}

type Read<T> = dyn Fn(&Document) -> Result<T, FetchError> + Send + Sync;

impl<T> DocumentLoader<T> {
    /// Documents of at most `limit` bytes that `read` understands; [`FetchError::Unreadable`] is its answer to others.
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

/// Whatever `T` is.
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
