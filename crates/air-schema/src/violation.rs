//! Violations: the location, the rule and the remedy, but no value of the subject.

use std::fmt;

/// The most violations that are listed.
const LISTED: usize = 100;

/// The rule that a value breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// A required attribute is missing.
    Required,
    /// The schema has no such attribute.
    UnknownAttribute,
    /// The value has another type.
    Type,
    /// The text does not have the format, such as a date or an e-mail address.
    Format,
    /// The value is not one of the allowed values.
    Enum,
    /// The text does not match the pattern.
    Pattern,
    /// The text is too short or too long.
    Length,
    /// The number is too small or too large.
    Range,
    /// The subject exceeds the size limits.
    Size,
    /// The value conforms to the schema, but the program's type can't hold it.
    Unreadable,
    /// A rule without a name in this version.
    Other,
}

impl Rule {
    /// A name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::UnknownAttribute => "unknownAttribute",
            Self::Type => "type",
            Self::Format => "format",
            Self::Enum => "enum",
            Self::Pattern => "pattern",
            Self::Length => "length",
            Self::Range => "range",
            Self::Size => "size",
            Self::Unreadable => "unreadable",
            Self::Other => "other",
        }
    }
}

/// A rule that a subject breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    pub(crate) pointer: String,
    pub(crate) rule: Rule,
    pub(crate) message: String,
}

impl Violation {
    /// The JSON Pointer (RFC 6901) of the attribute, also of a missing one. It is empty for the
    /// whole subject.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The rule.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The rest of a sentence that begins with the pointer: `is not a date; write it as
    /// 1990-05-01`.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pointer, self.message)
    }
}

/// All violations of a subject, sorted by pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations {
    pub(crate) found: Vec<Violation>,
    pub(crate) more: usize,
}

impl Violations {
    pub(crate) fn of(violation: Violation) -> Self {
        Self {
            found: vec![violation],
            more: 0,
        }
    }

    /// Succeeds without violations. Otherwise sorts them and removes duplicates.
    pub(crate) fn check(mut found: Vec<Violation>) -> Result<(), Self> {
        if found.is_empty() {
            return Ok(());
        }
        found.sort_unstable();
        found.dedup();
        let more = found.len().saturating_sub(LISTED);
        found.truncate(LISTED);
        Err(Self { found, more })
    }

    /// The violations, at most 100.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.found.iter()
    }

    /// The number of violations, including those that are not listed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.found.len() + self.more
    }
}

impl<'a> IntoIterator for &'a Violations {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.found.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            write!(f, "{separator}{violation}")?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for Violations {}
