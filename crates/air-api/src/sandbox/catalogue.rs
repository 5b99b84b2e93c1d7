//! Published schemas: search by words, and lookup by id.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{PartnerId, PlatformTime, SchemaId, catalogue::Page, wire};

/// The query of `GET /sandbox/v1/schemas`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SchemaSearch {
    /// Words, of which each must begin one of the schema's; empty for all schemas, newest first.
    #[cfg_attr(feature = "openapi", schemars(length(max = 200)))]
    pub q: String,
    /// From 1.
    #[cfg_attr(feature = "openapi", schemars(range(min = 1)))]
    pub page: u32,
    /// The number of records on a page.
    #[cfg_attr(feature = "openapi", schemars(range(min = 1, max = 50)))]
    pub limit: u32,
}

impl SchemaSearch {
    /// The maximum number of characters in a query.
    pub const QUERY_LIMIT: usize = 200;
    /// The maximum number of words in a query.
    pub const WORD_LIMIT: usize = 16;
    /// The maximum number of schemas in a page.
    pub const PAGE_LIMIT: u32 = 50;

    /// A query for the first ten schemas with these words.
    #[must_use]
    pub fn new(words: impl Into<String>) -> Self {
        Self {
            q: words.into(),
            page: 1,
            limit: 10,
        }
    }
}

impl Default for SchemaSearch {
    fn default() -> Self {
        Self::new("")
    }
}

/// A page of schemas, best first, in the shape of the catalogue's pages.
pub type SchemaPage = Page<SchemaSummary>;

/// A schema in a search result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaSummary {
    /// The id.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// The title.
    pub title: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its version.
    pub version: String,
    /// The purpose of the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The names of its attributes.
    pub attributes: Vec<String>,
    /// When it was published.
    pub created_at: PlatformTime,
    /// The relevance: greater is better. It is comparable within one response only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relevance: Option<f64>,
}

/// `GET /sandbox/v1/schemas/{schemaId}`: a schema as it was published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PublishedSchema {
    /// The id.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// The partner that published it.
    pub partner_id: PartnerId,
    /// When it was published.
    pub created_at: PlatformTime,
    /// The dashboard's form.
    pub schema: Map<String, Value>,
}
