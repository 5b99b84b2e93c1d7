//! The checks of a verification, and the report of their outcomes.

use std::fmt;

use crate::Error;

/// A check of a verification, in the order of execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The input is a credential within the limits, of a supported type.
    Format,
    /// The verifier trusts the issuer.
    Issuer,
    /// The signature verifies with a key that the verifier has for this issuer.
    Signature,
    /// The credential's type is the expected one.
    Type,
    /// Each disclosure belongs to one digest of the signed payload.
    Disclosures,
    /// The requested claims are present.
    Claims,
    /// The credential conforms to the metadata of its type.
    TypeMetadata,
    /// The credential is within its validity period.
    Validity,
    /// The presenter holds the key that the credential was issued to.
    KeyBinding,
    /// The credential is neither revoked nor suspended.
    Status,
}

impl Check {
    /// All checks, in order.
    pub const ALL: [Self; 10] = [
        Self::Format,
        Self::Issuer,
        Self::Signature,
        Self::Type,
        Self::Disclosures,
        Self::Claims,
        Self::TypeMetadata,
        Self::Validity,
        Self::KeyBinding,
        Self::Status,
    ];

    /// The name of the check in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Issuer => "issuer",
            Self::Signature => "signature",
            Self::Type => "type",
            Self::Disclosures => "disclosures",
            Self::Claims => "claims",
            Self::TypeMetadata => "typeMetadata",
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

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The check passed.
    Passed,
    /// The check failed.
    Failed,
    /// There was nothing to check, or the verifier had not requested the check. The text is the
    /// reason.
    NotNeeded(&'static str),
    /// The verifier skipped the check explicitly.
    LeftOut(&'static str),
    /// An earlier check failed.
    NotReached,
}

impl Outcome {
    /// The name of the outcome in reports.
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

    /// The reason why the check was not made, if there is one.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::NotNeeded(reason) | Self::LeftOut(reason) => Some(reason),
            Self::Passed | Self::Failed | Self::NotReached => None,
        }
    }
}

/// The outcomes of all checks, in order.
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

    /// Records that the check passed, or that the check which the error belongs to failed: any
    /// check can find a format error.
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

    /// The outcome of one check.
    #[must_use]
    pub fn outcome(&self, check: Check) -> Outcome {
        self.iter()
            .find(|(of, _)| *of == check)
            .map_or(Outcome::NotReached, |(_, outcome)| outcome)
    }
}
