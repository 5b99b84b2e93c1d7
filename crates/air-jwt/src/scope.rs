//! The scopes of a Partner JWT.

use std::{collections::BTreeSet, fmt, str::FromStr};

use crate::Error;

/// An operation that a Partner JWT can permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// `issue`: issue a credential while the user is present.
    Issue,
    /// `verify`: run a verification program.
    Verify,
    /// `issue on-behalf`: issue a credential to a user who is not present.
    IssueOnBehalf,
}

impl Scope {
    /// The value of the claim.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Verify => "verify",
            Self::IssueOnBehalf => "issue on-behalf",
        }
    }

    /// Whether the set contains every word of this scope. Order and additional words do not matter.
    #[must_use]
    pub fn is_granted_by(self, granted: &ScopeSet) -> bool {
        self.as_str().split(' ').all(|word| granted.0.contains(word))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "issue" => Ok(Self::Issue),
            "verify" => Ok(Self::Verify),
            "issue on-behalf" => Ok(Self::IssueOnBehalf),
            _ => Err(Error::UnknownScope),
        }
    }
}

/// The set of words in a `scope` claim, a list separated by spaces (RFC 8693, 4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeSet(BTreeSet<String>);

impl ScopeSet {
    /// Whether the set contains a word that the platform does not define.
    pub(crate) fn is_unknown(&self) -> bool {
        let known = ["issue", "on-behalf", "verify"];
        !self.0.iter().all(|word| known.contains(&word.as_str()))
    }
}

impl From<&str> for ScopeSet {
    fn from(claim: &str) -> Self {
        Self(
            claim
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_one_text() {
        for scope in [Scope::Issue, Scope::Verify, Scope::IssueOnBehalf] {
            assert_eq!(scope.as_str().parse::<Scope>(), Ok(scope));
        }
        for text in ["", "on-behalf", "on-behalf issue", "ISSUE", " issue"] {
            assert_eq!(text.parse::<Scope>(), Err(Error::UnknownScope), "{text}");
        }
    }

    #[test]
    fn is_matched_word_by_word() {
        let granted = ScopeSet::from("on-behalf issue");
        assert!(Scope::Issue.is_granted_by(&granted));
        assert!(Scope::IssueOnBehalf.is_granted_by(&granted));
        assert!(!Scope::Verify.is_granted_by(&granted));
        assert!(!Scope::IssueOnBehalf.is_granted_by(&"issue".into()));
        assert!(!Scope::Issue.is_granted_by(&"issuer reissue".into()));
    }
}
