//! The public catalogue of published schemas and programs. Needs no token.

mod pages;
mod search;

use air_api::{
    ProgramId, SchemaId, VerificationProgramId,
    catalogue::{
        CatalogueProgram, CatalogueSchema, CatalogueSearch, CredentialDetails, Envelope, Listing, Page,
        SearchResults, SortBy, SortOrder,
    },
};
use futures_util::Stream;
use serde::de::{DeserializeOwned, IgnoredAny};

pub use self::search::Found;
use crate::{
    AirClient, Error,
    transport::{Call, Transport},
};

/// The public catalogue. See [`AirClient::catalogue`].
///
/// Lists can be read page by page with the calls ending in `_page`, or as a stream that requests
/// pages on demand and never holds more than one page in memory.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue<'c> {
    transport: &'c Transport,
}

impl AirClient {
    /// Returns the public catalogue.
    ///
    /// ```no_run
    /// use air_client::{AirClient, Environment, catalogue::everything};
    /// use futures_util::TryStreamExt;
    ///
    /// # async fn example() -> Result<(), air_client::Error> {
    /// let client = AirClient::builder(Environment::Sandbox).build()?;
    /// let mut schemas = std::pin::pin!(client.catalogue().schemas(everything()));
    /// while let Some(schema) = schemas.try_next().await? {
    ///     println!("{} {}", schema.schema_id, schema.title);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn catalogue(&self) -> Catalogue<'_> {
        Catalogue {
            transport: &self.transport,
        }
    }

    /// Checks whether an issuance program is in the platform's public catalogue, which contains only
    /// published programs.
    ///
    /// # Errors
    /// The call's own errors.
    pub async fn is_in_catalogue(&self, program: &ProgramId) -> Result<bool, Error> {
        let answer = self
            .transport
            .get(format!("v1/catalog/credentials/{program}"))
            .receive::<IgnoredAny>()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Returns a listing of all records in pages of maximum size, oldest first. Records that are published
/// meanwhile are appended and shift no others.
#[must_use]
pub fn everything() -> Listing {
    Listing {
        page: 1,
        limit: Listing::LIMIT,
        sort_by: SortBy::CreatedAt,
        sort_order: SortOrder::Asc,
    }
}

impl<'c> Catalogue<'c> {
    /// Fetches a page of the published schemas.
    ///
    /// # Errors
    /// [`Error::Rejected`] for page 0 or a limit that is not 1 to 100.
    pub async fn schemas_page(&self, listing: Listing) -> Result<Page<CatalogueSchema>, Error> {
        self.page("schemas", listing).await
    }

    /// Streams the published schemas, starting at the page of `listing`. [`everything`] lists all of them in
    /// a stable order. In other orders, records that are published meanwhile shift the others. Records that a
    /// page repeats from the previous page are skipped.
    ///
    /// # Errors
    /// The stream ends with an error if a page cannot be fetched.
    pub fn schemas(
        &self,
        listing: Listing,
    ) -> impl Stream<Item = Result<CatalogueSchema, Error>> + Send + use<'c> {
        let catalogue = *self;
        let page = move |page| async move { catalogue.schemas_page(Listing { page, ..listing }).await };
        pages::stream(listing.page, page, |schema| schema.schema_id.clone())
    }

    /// Fetches a published schema, with the programs that issue it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn schema(&self, id: &SchemaId) -> Result<CatalogueSchema, Error> {
        self.one(format!("schemas/{id}")).await
    }

    /// Fetches a published issuance program, which the catalogue calls a credential: its issuer, schema,
    /// attributes, and the verification programs that require it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; drafts are not in the catalogue.
    pub async fn credential(&self, id: &ProgramId) -> Result<CredentialDetails, Error> {
        self.one(format!("credentials/{id}")).await
    }

    /// Fetches a page of the verification programs.
    ///
    /// # Errors
    /// [`Error::Rejected`] for page 0 or a limit that is not 1 to 100.
    pub async fn programs_page(&self, listing: Listing) -> Result<Page<CatalogueProgram>, Error> {
        self.page("programs", listing).await
    }

    /// Streams the verification programs, as [`Self::schemas`] does.
    ///
    /// # Errors
    /// The stream ends with an error if a page cannot be fetched.
    pub fn programs(
        &self,
        listing: Listing,
    ) -> impl Stream<Item = Result<CatalogueProgram, Error>> + Send + use<'c> {
        let catalogue = *self;
        let page = move |page| async move { catalogue.programs_page(Listing { page, ..listing }).await };
        pages::stream(listing.page, page, |program| program.program_id.clone())
    }

    /// Fetches a verification program.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn program(&self, id: &VerificationProgramId) -> Result<CatalogueProgram, Error> {
        self.one(format!("programs/{id}")).await
    }

    /// Fetches a page of search results in each group: credentials, issuers, verification programs.
    ///
    /// # Errors
    /// [`Error::Rejected`] for words that are empty or longer than 200 characters, page 0, or a
    /// limit that is not 1 to 50.
    pub async fn search(&self, search: &CatalogueSearch) -> Result<SearchResults, Error> {
        let call = self.get("search").query("q", &search.q);
        let call = call
            .query("page", search.page.to_string())
            .query("limit", search.limit.to_string());
        unwrapped(call).await
    }

    /// Streams all search results, best first within each group.
    ///
    /// # Errors
    /// The stream ends with an error if a page cannot be fetched.
    pub fn find(&self, words: &str) -> impl Stream<Item = Result<Found, Error>> + Send + use<'c> {
        search::stream(*self, words.to_owned())
    }

    async fn page<T: DeserializeOwned>(&self, list: &str, listing: Listing) -> Result<Page<T>, Error> {
        let sort_order = match listing.sort_order {
            SortOrder::Asc => "ASC",
            SortOrder::Desc => "DESC",
        };
        let call = self
            .get(list)
            .query("page", listing.page.to_string())
            .query("limit", listing.limit.to_string())
            .query("sortBy", listing.sort_by.name())
            .query("sortOrder", sort_order);
        unwrapped(call).await
    }

    async fn one<T: DeserializeOwned>(&self, path: String) -> Result<T, Error> {
        unwrapped(self.get(&path)).await
    }

    fn get(self, path: &str) -> Call<'c> {
        self.transport.get(format!("v1/catalog/{path}"))
    }
}

/// Receives an envelope, and returns its content.
async fn unwrapped<T: DeserializeOwned>(call: Call<'_>) -> Result<T, Error> {
    let envelope: Envelope<T> = call.receive().await?;
    if envelope.code == Envelope::<T>::SUCCESS {
        Ok(envelope.data)
    } else {
        Err(Error::UnexpectedAnswer {
            reason: "the code of its envelope is not success",
            request_id: None,
        })
    }
}
