//! The engine of `ecma_regex`, with general categories as the only Unicode properties.

use crate::{
    ecma_regex::{Error, Regex},
    validator::messages::BAD_PATTERN,
};

pub(super) struct Engine(Regex);

impl Engine {
    pub(super) fn compile(text: &str, size: usize) -> Result<Self, &'static str> {
        Regex::new(text, size).map(Self).map_err(reason)
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

fn reason(error: Error) -> &'static str {
    match error {
        Error::Syntax | Error::TooLarge => BAD_PATTERN,
        Error::Flags => "its pattern has a group with flags, which this build can't compile",
        Error::UnicodeProperty => {
            "its pattern asks for a property of Unicode that this build has no table of; general categories it has, such as \\p{L}"
        }
        Error::EscapedAngleBracket => "its pattern has \\< or \\>; leave the backslash out",
    }
}
