//! The choice of a wallet's credentials for a query (OpenID4VP 1.0, section 6.4).

use super::{
    credential::Credential,
    query::{CredentialSet, Query},
    select::{ClaimSelection, Mismatch, Side, select},
};
use crate::Error;

/// A query beside the credentials of a wallet.
#[derive(Clone, Debug)]
pub struct Matches<'q> {
    query: &'q Query,
    /// For each Credential Query, the result for each credential.
    results: Vec<Vec<Result<Match, Mismatch>>>,
}

/// A credential that matches a Credential Query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The index of the credential in the wallet's list.
    pub credential: usize,
    /// The claims to disclose, by preference of the verifier. A wallet presents the first
    /// (section 6.4.1).
    pub selections: Vec<ClaimSelection>,
}

/// Whether a plan answers credential sets that are not required.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OptionalSets {
    /// Required sets only, which reveals least.
    #[default]
    Omit,
    /// Every set that the wallet can satisfy.
    Include,
}

/// The presentations that satisfy a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// One for each credential, in the order of the Credential Queries.
    pub presentations: Vec<Planned>,
}

/// One presentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The `id` of the Credential Query, which is the member of `vp_token`.
    pub query: String,
    /// The index of the credential in the wallet's list.
    pub credential: usize,
    /// The claims to disclose.
    pub selection: ClaimSelection,
    /// Whether the verifier requires a proof of holder binding.
    pub holder_binding: bool,
}

impl Query {
    /// Matches the query with the credentials of a wallet.
    #[must_use]
    pub fn matches(&self, credentials: &[Credential<'_>]) -> Matches<'_> {
        let results = self.credentials.iter().map(|query| {
            let candidates = credentials.iter().enumerate();
            let matched = candidates.map(|(credential, candidate)| {
                select(query, candidate, Side::Wallet).map(|selections| Match {
                    credential,
                    selections,
                })
            });
            matched.collect()
        });
        Matches {
            query: self,
            results: results.collect(),
        }
    }
}

impl Matches<'_> {
    /// The credentials that match the Credential Query with this id.
    pub fn of(&self, id: &str) -> impl Iterator<Item = &Match> {
        self.results_of(id)
            .iter()
            .filter_map(|result| result.as_ref().ok())
    }

    /// The reasons why the other credentials do not match the Credential Query with this id, beside
    /// their index.
    pub fn mismatches(&self, id: &str) -> impl Iterator<Item = (usize, &Mismatch)> {
        let results = self.results_of(id).iter().enumerate();
        results.filter_map(|(credential, result)| Some((credential, result.as_ref().err()?)))
    }

    fn results_of(&self, id: &str) -> &[Result<Match, Mismatch>] {
        let position = self.query.credentials.iter().position(|query| query.id == id);
        position
            .and_then(|position| self.results.get(position))
            .map_or(&[], Vec::as_slice)
    }

    /// Whether the wallet can answer the query.
    #[must_use]
    pub fn is_satisfiable(&self) -> bool {
        self.unsatisfied().is_none()
    }

    /// The options of a credential set that the wallet can satisfy, as indices of
    /// [`CredentialSet::options`].
    pub fn options<'s>(&'s self, set: &'s CredentialSet) -> impl Iterator<Item = usize> + 's {
        let options = set.options.iter().enumerate();
        options
            .filter_map(|(index, option)| option.iter().all(|query| self.has_match(*query)).then_some(index))
    }

    fn has_match(&self, query: usize) -> bool {
        self.results
            .get(query)
            .is_some_and(|results| results.iter().any(Result::is_ok))
    }

    fn unsatisfied(&self) -> Option<Error> {
        if self.query.sets.is_empty() {
            let mut queries = self.query.credentials.iter().enumerate();
            return queries
                .find(|(index, _)| !self.has_match(*index))
                .map(|(_, query)| Error::NoMatch {
                    query: query.id.clone(),
                });
        }
        let mut sets = self.query.sets.iter().enumerate();
        sets.find(|(_, set)| set.required && self.options(set).next().is_none())
            .map(|(set, _)| Error::NoOption { set })
    }

    /// The presentations that satisfy the query: for each Credential Query the first credential that
    /// matches (all of them if the query allows multiple), for each credential set the first option,
    /// and for each credential the preferred claim set.
    ///
    /// # Errors
    /// As [`Self::plan_with`].
    pub fn plan(&self, optional: OptionalSets) -> Result<Plan, Error> {
        self.plan_with(optional, |_, candidates| candidates.to_vec())
    }

    /// As [`Self::plan`], with the user's choice of credentials: `choose` gets the id of a Credential
    /// Query and its matches, and returns those to present. Of several, only the first is presented
    /// unless the query allows multiple.
    ///
    /// # Errors
    /// [`Error::NoMatch`] or [`Error::NoOption`] when the wallet must not return anything
    /// (section 6.4.2); [`Error::NoMatch`] when `choose` returns no credential for a query that must
    /// be answered.
    pub fn plan_with(
        &self,
        optional: OptionalSets,
        mut choose: impl FnMut(&str, &[Match]) -> Vec<Match>,
    ) -> Result<Plan, Error> {
        if let Some(error) = self.unsatisfied() {
            return Err(error);
        }
        let mut presentations = Vec::new();
        for index in self.queries_to_answer(optional) {
            let (Some(query), Some(results)) = (self.query.credentials.get(index), self.results.get(index))
            else {
                continue;
            };
            let candidates: Vec<Match> = results.iter().filter_map(|result| result.clone().ok()).collect();
            let mut chosen = choose(&query.id, &candidates);
            chosen.retain(|choice| candidates.contains(choice));
            if chosen.is_empty() {
                let query = query.id.clone();
                return Err(Error::NoMatch { query });
            }
            if !query.multiple {
                chosen.truncate(1);
            }
            presentations.extend(chosen.into_iter().filter_map(|choice| {
                Some(Planned {
                    query: query.id.clone(),
                    credential: choice.credential,
                    selection: choice.selections.into_iter().next()?,
                    holder_binding: query.holder_binding,
                })
            }));
        }
        Ok(Plan { presentations })
    }

    /// The indices of the Credential Queries to answer, in the order of the query.
    fn queries_to_answer(&self, optional: OptionalSets) -> Vec<usize> {
        if self.query.sets.is_empty() {
            return (0..self.query.credentials.len()).collect();
        }
        let sets = self.query.sets.iter();
        let answered = sets.filter(|set| set.required || optional == OptionalSets::Include);
        let mut queries: Vec<usize> = answered
            .filter_map(|set| set.options.get(self.options(set).next()?))
            .flatten()
            .copied()
            .collect();
        queries.sort_unstable();
        queries.dedup();
        queries
    }
}
