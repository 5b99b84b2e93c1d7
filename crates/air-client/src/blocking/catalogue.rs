//! The blocking catalogue. Lists are iterators.

use std::{fmt, pin::Pin};

use air_api::{
    ProgramId, SchemaId, VerificationProgramId,
    catalogue::{
        CatalogueProgram, CatalogueSchema, CatalogueSearch, CredentialDetails, Listing, Page, SearchResults,
    },
};
use futures_util::{Stream, StreamExt};

use super::Client;
use crate::{Error, catalogue::Found};

/// The public catalogue. See [`Client::catalogue`].
#[derive(Clone, Copy, Debug)]
pub struct Catalogue<'c> {
    client: &'c Client,
    catalogue: crate::Catalogue<'c>,
}

type Pages<'c, T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send + 'c>>;

/// The records of a list. Requests each page on demand. Ends after the first error.
pub struct Records<'c, T> {
    client: &'c Client,
    stream: Option<Pages<'c, T>>,
}

impl<'c> Catalogue<'c> {
    pub(super) fn new(client: &'c Client) -> Self {
        Self {
            client,
            catalogue: client.client.catalogue(),
        }
    }

    /// Lists published schemas, as [`crate::Catalogue::schemas`] does.
    #[must_use]
    pub fn schemas(&self, listing: Listing) -> Records<'c, CatalogueSchema> {
        self.records(self.catalogue.schemas(listing))
    }

    /// Lists verification programs, as [`crate::Catalogue::programs`] does.
    #[must_use]
    pub fn programs(&self, listing: Listing) -> Records<'c, CatalogueProgram> {
        self.records(self.catalogue.programs(listing))
    }

    /// Searches, as [`crate::Catalogue::find`] does.
    #[must_use]
    pub fn find(&self, words: &str) -> Records<'c, Found> {
        self.records(self.catalogue.find(words))
    }

    fn records<T>(&self, stream: impl Stream<Item = Result<T, Error>> + Send + 'c) -> Records<'c, T> {
        Records {
            client: self.client,
            stream: Some(Box::pin(stream)),
        }
    }
}

/// Defines blocking versions of [`crate::Catalogue`]'s calls.
macro_rules! calls {
    ($(fn $name:ident($argument:ident: $kind:ty) -> $result:ty;)*) => {
        impl Catalogue<'_> {$(
            #[doc = concat!("Blocks on [`crate::Catalogue::", stringify!($name), "`].")]
            ///
            /// # Errors
            /// The call's own errors; [`Error::WithinRuntime`].
            pub fn $name(&self, $argument: $kind) -> Result<$result, Error> {
                self.client.wait(self.catalogue.$name($argument))
            }
        )*}
    };
}

calls! {
    fn schemas_page(listing: Listing) -> Page<CatalogueSchema>;
    fn schema(id: &SchemaId) -> CatalogueSchema;
    fn credential(id: &ProgramId) -> CredentialDetails;
    fn programs_page(listing: Listing) -> Page<CatalogueProgram>;
    fn program(id: &VerificationProgramId) -> CatalogueProgram;
    fn search(search: &CatalogueSearch) -> SearchResults;
}

impl<T> Iterator for Records<'_, T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.client.runtime.block_on(self.stream.as_mut()?.next());
        let next = next.unwrap_or_else(|error| Some(Err(error)));
        if !matches!(next, Some(Ok(_))) {
            self.stream = None;
        }
        next
    }
}

impl<T> fmt::Debug for Records<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").finish_non_exhaustive()
    }
}
