//! The names of types, namespaces and elements.

use std::{borrow::Borrow, fmt, str::FromStr};

use crate::Error;

/// The maximum length of a name in bytes.
const NAME_LIMIT: usize = 256;

macro_rules! name {
    ($(#[$docs:meta])* $name:ident, $what:literal) => {
        $(#[$docs])*
        ///
        /// It has 1 to 256 bytes, none of them a control character.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                if (1..=NAME_LIMIT).contains(&text.len()) && !text.chars().any(char::is_control) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Error::InvalidName { what: $what })
                }
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// The type of a document, such as `org.iso.18013.5.1.mDL` (ISO/IEC 18013-5, 7.1).
    DocType, "document type"
}
name! {
    /// The namespace of elements, such as `org.iso.18013.5.1` (ISO/IEC 18013-5, 7.1).
    NameSpace, "namespace"
}
name! {
    /// The name of an element in its namespace, such as `family_name` (ISO/IEC 18013-5, 7.1).
    ElementIdentifier, "element identifier"
}
