//! Findings of the lint, and the rules behind them.

use serde::{Serialize, Serializer};

use crate::{Attribute, AttributeName};

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// A deviation from the usual style.
    Note,
    /// A problem for users or verifiers.
    Warning,
}

impl Severity {
    /// `note` or `warning`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
        }
    }
}

/// A rule of the lint. Its name is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LintCode {
    /// An attribute holds raw personal data.
    PersonalData,
    /// The schema or an attribute has no description.
    MissingDescription,
    /// A name that does not describe its value.
    UnclearName,
    /// A name whose words are not joined as in camelCase.
    NameJoint,
    /// Two names that differ only in case.
    NamesAlike,
    /// A name that has another meaning in the W3C's data model.
    VcTerm,
    /// A string without a limit on its length.
    UnboundedString,
    /// An enum with one value.
    EnumOfOne,
    /// A range with one value.
    FixedValue,
    /// A pattern without anchors, which accepts every text that contains a match.
    UnanchoredPattern,
    /// No attribute is required.
    NothingRequired,
}

impl LintCode {
    /// All rules.
    pub const ALL: &[Self] = &[
        Self::PersonalData,
        Self::MissingDescription,
        Self::UnclearName,
        Self::NameJoint,
        Self::NamesAlike,
        Self::VcTerm,
        Self::UnboundedString,
        Self::EnumOfOne,
        Self::FixedValue,
        Self::UnanchoredPattern,
        Self::NothingRequired,
    ];

    /// A name for reports and options: `personal-data`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PersonalData => "personal-data",
            Self::MissingDescription => "missing-description",
            Self::UnclearName => "unclear-name",
            Self::NameJoint => "name-joint",
            Self::NamesAlike => "names-alike",
            Self::VcTerm => "vc-term",
            Self::UnboundedString => "unbounded-string",
            Self::EnumOfOne => "enum-of-one",
            Self::FixedValue => "fixed-value",
            Self::UnanchoredPattern => "unanchored-pattern",
            Self::NothingRequired => "nothing-required",
        }
    }

    /// Finds a rule by its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// The severity of its findings.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::UnclearName | Self::NameJoint => Severity::Note,
            Self::PersonalData
            | Self::MissingDescription
            | Self::NamesAlike
            | Self::VcTerm
            | Self::UnboundedString
            | Self::EnumOfOne
            | Self::FixedValue
            | Self::UnanchoredPattern
            | Self::NothingRequired => Severity::Warning,
        }
    }

    /// The reason for the rule.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::PersonalData => {
                "Disclosed data can't be taken back. A claim that answers the verifier's question \
                 (is the person of age?) serves as well as the datum that it follows from, and tells nothing else; raw \
                 data that a regulator may need belongs in a sealed document."
            }
            Self::MissingDescription => {
                "Users read descriptions before they consent, and verifiers before they rely on a claim."
            }
            Self::UnclearName => {
                "A verifier's conditions and a user's consent show only the name of an attribute."
            }
            Self::NameJoint => {
                "Acronyms written as words, and a capital after digits, tell readers and tools where a word ends: \
                 `docUrlValue`, `iso3166Alpha`."
            }
            Self::NamesAlike => "People and case-insensitive stores will confuse the two attributes.",
            Self::VcTerm => {
                "The W3C's data model has this term for another part of a credential; readers of JSON-LD and people \
                 will confuse the two."
            }
            Self::UnboundedString => {
                "A string without limits allows values of any size in credentials, and in every wallet that stores them."
            }
            Self::EnumOfOne => {
                "A value that is the same in every credential has no information beyond the schema's type."
            }
            Self::FixedValue => "A number that is the same in every credential has no information.",
            Self::UnanchoredPattern => {
                "A pattern without `^` and `$` accepts every string that contains a match."
            }
            Self::NothingRequired => {
                "An empty subject conforms to the schema, so a credential may have no claims."
            }
        }
    }
}

impl Serialize for LintCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A finding of the lint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// The severity.
    pub severity: Severity,
    /// The rule.
    pub code: LintCode,
    /// The attribute; `None` if the finding concerns the whole schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<AttributeName>,
    /// The JSON Pointer (RFC 6901) into the form. It may lead to a missing member:
    /// `/attributes/3/description`.
    pub pointer: String,
    /// The description of the finding, in lower case and without a full stop.
    pub message: String,
    /// The suggested change.
    pub suggestion: String,
    /// Names of derived claims that can replace the attribute.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub claims: &'static [&'static str],
}

impl Finding {
    pub(super) fn of_schema(
        code: LintCode,
        member: &str,
        message: &str,
        suggestion: impl Into<String>,
    ) -> Self {
        Self {
            severity: code.severity(),
            code,
            attribute: None,
            pointer: format!("/{member}"),
            message: message.to_owned(),
            suggestion: suggestion.into(),
            claims: &[],
        }
    }

    /// Creates a finding about an attribute. `message` continues a sentence that begins with the
    /// attribute's name.
    pub(super) fn of_attribute(
        code: LintCode,
        (index, attribute): (usize, &Attribute),
        member: &str,
        message: &str,
        suggestion: impl Into<String>,
    ) -> Self {
        Self {
            severity: code.severity(),
            code,
            attribute: Some(attribute.name().clone()),
            pointer: format!("/attributes/{index}/{member}"),
            message: format!("`{}` {message}", attribute.name()),
            suggestion: suggestion.into(),
            claims: &[],
        }
    }

    pub(super) fn with_claims(mut self, claims: &'static [&'static str]) -> Self {
        self.claims = claims;
        self
    }
}
