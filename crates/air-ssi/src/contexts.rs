//! The JSON-LD contexts that credentials may name.

use std::{collections::BTreeMap, fmt};

use air_schema::{CredentialSchema, DocumentUris};
use serde_json::Value;
use ssi::json_ld::{
    CREDENTIALS_V2_CONTEXT, CREDENTIALS_V2_CONTEXT_DOCUMENT, LoadError, Loader, LoadingResult,
    RemoteDocument,
    iref::{Iri, IriBuf},
    syntax::{Parse, Value as Syntax},
};

use crate::Error;

/// The maximum size of a context in bytes.
const LIMIT: usize = 64 * 1024;
/// The maximum number of contexts of a credential.
const CONTEXTS_LIMIT: usize = 16;

/// The JSON-LD contexts that a credential may name, pinned in memory. Nothing is fetched: a credential
/// that names another context is refused.
///
/// # Security
/// A context decides which property a member of the JSON is, and the proof covers properties. Pin only
/// documents whose terms you know.
#[derive(Clone)]
pub struct Contexts {
    documents: BTreeMap<String, RemoteDocument>,
    inline: Vec<Value>,
}

impl Contexts {
    /// The context of W3C credentials 2.0.
    #[must_use]
    pub fn new() -> Self {
        let documents = BTreeMap::from([(
            CREDENTIALS_V2_CONTEXT.as_str().to_owned(),
            CREDENTIALS_V2_CONTEXT_DOCUMENT.clone(),
        )]);
        Self {
            documents,
            inline: Vec::new(),
        }
    }

    /// Pins the document at `url`.
    ///
    /// # Errors
    /// [`Error::InvalidContext`].
    pub fn with(mut self, url: &str, document: &Value) -> Result<Self, Error> {
        let text = document.to_string();
        if document.get("@context").is_none() || text.len() > LIMIT {
            return Err(Error::InvalidContext);
        }
        let iri = IriBuf::new(url.to_owned()).map_err(|_| Error::InvalidContext)?;
        let (parsed, _) = Syntax::parse_str(&text).map_err(|_| Error::InvalidContext)?;
        let media_type = "application/ld+json".parse().ok();
        let pinned = RemoteDocument::new(Some(iri), media_type, parsed);
        self.documents.insert(url.to_owned(), pinned);
        Ok(self)
    }

    /// Pins the context of a credential schema, at its URI.
    ///
    /// # Errors
    /// [`Error::InvalidContext`] if it is larger than 64 KiB.
    pub fn with_schema(self, schema: &CredentialSchema, uris: &DocumentUris) -> Result<Self, Error> {
        self.with(uris.json_ld_context(), &schema.to_json_ld_context(uris))
    }

    /// Accepts credentials that have this context inline, as an object. Other inline contexts are
    /// refused, because their author could give a signed property the name of another.
    #[must_use]
    pub fn with_inline(mut self, context: Value) -> Self {
        self.inline.push(context);
        self
    }

    /// Checks that each context of a document is pinned.
    pub(crate) fn check(&self, named: Option<&Value>) -> Result<(), Error> {
        let named = match named {
            Some(Value::Array(named)) => named.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        if named.len() > CONTEXTS_LIMIT {
            return Err(Error::TooLarge {
                what: "contexts",
                limit: CONTEXTS_LIMIT,
            });
        }
        let is_pinned = |context: &Value| match context {
            Value::String(url) => self.documents.contains_key(url),
            other => self.inline.contains(other),
        };
        if named.iter().all(is_pinned) {
            Ok(())
        } else {
            Err(Error::ContextNotPinned)
        }
    }
}

impl Default for Contexts {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Contexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.documents.keys()).finish()
    }
}

/// The context is not pinned.
#[derive(Debug, thiserror::Error)]
#[error("the context is not pinned")]
struct NotPinned;

impl Loader for Contexts {
    async fn load(&self, url: &Iri) -> LoadingResult {
        let pinned = self.documents.get(url.as_str());
        pinned
            .cloned()
            .ok_or_else(|| LoadError::new(url.to_owned(), NotPinned))
    }
}
