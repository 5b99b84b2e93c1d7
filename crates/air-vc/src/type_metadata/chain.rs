//! A type with the types that it extends.

use super::{claim::ClaimMetadata, display::Display, document::TypeMetadata};
use crate::{ClaimPath, Error, Integrity};

/// The maximum number of documents: a type, the type that it extends, and so on.
const LIMIT: usize = 8;
/// The language if no text has the requested one.
const FALLBACK: &str = "en";

/// Collects the documents of a type and of the types that it extends. Each is checked against its
/// reference: the type, and the hash if there is one.
#[derive(Clone, Debug)]
pub struct TypeChain {
    next: Option<Reference>,
    /// The hash of the first document.
    integrity: Option<String>,
    documents: Vec<TypeMetadata>,
}

/// A reference to a document.
#[derive(Clone, Debug)]
struct Reference {
    vct: String,
    integrity: Option<String>,
}

impl TypeChain {
    /// The documents of the type of a credential: its `vct`, and its `vct#integrity` if it has one.
    #[must_use]
    pub fn new(vct: impl Into<String>, integrity: Option<&str>) -> Self {
        Self {
            next: Some(Reference {
                vct: vct.into(),
                integrity: integrity.map(str::to_owned),
            }),
            integrity: integrity.map(str::to_owned),
            documents: Vec::new(),
        }
    }

    /// The type whose document is needed next; `None` if no document is missing. A type that is an
    /// https URL has its document at this URL (section 5.3.1).
    #[must_use]
    pub fn missing_type(&self) -> Option<&str> {
        self.next.as_ref().map(|reference| reference.vct.as_str())
    }

    /// Adds the document of the type [`Self::missing_type`].
    ///
    /// # Errors
    /// [`Error::TypeIntegrity`] for a document with another hash than the reference has,
    /// [`Error::WrongTypeDocument`] for the document of another type, [`Error::TypeMetadata`] for a
    /// malformed document, for a type that extends itself, and for more than 8 documents.
    pub fn add(&mut self, document: &[u8]) -> Result<(), Error> {
        let Some(Reference { vct, integrity }) = &self.next else {
            return Err(refused("no type extends the type of this document"));
        };
        if integrity
            .as_deref()
            .is_some_and(|claimed| !Integrity::matches(claimed, document))
        {
            return Err(Error::TypeIntegrity { vct: vct.clone() });
        }
        let read = TypeMetadata::parse(document)?;
        if read.vct != *vct {
            return Err(Error::WrongTypeDocument { vct: vct.clone() });
        }
        let next = read.extends.clone().map(|vct| Reference {
            vct,
            integrity: read.extends_integrity.clone(),
        });
        self.documents.push(read);
        if let Some(next) = &next {
            if self.documents.iter().any(|known| known.vct == next.vct) {
                return Err(refused("a type extends itself, directly or through other types"));
            }
            if self.documents.len() == LIMIT {
                return Err(refused("the chain of extended types is longer than 7"));
            }
        }
        self.next = next;
        Ok(())
    }

    /// Joins the documents. A type inherits the claims of the type that it extends, and may override
    /// them (section 5.6.5).
    ///
    /// # Errors
    /// [`Error::TypeDocumentMissing`] if a document is missing, [`Error::TypeMetadata`] if a type
    /// overrides what it must not.
    pub fn finish(self) -> Result<CredentialType, Error> {
        if let Some(Reference { vct, .. }) = self.next {
            return Err(Error::TypeDocumentMissing { vct });
        }
        let mut joined = CredentialType {
            integrity: self.integrity,
            ..CredentialType::default()
        };
        for document in self.documents.into_iter().rev() {
            joined.extend(document)?;
        }
        Ok(joined)
    }
}

/// A type with its inherited names and claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialType {
    vct: String,
    integrity: Option<String>,
    name: Option<String>,
    display: Vec<Display>,
    claims: Vec<ClaimMetadata>,
}

impl CredentialType {
    /// The type: `vct` of the first document.
    #[must_use]
    pub fn vct(&self) -> &str {
        &self.vct
    }

    /// The hash that the first document was checked against (`vct#integrity`).
    pub(super) fn integrity(&self) -> Option<&str> {
        self.integrity.as_deref()
    }

    /// The name of the type for users, in this language if there is one: an exact tag, then the same
    /// language of another region, then English, then the first.
    #[must_use]
    pub fn display_name(&self, locale: &str) -> Option<&str> {
        best(&self.display, locale)
            .map(|display| display.name.as_str())
            .or(self.name.as_deref())
    }

    /// The label of a claim for users. The language is chosen as for [`Self::display_name`].
    #[must_use]
    pub fn label(&self, claim: &ClaimPath, locale: &str) -> Option<&str> {
        let metadata = self.claims.iter().find(|metadata| metadata.is_about(claim))?;
        best(&metadata.display, locale).map(|display| display.name.as_str())
    }

    /// The claims: those of the extended types first.
    #[must_use]
    pub fn claims(&self) -> &[ClaimMetadata] {
        &self.claims
    }

    /// Adds the metadata of a type that extends this one.
    fn extend(&mut self, child: TypeMetadata) -> Result<(), Error> {
        self.vct = child.vct;
        self.name = child.name.or(self.name.take());
        if !child.display.is_empty() {
            self.display = child.display;
        }
        for claim in child.claims {
            let known = self.claims.iter_mut().find(|known| known.path == claim.path);
            match known {
                Some(known) => *known = known.extended_by(&claim)?,
                None => self.claims.push(claim),
            }
        }
        Ok(())
    }
}

fn best<'d>(displays: &'d [Display], locale: &str) -> Option<&'d Display> {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let of_language = |wanted: &str| {
        let wanted = language(wanted);
        displays
            .iter()
            .find(move |display| language(&display.locale) == wanted)
    };
    displays
        .iter()
        .find(|display| display.locale.eq_ignore_ascii_case(locale))
        .or_else(|| of_language(locale))
        .or_else(|| of_language(FALLBACK))
        .or(displays.first())
}

fn refused(reason: &'static str) -> Error {
    Error::TypeMetadata { reason }
}
