//! `did:ion`, by a node that the caller chooses.

use std::fmt;

use air_vc::did::{Did, DidDocument, DocumentLoader};
use serde_json::{Map, Value};
use url::Url;

use crate::Error;

/// The maximum size of an answer in bytes: a document of 64 KiB with its metadata.
const LIMIT: usize = 128 * 1024;

/// A node of ION, which resolves `did:ion` by the Sidetree REST API (`GET /identifiers/{did}`). The loader
/// fetches the answer with its limits: `air_fetch::Fetcher`, for example.
///
/// # Security
/// The node is trusted: it says which keys a DID has, and nothing compares that with the chain. Use your
/// own node, or one of a party that you trust as much as the issuers.
pub struct IonNode<D> {
    endpoint: Url,
    documents: D,
}

impl<D: DocumentLoader> IonNode<D> {
    /// The node at this URL, such as `https://ion.example/`.
    ///
    /// # Errors
    /// [`Error::InvalidNode`] unless it is an https URL of scheme, host, port and path.
    pub fn new(endpoint: &str, documents: D) -> Result<Self, Error> {
        let endpoint: Url = endpoint.parse().map_err(|_| Error::InvalidNode)?;
        let has_user = !endpoint.username().is_empty() || endpoint.password().is_some();
        let has_more = endpoint.query().is_some() || endpoint.fragment().is_some();
        if endpoint.scheme() != "https" || has_user || has_more {
            return Err(Error::InvalidNode);
        }
        Ok(Self { endpoint, documents })
    }

    /// The document of a `did:ion`.
    ///
    /// # Errors
    /// [`Error::Credential`] with the reason if the DID has another method, if the answer is not fetched or
    /// refused, if it is the document of another DID, or if the DID is deactivated.
    pub async fn resolve(&self, did: &Did) -> Result<DidDocument, Error> {
        if did.method() != "ion" {
            return Err(Error::Credential(air_vc::Error::UnresolvableDid {
                method: did.method().to_owned(),
            }));
        }
        let answer = self
            .documents
            .get(&self.url(did)?, LIMIT)
            .await
            .map_err(|failure| air_vc::Error::Fetch {
                host: self.endpoint.host_str().unwrap_or_default().to_owned(),
                failure,
            })?;
        if answer.len() > LIMIT {
            return Err(Error::Credential(air_vc::Error::DocumentTooLarge {
                limit: LIMIT,
            }));
        }
        document(&answer, did)
    }

    fn url(&self, did: &Did) -> Result<Url, Error> {
        let mut url = self.endpoint.clone();
        url.path_segments_mut()
            .map_err(|()| Error::InvalidNode)?
            .pop_if_empty()
            .extend(["identifiers", did.as_str()]);
        Ok(url)
    }
}

impl<D> fmt::Debug for IonNode<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IonNode")
            .field("endpoint", &self.endpoint.as_str())
            .finish_non_exhaustive()
    }
}

/// Reads a DID resolution result, or a document without metadata.
fn document(answer: &[u8], did: &Did) -> Result<DidDocument, Error> {
    let refused = |reason| Error::Credential(air_vc::Error::DidDocument { reason });
    let mut members: Map<String, Value> =
        air_json::read_object(answer).map_err(|_| refused("the node's answer is not a JSON object"))?;
    let metadata = members.remove("didDocumentMetadata").unwrap_or_default();
    if metadata
        .get("deactivated")
        .is_some_and(|is_deactivated| is_deactivated != false)
    {
        return Err(refused("the DID is deactivated"));
    }
    let document = members
        .remove("didDocument")
        .unwrap_or_else(|| Value::Object(members));
    Ok(DidDocument::from_slice(document.to_string().as_bytes(), did)?)
}
