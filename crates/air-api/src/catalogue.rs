//! The public catalogue: `GET /catalog/…`, without a token.

use serde::{Deserialize, Serialize};

use crate::{IssuerDid, PartnerId, PlatformTime, ProgramId, SchemaId, VerificationProgramId, double, wire};

/// The envelope of the catalogue's answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(schemars::JsonSchema),
    schemars(rename = "Envelope_{T}")
)]
pub struct Envelope<T> {
    /// [`Self::SUCCESS`].
    pub code: u32,
    /// `success`.
    pub msg: String,
    /// The answer.
    pub data: T,
    /// When it was given, in milliseconds since 1970.
    pub timestamp: u64,
}

impl<T> Envelope<T> {
    /// The `code` of every successful answer.
    pub const SUCCESS: u32 = 80_000_000;

    /// Wraps a successful answer. `timestamp` is in milliseconds since 1970.
    #[must_use]
    pub fn success(data: T, timestamp: u64) -> Self {
        Self {
            code: Self::SUCCESS,
            msg: "success".to_owned(),
            data,
            timestamp,
        }
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(schemars::JsonSchema),
    schemars(rename = "Page_{T}")
)]
pub struct Page<T> {
    /// The page, counted from 1.
    pub current: u32,
    /// The number of pages.
    pub pages: u64,
    /// The number of records on a page.
    pub size: u32,
    /// The number of all records.
    pub total: u64,
    /// This page's.
    pub records: Vec<T>,
}

/// In which order a list comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum SortOrder {
    /// Smallest, oldest first.
    Asc,
    /// Largest, newest first.
    #[default]
    Desc,
}

/// By what a list is sorted. The documentation does not say; these are what the local platform knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SortBy {
    /// When it was made.
    #[default]
    CreatedAt,
    /// The title.
    Name,
}

impl SortBy {
    /// The name on the wire: `createdAt` or `name`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreatedAt => "createdAt",
            Self::Name => "name",
        }
    }
}

/// The query of a list.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Listing {
    /// From 1.
    #[cfg_attr(feature = "openapi", schemars(range(min = 1)))]
    pub page: u32,
    /// Records of a page, at most [`Self::LIMIT`].
    #[cfg_attr(feature = "openapi", schemars(range(min = 1, max = 100)))]
    pub limit: u32,
    /// By what.
    pub sort_by: SortBy,
    /// In which order.
    pub sort_order: SortOrder,
}

impl Listing {
    /// The maximum number of records in a page.
    pub const LIMIT: u32 = 100;
}

impl Default for Listing {
    fn default() -> Self {
        Self {
            page: 1,
            limit: 10,
            sort_by: SortBy::default(),
            sort_order: SortOrder::default(),
        }
    }
}

/// A schema in a list, or with [`Self::credentials`] alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogueSchema {
    /// The id.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// The title.
    pub title: String,
    /// The purpose of the credential.
    pub description: String,
    /// When it was published.
    pub created_at: PlatformTime,
    /// The issuance programs that use it; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Vec<CatalogueCredential>>,
}

/// A published issuance program: what the catalogue calls a credential.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogueCredential {
    /// The program.
    pub credential_id: ProgramId,
    /// The schema's title.
    pub name: String,
    /// `general`: nothing here sorts them.
    pub category: String,
    /// The issuer.
    pub issuer: CatalogueIssuer,
    /// Its usage.
    pub traction: Traction,
    /// When the program was made.
    pub created_at: PlatformTime,
    /// The relevance to a search's words; greater is better.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "double::optional"
    )]
    pub relevance: Option<f64>,
}

/// An issuer, in short or in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogueIssuer {
    /// Its account.
    pub issuer_id: PartnerId,
    /// Its name.
    pub name: String,
    /// Its identifier; in a credential's own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub issuer_did: Option<IssuerDid>,
    /// Since when it is there; in a credential's own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_from: Option<PlatformTime>,
    /// The relevance to a search's words.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "double::optional"
    )]
    pub relevance: Option<f64>,
}

/// The usage of a credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Traction {
    /// Users who hold one.
    pub holder_count: u64,
    /// Credentials that were issued, revoked ones too.
    pub issuance_count: u64,
    /// Verification programs that ask for its schema.
    pub demand_count: u64,
}

/// `GET /catalog/credentials/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CredentialDetails {
    /// The fields that lists have, too.
    #[serde(flatten)]
    pub credential: CatalogueCredential,
    /// The claims about its holder.
    pub data_points: Vec<DataPoint>,
    /// Its schema.
    pub schema: CatalogueSchema,
    /// The verification programs that request it.
    pub programs: Vec<CatalogueProgram>,
}

/// An attribute of a schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DataPoint {
    /// The title.
    pub title: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Whether every credential has it.
    pub is_required: bool,
    /// The description.
    pub description: String,
}

/// A verification program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogueProgram {
    /// The id.
    pub program_id: VerificationProgramId,
    /// `Check of` and the schema's title: programs have no names of their own.
    pub name: String,
    /// The verifier's name.
    pub verifier_name: String,
    /// The number of requests to users.
    pub verification_count: u64,
    /// Of which schema; in lists, and in the program's own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub schema_id: Option<SchemaId>,
    /// When it was made.
    pub created_at: PlatformTime,
    /// The relevance to a search's words.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "double::optional"
    )]
    pub relevance: Option<f64>,
}

/// The query of `GET /catalog/search`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CatalogueSearch {
    /// Words.
    #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = 200)))]
    pub q: String,
    /// From 1.
    #[serde(default = "first")]
    #[cfg_attr(feature = "openapi", schemars(range(min = 1)))]
    pub page: u32,
    /// Items of each group, at most [`Self::LIMIT`].
    #[serde(default = "ten")]
    #[cfg_attr(feature = "openapi", schemars(range(min = 1, max = 50)))]
    pub limit: u32,
}

impl CatalogueSearch {
    /// The maximum number of items in a group.
    pub const LIMIT: u32 = 50;
}

fn first() -> u32 {
    1
}

fn ten() -> u32 {
    10
}

/// `GET /catalog/search`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SearchResults {
    /// Issuance programs.
    pub credentials: Group<CatalogueCredential>,
    /// The issuers.
    pub issuers: Group<CatalogueIssuer>,
    /// Verification programs.
    pub programs: Group<CatalogueProgram>,
    /// The search itself.
    pub meta: SearchMeta,
}

/// The finds of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(schemars::JsonSchema),
    schemars(rename = "Group_{T}")
)]
pub struct Group<T> {
    /// Best first.
    pub items: Vec<T>,
    /// The number of entries.
    pub total: u64,
}

/// A search and how much it found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SearchMeta {
    /// The words.
    pub query: String,
    /// Of all groups together.
    pub total_results: u64,
}
