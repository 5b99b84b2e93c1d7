//! The engine of the `regex` crate, with the translation of the `jsonschema` crate and all of
//! Unicode.

use jsonschema_regex::{RepeatedClass, Search};
use regex::{Regex, RegexBuilder};

use crate::validator::messages::BAD_PATTERN;

pub(super) enum Engine {
    /// `^[class]{min,max}$`, whose characters are counted.
    Repeated(RepeatedClass),
    Regex(Regex),
}

impl Engine {
    pub(super) fn compile(text: &str, size: usize) -> Result<Self, &'static str> {
        let translated = jsonschema_regex::to_rust_regex(text).map_err(|()| BAD_PATTERN)?;
        let build = |text: &str| {
            let built = RegexBuilder::new(text).size_limit(size).build();
            built.map(Self::Regex).map_err(|_| BAD_PATTERN)
        };
        match jsonschema_regex::search_form(text, &translated) {
            Some(Search::RepeatedClass(class)) => Ok(Self::Repeated(class)),
            Some(Search::Collapsed(shorter)) => build(&shorter),
            None => build(&translated),
        }
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Repeated(class) => class.is_match(text),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}
