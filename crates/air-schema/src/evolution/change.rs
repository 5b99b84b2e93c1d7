//! One change.

use std::fmt;

use crate::AttributeName;

/// Whom a change can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Impact {
    /// A subject that was valid may be invalid now: existing credentials can't be reissued without changes.
    IssuedCredentials,
    /// A program that verifies may ask for what is not there any more, or is something else.
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

/// Whether what exists goes on working.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compatibility {
    /// For all.
    Compatible,
    /// Not for all.
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

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// The schema's type.
    SchemaType,
    /// A title or a description.
    Wording,
    /// The attributes' order.
    Order,
    /// An attribute is new.
    Added,
    /// An attribute is gone.
    Removed,
    /// An attribute's type.
    Type,
    /// Whether an attribute must be there.
    Required,
    /// The allowed values.
    Enum,
    /// The pattern.
    Pattern,
    /// The fewest or most characters.
    Length,
    /// The least or greatest number.
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

/// One change, and whom it breaks.
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

    /// The attribute, or none when the whole schema is changed.
    #[must_use]
    pub fn attribute(&self) -> Option<&AttributeName> {
        self.attribute.as_ref()
    }

    /// What is changed.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        self.kind
    }

    /// Whom it breaks; nobody when it is compatible.
    #[must_use]
    pub fn breaks(&self) -> &[Impact] {
        self.breaks
    }

    /// Whether it breaks anybody.
    #[must_use]
    pub fn compatibility(&self) -> Compatibility {
        if self.breaks.is_empty() {
            Compatibility::Compatible
        } else {
            Compatibility::Breaking
        }
    }

    /// A sentence that goes on after the attribute's name: `must be there now; credentials without it …`.
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
