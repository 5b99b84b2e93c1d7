//! What the lint says.

use serde::{Serialize, Serializer};

use crate::{Attribute, AttributeName};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// A matter of style.
    Note,
    /// Something that users or verifiers will miss, or have too much of.
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
    /// A name that says nothing.
    UnclearName,
    /// A name whose words are not joined as in camelCase.
    NameJoint,
    /// Two names that differ in capitals only.
    NamesAlike,
    /// A name that the W3C's data model has for something else.
    VcTerm,
    /// A string that may be of any length.
    UnboundedString,
    /// An enum that leaves no choice.
    EnumOfOne,
    /// A range that leaves no choice.
    FixedValue,
    /// A pattern that matches within other texts.
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

    /// The rule of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// How much its findings matter.
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

    /// Why it is a rule.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::PersonalData => {
                "What a verifier learns can't be taken back. A claim that answers the verifier's question \
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

/// One piece of advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// The rule.
    pub code: LintCode,
    /// The attribute, or none when it is about the whole schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<AttributeName>,
    /// A JSON Pointer (RFC 6901) into the form; also to a member that is missing: `/attributes/3/description`.
    pub pointer: String,
    /// What was found, in lower case and without a full stop.
    pub message: String,
    /// What to do.
    pub suggestion: String,
    /// Names of derived claims that could stand in its place.
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

    /// `message` goes on after the attribute's name.
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
