//! A verifier's check that an answer satisfies its query (OpenID4VP 1.0, sections 8.1 and 8.6).

use std::fmt;

use super::{
    credential::Credential,
    query::{CredentialQuery, Query},
    select::{ClaimSelection, Mismatch, Side, select},
};
use crate::Error;

/// The verified credentials of `vp_token`: the `id` of each Credential Query, and its credentials in
/// the order of the array.
pub type Presented<'a> = [(&'a str, Vec<Credential<'a>>)];

/// The result of a check: how each credential satisfies its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// For each answered Credential Query its `id`, and for each of its credentials the preferred
    /// claim set that is complete.
    pub selections: Vec<(String, Vec<ClaimSelection>)>,
    /// The indices of the credential sets that are satisfied.
    pub sets: Vec<usize>,
}

/// The rule that an answer breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerRule {
    /// The query has no Credential Query with this `id` (section 8.1).
    Unknown,
    /// `vp_token` has the `id` more than once.
    Repeated,
    /// The array is empty (section 8.1).
    Empty,
    /// The array has several presentations, and the query does not allow multiple (section 8.1).
    Multiple,
    /// A credential does not match the Credential Query.
    Mismatch {
        /// The index of the presentation in the array.
        index: usize,
        /// The reason.
        mismatch: Mismatch,
    },
    /// The query must be answered, and is not (section 6.4.2).
    Missing,
}

impl fmt::Display for AnswerRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("the request has no such Credential Query (section 8.1)"),
            Self::Repeated => f.write_str("it occurs more than once in `vp_token` (section 8.1)"),
            Self::Empty => f.write_str("the array of presentations is empty (section 8.1)"),
            Self::Multiple => {
                f.write_str("the array must have one presentation, since `multiple` is not set (section 8.1)")
            }
            Self::Mismatch { index, mismatch } => write!(f, "presentation {index}: {mismatch}"),
            Self::Missing => f.write_str("a presentation is required (section 6.4.2)"),
        }
    }
}

impl Query {
    /// Checks an answer against the whole query: every presented credential matches its Credential
    /// Query, and every required one is presented. The credentials must be verified before.
    ///
    /// The check repeats `values`, which is no security check of its own: the caller decides by the
    /// verified claims (section 6.4.1). It repeats `trusted_authorities` of the type `aki`; trust in
    /// the issuer remains the caller's (section 6.1).
    ///
    /// # Errors
    /// [`Error::Answer`] with the query's id and the rule, or [`Error::SetUnanswered`].
    pub fn check(&self, presented: &Presented<'_>) -> Result<Answer, Error> {
        let mut selections: Vec<(String, Vec<ClaimSelection>)> = Vec::with_capacity(presented.len());
        for (id, credentials) in presented {
            let refused = |rule| Error::answer(id, rule);
            let query = self.credential(id).ok_or_else(|| refused(AnswerRule::Unknown))?;
            if selections.iter().any(|(known, _)| known == id) {
                return Err(refused(AnswerRule::Repeated));
            }
            let selected = check_presentations(query, credentials).map_err(refused)?;
            selections.push(((*id).to_owned(), selected));
        }
        let is_answered = |query: &CredentialQuery| selections.iter().any(|(id, _)| *id == query.id);
        let sets = self.check_sets(is_answered)?;
        Ok(Answer { selections, sets })
    }

    /// The sets that are satisfied.
    fn check_sets(&self, is_answered: impl Fn(&CredentialQuery) -> bool) -> Result<Vec<usize>, Error> {
        if self.sets.is_empty() {
            let missing = self.credentials.iter().find(|query| !is_answered(query));
            return missing.map_or(Ok(Vec::new()), |query| {
                Err(Error::Answer {
                    query: query.id.clone(),
                    rule: AnswerRule::Missing,
                })
            });
        }
        let mut satisfied = Vec::new();
        for (index, set) in self.sets.iter().enumerate() {
            let is_met = set.options.iter().any(|option| {
                let mut queries = option.iter().map(|query| self.credentials.get(*query));
                queries.all(|query| query.is_some_and(&is_answered))
            });
            if is_met {
                satisfied.push(index);
            } else if set.required {
                return Err(Error::SetUnanswered { set: index });
            }
        }
        Ok(satisfied)
    }
}

fn check_presentations(
    query: &CredentialQuery,
    credentials: &[Credential<'_>],
) -> Result<Vec<ClaimSelection>, AnswerRule> {
    if credentials.is_empty() {
        return Err(AnswerRule::Empty);
    }
    if credentials.len() > 1 && !query.multiple {
        return Err(AnswerRule::Multiple);
    }
    let credentials = credentials.iter().enumerate();
    let selected = credentials.map(|(index, credential)| {
        select(query, credential, Side::Verifier).map_err(|mismatch| AnswerRule::Mismatch { index, mismatch })
    });
    Ok(selected.collect::<Result<Vec<_>, _>>()?.concat())
}
