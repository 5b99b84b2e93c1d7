//! Attributes of a schema: a name, a type and constraints on the values.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Constraints, Error, truncated::on_one_line};

const NAME_LIMIT: usize = 64;
/// Reserved names: claims that a credential sets itself (RFC 7519; RFC 9901; SD-JWT VC), terms of
/// its JSON-LD context, and members that every JavaScript object has (`__proto__` is not allowed in
/// any case, since it begins with `_`).
const RESERVED: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "vct",
    "aka_vcts",
    "cnf",
    "status",
    "id",
    "nonce",
    "type",
    "vocab",
    "xsd",
    "constructor",
    "prototype",
];

/// The name of an attribute: an ASCII letter, then at most 63 ASCII letters, digits and `_`. Names
/// with another meaning in credentials are reserved. The lint recommends camelCase.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct AttributeName(String);

impl AttributeName {
    /// Creates a name after checking it.
    ///
    /// # Errors
    /// [`Error::AttributeName`] or [`Error::ReservedName`].
    pub fn new(name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
            && name.len() <= NAME_LIMIT;
        if !is_name {
            return Err(Error::AttributeName {
                name: on_one_line(&name, NAME_LIMIT),
            });
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(Error::ReservedName { name });
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The type of an attribute's values, as the dashboard offers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AttributeType {
    /// Text.
    String,
    /// Any number.
    Number,
    /// A number without a fraction.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A date, `1990-05-01` (RFC 3339, full-date).
    Date,
    /// A date and time, `1990-05-01T12:00:00Z` (RFC 3339, date-time).
    DateTime,
}

impl AttributeType {
    /// All types.
    pub const ALL: &[Self] = &[
        Self::String,
        Self::Number,
        Self::Integer,
        Self::Boolean,
        Self::Date,
        Self::DateTime,
    ];

    /// The name in the form.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::DateTime => "date-time",
        }
    }

    /// Whether values are JSON strings that are not dates.
    pub(crate) fn is_text(self) -> bool {
        self == Self::String
    }

    /// Whether values are JSON numbers.
    pub(crate) fn is_numeric(self) -> bool {
        matches!(self, Self::Number | Self::Integer)
    }
}

/// The format of a text. Validation asserts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// An e-mail address (RFC 5321).
    Email,
    /// A URI (RFC 3986).
    Uri,
    /// A UUID (RFC 9562).
    Uuid,
    /// A host name (RFC 1123).
    Hostname,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
}

impl Format {
    /// All formats.
    pub const ALL: &[Self] = &[
        Self::Email,
        Self::Uri,
        Self::Uuid,
        Self::Hostname,
        Self::Ipv4,
        Self::Ipv6,
    ];

    /// The name in JSON Schema.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Uri => "uri",
            Self::Uuid => "uuid",
            Self::Hostname => "hostname",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }
}

/// One attribute of a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    pub(crate) name: AttributeName,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) kind: AttributeType,
    pub(crate) required: bool,
    pub(crate) constraints: Constraints,
}

impl Attribute {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &AttributeName {
        &self.name
    }

    /// The label that people see.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The description.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> AttributeType {
        self.kind
    }

    /// Whether every subject must have a value.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// The constraints on its values.
    #[must_use]
    pub fn constraints(&self) -> &Constraints {
        &self.constraints
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_of_letters_digits_and_underscores_and_not_a_registered_claim() {
        for good in [
            "isOver18",
            "total_volume",
            "Name",
            "KYC_level_2",
            "a_",
            &"a".repeat(64),
        ] {
            assert!(AttributeName::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "_sd",
            "__proto__",
            "given-name",
            "given name",
            "1st",
            "naïve",
            &"a".repeat(65),
        ] {
            assert!(
                matches!(AttributeName::new(bad), Err(Error::AttributeName { .. })),
                "{bad}"
            );
        }
        for reserved in [
            "iss",
            "vct",
            "aka_vcts",
            "nonce",
            "id",
            "type",
            "vocab",
            "constructor",
            "prototype",
        ] {
            assert_eq!(
                AttributeName::new(reserved),
                Err(Error::ReservedName {
                    name: reserved.into()
                })
            );
        }
    }
}
