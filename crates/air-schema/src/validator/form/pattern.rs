//! Patterns of attributes: ECMA-262 regular expressions, searched for in linear time.
//!
//! With the feature `json-schema`, the engine is the `regex` crate, as for any JSON Schema. Its
//! tables and engines are larger than the rest of a browser's module, so without the feature
//! `ecma_regex` is used. It rejects the patterns that need these tables.

#[cfg(feature = "json-schema")]
mod unicode;
#[cfg(not(feature = "json-schema"))]
mod without_unicode;

#[cfg(feature = "json-schema")]
use self::unicode::Engine;
#[cfg(not(feature = "json-schema"))]
use self::without_unicode::Engine;

pub(super) struct Pattern {
    text: String,
    engine: Engine,
}

impl Pattern {
    /// Compiles a pattern to at most `size` bytes, or returns the reason for rejecting it.
    pub(super) fn compile(text: &str, size: usize) -> Result<Self, &'static str> {
        Ok(Self {
            text: text.to_owned(),
            engine: Engine::compile(text, size)?,
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the text has a match, anywhere in it.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.engine.is_match(text)
    }
}
