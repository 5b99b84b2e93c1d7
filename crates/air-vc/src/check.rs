//! The checks of a verification, and the report of how each ended.

use std::fmt;

use crate::Error;

/// One check of a verification, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The text is a credential within the limits, of a type that is read.
    Format,
    /// The issuer is one that the verifier trusts.
    Issuer,
    /// The signature is of a key that the verifier has for this issuer.
    Signature,
    /// The credential's type is the expected one.
    Type,
    /// Each disclosure belongs to one digest of the signed payload.
    Disclosures,
    /// The claims that were asked for are there.
    Claims,
    /// The time lies between the beginning and the end of validity.
    Validity,
    /// Who presents it holds the key that it was issued to.
    KeyBinding,
    /// It was neither revoked nor suspended.
    Status,
}

impl Check {
    /// All checks, in order.
    pub const ALL: [Self; 9] = [
        Self::Format,
        Self::Issuer,
        Self::Signature,
        Self::Type,
        Self::Disclosures,
        Self::Claims,
        Self::Validity,
        Self::KeyBinding,
        Self::Status,
    ];

    /// A name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Issuer => "issuer",
            Self::Signature => "signature",
            Self::Type => "type",
            Self::Disclosures => "disclosures",
            Self::Claims => "claims",
            Self::Validity => "validity",
            Self::KeyBinding => "keyBinding",
            Self::Status => "status",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It was made, and holds.
    Passed,
    /// It was made, and does not hold.
    Failed,
    /// There was nothing to check, or the verifier had not asked for it; the text says which.
    NotNeeded(&'static str),
    /// The verifier said that it goes without.
    LeftOut(&'static str),
    /// An earlier check failed.
    NotReached,
}

impl Outcome {
    /// A name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotNeeded(_) => "notNeeded",
            Self::LeftOut(_) => "leftOut",
            Self::NotReached => "notReached",
        }
    }

    /// Why the check was not made, where that needs a word.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::NotNeeded(reason) | Self::LeftOut(reason) => Some(reason),
            Self::Passed | Self::Failed | Self::NotReached => None,
        }
    }
}

/// What became of each check, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    outcomes: [Outcome; Check::ALL.len()],
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            outcomes: [Outcome::NotReached; Check::ALL.len()],
        }
    }

    pub(crate) fn note(&mut self, check: Check, outcome: Outcome) {
        for (noted, _) in self
            .outcomes
            .iter_mut()
            .zip(Check::ALL)
            .filter(|(_, of)| *of == check)
        {
            *noted = outcome;
        }
    }

    /// Notes that a check passed, or that the one failed which the error is of: form is found wanting at any time.
    pub(crate) fn note_result<T>(&mut self, check: Check, result: Result<T, Error>) -> Result<T, Error> {
        match &result {
            Ok(_) => self.note(check, Outcome::Passed),
            Err(error) => self.note(error.check().unwrap_or(check), Outcome::Failed),
        }
        result
    }

    /// Each check with its outcome.
    pub fn iter(&self) -> impl Iterator<Item = (Check, Outcome)> {
        Check::ALL.into_iter().zip(self.outcomes)
    }

    /// How one check ended.
    #[must_use]
    pub fn outcome(&self, check: Check) -> Outcome {
        self.iter()
            .find(|(of, _)| *of == check)
            .map_or(Outcome::NotReached, |(_, outcome)| outcome)
    }
}
