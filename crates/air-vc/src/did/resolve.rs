//! Resolving an issuer's name to its keys. The caller provides the documents.

use std::{error, fmt, future::Future};

use air_jwt::JwkSet;
use url::Url;

use super::{
    AirDid, Did, DidDocument, DidJwk, DidKey, DidWeb, IssuerMetadata, IssuerUrl, MetadataKeys, document,
    location, metadata,
};
use crate::Error;

/// The maximum size of a JWK set in bytes.
const JWKS_LIMIT: usize = 256 * 1024;

/// Fetches documents. The future may be awaited on any runtime.
///
/// An implementation returns the body of a response with status 200 to a GET, and otherwise an
/// error. It stops reading after `limit` bytes, has a deadline, and follows no redirect to another
/// host or from https to http, because the response is trusted for the URL's host. Where issuers'
/// names come from untrusted parties, it also rejects names that resolve to addresses of your own
/// network.
pub trait DocumentLoader: Sync {
    /// The document at `url`, at most `limit` bytes.
    ///
    /// # Errors
    /// When the document is not available or too large.
    fn get(&self, url: &Url, limit: usize) -> impl Future<Output = Result<Vec<u8>, FetchFailure>> + Send;
}

/// A loader without documents: for `did:key` and `did:jwk`, offline.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDocuments;

impl DocumentLoader for NoDocuments {
    async fn get(&self, _: &Url, _: usize) -> Result<Vec<u8>, FetchFailure> {
        Err(FetchFailure::new("this resolver fetches nothing"))
    }
}

/// The reason why a document was not fetched. `Display` omits the cause, which may contain secrets;
/// [`std::error::Error::source`] returns it.
#[derive(Debug)]
pub struct FetchFailure(Box<dyn error::Error + Send + Sync>);

impl FetchFailure {
    /// Wraps the HTTP client's error.
    pub fn new(cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for FetchFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the document was not fetched")
    }
}

impl error::Error for FetchFailure {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&*self.0)
    }
}

/// No two failures are equal.
impl PartialEq for FetchFailure {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for FetchFailure {}

/// Finds documents of DIDs and keys of issuers. It caches nothing: cache its results for as long as
/// you accept that a withdrawn key remains usable.
///
/// # Security
/// It returns the keys of an issuer and does not decide whether to trust that issuer. Use it only
/// for issuers in your configuration.
#[derive(Clone, Debug)]
pub struct Resolver<D> {
    documents: D,
    development: bool,
}

impl<D: DocumentLoader> Resolver<D> {
    /// A resolver that fetches with `documents`, over https.
    #[must_use]
    pub fn new(documents: D) -> Self {
        Self {
            documents,
            development: false,
        }
    }

    /// Also accepts documents from this machine (`localhost`; for https issuers also 127.0.0.0/8
    /// and `::1`), over http. Use it for development, and never where issuers' names come from
    /// others.
    #[must_use]
    pub fn in_development(mut self) -> Self {
        self.development = true;
        self
    }

    /// The document of a DID: a `did:key` or `did:jwk` without a request, a `did:web` from its
    /// host.
    ///
    /// # Errors
    /// [`Error::UnresolvableDid`] for other methods, including `did:air`; otherwise the reason why
    /// the DID or its document was rejected.
    pub async fn resolve(&self, did: &Did) -> Result<DidDocument, Error> {
        match did.method() {
            "key" => Ok(DidKey::try_from(did.clone())?.document()),
            "jwk" => Ok(DidJwk::try_from(did.clone())?.document()),
            "web" => {
                let web = DidWeb::try_from(did.clone())?;
                let url = if self.development {
                    web.development_url()
                } else {
                    web.document_url().clone()
                };
                let json = self.fetch(&url, document::LIMIT).await?;
                DidDocument::from_slice(&json, did)
            }
            "air" => {
                // A typing error is more useful to report than the unsupported method.
                did.as_str().parse::<AirDid>()?;
                Err(Error::UnresolvableDid {
                    method: "air".to_owned(),
                })
            }
            other => Err(Error::UnresolvableDid {
                method: other.to_owned(),
            }),
        }
    }

    /// The keys with which the issuer `iss` signs credentials: those of its document, or for an
    /// https URL those of its metadata.
    ///
    /// # Errors
    /// [`Error::NoIssuerKeys`] when none is for ES256 or RS256; otherwise the reason why the
    /// issuer, its document or its metadata was rejected.
    pub async fn issuer_keys(&self, iss: &str) -> Result<JwkSet, Error> {
        let keys = if iss.starts_with("did:") {
            self.resolve(&iss.parse()?).await?.assertion_keys()
        } else {
            self.metadata_keys(&iss.parse()?).await?
        };
        if keys.iter().next().is_none() {
            return Err(Error::NoIssuerKeys);
        }
        Ok(keys)
    }

    async fn metadata_keys(&self, issuer: &IssuerUrl) -> Result<JwkSet, Error> {
        let json = self.fetch(&issuer.metadata_url(), metadata::LIMIT).await?;
        match IssuerMetadata::from_slice(&json, issuer)?.into_keys() {
            MetadataKeys::Inline(keys) => Ok(keys),
            MetadataKeys::At(url) => {
                let json = self.fetch(&url, JWKS_LIMIT).await?;
                JwkSet::from_slice(&json).map_err(Error::InvalidKey)
            }
        }
    }

    async fn fetch(&self, url: &Url, limit: usize) -> Result<Vec<u8>, Error> {
        if location::is_loopback(url) && !self.development {
            return Err(Error::LoopbackIssuer);
        }
        let document = self
            .documents
            .get(url, limit)
            .await
            .map_err(|failure| Error::Fetch {
                host: url.host_str().unwrap_or_default().to_owned(),
                failure,
            })?;
        if document.len() > limit {
            return Err(Error::DocumentTooLarge { limit });
        }
        Ok(document)
    }
}
