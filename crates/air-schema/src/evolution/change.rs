//! A change between two versions of a schema.

use std::fmt;

use crate::AttributeName;

/// The dependents that a change can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Impact {
    /// Issued credentials: a subject that was valid may be invalid now, so that existing
    /// credentials can't be reissued without changes.
    IssuedCredentials,
    /// Programs that verify: they may require an attribute that was removed or has another meaning
    /// now.
    VerificationPrograms,
}

impl Impact {
    /// A name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IssuedCredentials => "issuedCredentials",
            Self::VerificationPrograms => "verificationPrograms",
        }
    }
}

/// Whether credentials and programs that exist continue to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compatibility {
    /// All continue to work.
    Compatible,
    /// Some credentials or programs may fail.
    Breaking,
}

impl Compatibility {
    /// A name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Breaking => "breaking",
        }
    }
}

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// The schema's type.
    SchemaType,
    /// A title or a description.
    Wording,
    /// The attributes' order.
    Order,
    /// An attribute was added.
    Added,
    /// An attribute was removed.
    Removed,
    /// An attribute's type.
    Type,
    /// Whether an attribute is required.
    Required,
    /// The allowed values.
    Enum,
    /// The pattern.
    Pattern,
    /// The minimum or maximum length.
    Length,
    /// The minimum or maximum.
    Range,
    /// The format.
    Format,
}

impl ChangeKind {
    /// A name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SchemaType => "schemaType",
            Self::Wording => "wording",
            Self::Order => "order",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Type => "type",
            Self::Required => "required",
            Self::Enum => "enum",
            Self::Pattern => "pattern",
            Self::Length => "length",
            Self::Range => "range",
            Self::Format => "format",
        }
    }
}

/// One change, and the dependents that it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    attribute: Option<AttributeName>,
    kind: ChangeKind,
    breaks: &'static [Impact],
    message: String,
}

impl Change {
    pub(super) fn of_schema(kind: ChangeKind, breaks: &'static [Impact], message: &str) -> Self {
        Self {
            attribute: None,
            kind,
            breaks,
            message: message.to_owned(),
        }
    }

    pub(super) fn of_attribute(
        name: &AttributeName,
        kind: ChangeKind,
        breaks: &'static [Impact],
        message: impl Into<String>,
    ) -> Self {
        Self {
            attribute: Some(name.clone()),
            kind,
            breaks,
            message: message.into(),
        }
    }

    /// The attribute; `None` if the change concerns the whole schema.
    #[must_use]
    pub fn attribute(&self) -> Option<&AttributeName> {
        self.attribute.as_ref()
    }

    /// The kind of the change.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        self.kind
    }

    /// The dependents that it breaks; empty if the change is compatible.
    #[must_use]
    pub fn breaks(&self) -> &[Impact] {
        self.breaks
    }

    /// Whether it breaks any dependent.
    #[must_use]
    pub fn compatibility(&self) -> Compatibility {
        if self.breaks.is_empty() {
            Compatibility::Compatible
        } else {
            Compatibility::Breaking
        }
    }

    /// The rest of a sentence that begins with the attribute's name: `is required now: existing
    /// credentials may lack it`.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.attribute {
            Some(name) => write!(f, "{name} {}", self.message),
            None => write!(f, "the schema: {}", self.message),
        }
    }
}
