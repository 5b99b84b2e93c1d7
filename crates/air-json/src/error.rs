//! The crate's error: a variant for each rule.

use crate::Place;

/// Why JSON was refused. No variant holds a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not one JSON value, or more than 128 levels of nesting.
    #[error("it is not JSON (line {line}, column {column})")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON of another type than an object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// Two members of one object have the same name: readers differ in which one they take.
    #[error("the member {pointer} occurs twice; remove one of the two")]
    DuplicateMember {
        /// The JSON Pointer of the member.
        pointer: String,
    },
    /// A number that a reader may round, so that it shows another number than was signed.
    #[error(
        "the number at {pointer} is not exact in every JSON reader; write it as a string (integers: at most 2^53 - 1; decimals: at most 17 digits)"
    )]
    InexactNumber {
        /// The JSON Pointer of the number.
        pointer: String,
    },
    /// A value with more than 128 levels of nesting.
    #[error("it has more than 128 levels of nesting")]
    TooDeep,
}

impl Error {
    /// The JSON Pointer of the member that breaks a rule.
    #[must_use]
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::DuplicateMember { pointer } | Self::InexactNumber { pointer } => Some(pointer),
            Self::Syntax { .. } | Self::NotAnObject | Self::TooDeep => None,
        }
    }

    /// The same error for JSON that is itself a member of something larger.
    #[must_use]
    pub fn within(self, parent: &Place<'_>) -> Self {
        let joined = |pointer: String| parent.to_string() + &pointer;
        match self {
            Self::DuplicateMember { pointer } => Self::DuplicateMember {
                pointer: joined(pointer),
            },
            Self::InexactNumber { pointer } => Self::InexactNumber {
                pointer: joined(pointer),
            },
            other @ (Self::Syntax { .. } | Self::NotAnObject | Self::TooDeep) => other,
        }
    }
}
