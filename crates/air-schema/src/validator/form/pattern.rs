//! Patterns: ECMA-262 regular expressions that are searched for in linear time.
//!
//! With the feature `json-schema` the crates `jsonschema-regex` and `regex` do it, as they do for any JSON Schema. They come with tables
//! of Unicode and engines for speed that weigh more than the rest of a browser's module, so without the feature there is a small engine
//! for the same language less what needs those tables: what it can't do it refuses when the schema is compiled.

#[cfg(feature = "json-schema")]
mod full;
#[cfg(any(test, not(feature = "json-schema")))]
mod small;

#[cfg(feature = "json-schema")]
use self::full::Engine;
#[cfg(not(feature = "json-schema"))]
use self::small::Engine;

pub(super) struct Pattern {
    text: String,
    engine: Engine,
}

impl Pattern {
    /// Compiles it into at most so many bytes, or says why not.
    pub(super) fn compile(text: &str, size: usize) -> Result<Self, &'static str> {
        Ok(Self {
            text: text.to_owned(),
            engine: Engine::compile(text, size)?,
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is anywhere in the text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.engine.is_match(text)
    }
}
