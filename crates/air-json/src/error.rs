//! The crate's error. Each rule has its own variant.

use crate::JsonPointer;

/// The reason why JSON was refused. No variant contains a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not exactly one JSON value, or has more than 128 levels of nesting.
    #[error("it is not JSON (line {line}, column {column})")]
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
    },
    /// The JSON value is not an object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// Two members of one object have the same name, so that two readers may use different values.
    #[error("the member {pointer} occurs twice; remove one of the two")]
    DuplicateMember {
        /// The JSON Pointer of the member.
        pointer: String,
    },
    /// JSON readers may round this number, so that they see another number than was signed.
    #[error(
        "the number at {pointer} is not exact in every JSON reader; write it as a string (integers: at most 2^53 - 1; decimals: at most 17 digits)"
    )]
    InexactNumber {
        /// The JSON Pointer of the number.
        pointer: String,
    },
    /// The member's name begins with `$serde_json::private::`. With some features,
    /// `serde_json` reads an object with such a name as a number or as JSON text.
    #[error("the name of the member {pointer} begins with `$serde_json::private::`; rename the member")]
    ReservedMember {
        /// The JSON Pointer of the member.
        pointer: String,
    },
    /// The value has more than 128 levels of nesting.
    #[error("it has more than 128 levels of nesting")]
    TooDeep,
}

impl Error {
    /// The JSON Pointer of the member that breaks a rule, if the error has one.
    #[must_use]
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::DuplicateMember { pointer }
            | Self::InexactNumber { pointer }
            | Self::ReservedMember { pointer } => Some(pointer),
            Self::Syntax { .. } | Self::NotAnObject | Self::TooDeep => None,
        }
    }

    /// Prefixes the error's JSON Pointer with `parent`, for JSON inside a larger document.
    #[must_use]
    pub fn within(self, parent: &JsonPointer<'_>) -> Self {
        let joined = |pointer: String| parent.to_string() + &pointer;
        match self {
            Self::DuplicateMember { pointer } => Self::DuplicateMember {
                pointer: joined(pointer),
            },
            Self::InexactNumber { pointer } => Self::InexactNumber {
                pointer: joined(pointer),
            },
            Self::ReservedMember { pointer } => Self::ReservedMember {
                pointer: joined(pointer),
            },
            other @ (Self::Syntax { .. } | Self::NotAnObject | Self::TooDeep) => other,
        }
    }
}
