//! Streams search results.

use std::collections::{HashSet, VecDeque};

use air_api::catalogue::{
    CatalogueCredential, CatalogueIssuer, CatalogueProgram, CatalogueSearch, SearchResults,
};
use futures_util::{Stream, stream};

use super::Catalogue;
use crate::Error;

/// A search result.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Found {
    /// An issuance program.
    Credential(CatalogueCredential),
    /// An issuer.
    Issuer(CatalogueIssuer),
    /// A verification program.
    Program(CatalogueProgram),
}

impl Found {
    /// Returns the unique key of the result.
    fn key(&self) -> (u8, String) {
        match self {
            Self::Credential(credential) => (0, credential.credential_id.to_string()),
            Self::Issuer(issuer) => (1, issuer.issuer_id.to_string()),
            Self::Program(program) => (2, program.program_id.to_string()),
        }
    }
}

struct State {
    ready: VecDeque<Found>,
    before: HashSet<(u8, String)>,
    next: Option<CatalogueSearch>,
}

/// Streams results page by page: each page's credentials, then its issuers, then its programs.
pub(super) fn stream(
    catalogue: Catalogue<'_>,
    words: String,
) -> impl Stream<Item = Result<Found, Error>> + Send {
    let state = State {
        ready: VecDeque::new(),
        before: HashSet::new(),
        next: Some(CatalogueSearch {
            q: words,
            page: 1,
            limit: CatalogueSearch::LIMIT,
        }),
    };
    stream::try_unfold((state, catalogue), async |(mut state, catalogue)| {
        loop {
            if let Some(found) = state.ready.pop_front() {
                return Ok(Some((found, (state, catalogue))));
            }
            let Some(search) = state.next.take() else {
                return Ok(None);
            };
            let results = catalogue.search(&search).await?;
            state.take(search, results);
        }
    })
}

impl State {
    fn take(&mut self, search: CatalogueSearch, results: SearchResults) {
        let totals = [
            results.credentials.total,
            results.issuers.total,
            results.programs.total,
        ];
        let shown = u64::from(search.page) * u64::from(search.limit);
        let is_last = totals.iter().all(|total| *total <= shown);
        let credentials = results.credentials.items.into_iter().map(Found::Credential);
        let issuers = results.issuers.items.into_iter().map(Found::Issuer);
        let programs = results.programs.items.into_iter().map(Found::Program);
        let found: Vec<Found> = credentials.chain(issuers).chain(programs).collect();
        let next_page = search
            .page
            .checked_add(1)
            .filter(|_| !is_last && !found.is_empty());
        self.next = next_page.map(|page| CatalogueSearch { page, ..search });
        let keys = found.iter().map(Found::key).collect();
        let before = std::mem::replace(&mut self.before, keys);
        let new = found.into_iter();
        self.ready = new.filter(|found| !before.contains(&found.key())).collect();
    }
}
