//! Documents that are generated from a schema: JSON Schemas and the JSON-LD context.

mod context;
mod credential;
mod subject;
mod uris;

pub use uris::DocumentUris;

use serde_json::Value;

/// A version of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Draft {
    /// Draft 7, which the platform publishes.
    Draft7,
    /// Draft 2020-12.
    Draft202012,
}

impl Draft {
    /// The URI in `$schema`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Draft7 => "http://json-schema.org/draft-07/schema#",
            Self::Draft202012 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    /// The draft of a `$schema`, with or without an empty fragment.
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        let bare = |uri: &str| uri.trim_end_matches('#').replacen("https:", "http:", 1);
        [Self::Draft7, Self::Draft202012]
            .into_iter()
            .find(|draft| bare(draft.uri()) == bare(uri))
    }
}

/// An object of the members that have a value, in this order.
fn object<const COUNT: usize>(members: [(&str, Option<Value>); COUNT]) -> Value {
    members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}
