//! Unparsed URLs of databases as arguments.

use std::{convert::Infallible, str::FromStr};

use zeroize::Zeroizing;

/// The unparsed URL of a database. It may contain a password, and clap would print a value that fails to parse.
#[derive(Clone)]
pub(crate) struct DatabaseText(Zeroizing<String>);

impl DatabaseText {
    /// The text.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseText {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}
