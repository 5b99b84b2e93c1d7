//! The checks of a verification, and the report of their outcomes.

use std::fmt;

use crate::Error;

/// A check of a verification, in the order of execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The input has the structure of the standard, within the limits.
    Format,
    /// The type is a requested one, and the one that the issuer signed.
    DocType,
    /// The verifier trusts the issuer's certificates.
    Issuer,
    /// The issuer's signature verifies with the key of the certificates.
    IssuerSignature,
    /// Each disclosed element has the digest that the issuer signed.
    Digests,
    /// The credential is within its validity period.
    Validity,
    /// The presenter holds the device key, and signed for this session.
    DeviceSignature,
    /// The device key may sign each element that the device signed.
    KeyAuthorizations,
    /// The credential is neither revoked nor suspended. This crate leaves this to the caller.
    Status,
}

impl Check {
    /// All checks, in order.
    pub const ALL: [Self; 9] = [
        Self::Format,
        Self::DocType,
        Self::Issuer,
        Self::IssuerSignature,
        Self::Digests,
        Self::Validity,
        Self::DeviceSignature,
        Self::KeyAuthorizations,
        Self::Status,
    ];

    /// The name of the check in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::DocType => "docType",
            Self::Issuer => "issuer",
            Self::IssuerSignature => "issuerSignature",
            Self::Digests => "digests",
            Self::Validity => "validity",
            Self::DeviceSignature => "deviceSignature",
            Self::KeyAuthorizations => "keyAuthorizations",
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
