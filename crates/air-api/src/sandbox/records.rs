//! Lists of accounts and programs, for the operator.

use serde::{Deserialize, Serialize};

use super::{Condition, Expiration, ProofSuite};
use crate::{
    IssuerDid, PartnerId, PlatformTime, ProgramId, SchemaId, VerificationProgramId, WebOrigin, WebUrl, wire,
};

/// The query of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ListQuery {
    /// A part of a name, a title or an id, regardless of case; empty for all.
    #[cfg_attr(feature = "openapi", schemars(length(max = 200)))]
    pub q: String,
    /// From 1.
    #[cfg_attr(feature = "openapi", schemars(range(min = 1)))]
    pub page: u32,
}

impl ListQuery {
    /// The maximum number of characters in a query.
    pub const QUERY_LIMIT: usize = 200;
    /// The number of records on a page.
    pub const PAGE_SIZE: u32 = 50;

    /// A query for the first page of the records with this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            q: text.into(),
            page: 1,
        }
    }
}

impl Default for ListQuery {
    fn default() -> Self {
        Self::new("")
    }
}

/// A page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecordPage<T> {
    /// At most 50.
    pub records: Vec<T>,
    /// Whether there is another page.
    pub has_more: bool,
}

/// An account, as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PartnerRecord {
    /// The account.
    pub partner_id: PartnerId,
    /// Its name.
    pub name: String,
    /// The URL of the partner's published keys, if it publishes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<WebUrl>,
    /// Its web origins.
    pub allowed_origins: Vec<WebOrigin>,
    /// Whether it may issue on behalf of users.
    pub issue_on_behalf: bool,
    /// Its issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// Its verifier.
    pub verifier_did: String,
    /// The ids of the keys that the operator registered, beside those at the JWKS URL.
    #[serde(default)]
    pub registered_keys: Vec<String>,
    /// When it was created.
    pub created_at: PlatformTime,
}

/// An issuance program, as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of the wire")]
pub struct ProgramRecord {
    /// The id; `credentialId` on the wire.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
    /// Its name, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its partner.
    pub partner_id: PartnerId,
    /// The partner's name.
    pub partner_name: String,
    /// The schema of its subjects.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// The schema's title.
    pub title: String,
    /// Compliance encryption.
    pub cak: bool,
    /// The validity of its credentials.
    pub expiration: Expiration,
    /// Whether it can issue; a draft can't.
    pub published: bool,
    /// The last second in which it issues; `None` is for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessible_until: Option<PlatformTime>,
    /// The maximum number of credentials that it issues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_issuance: Option<u64>,
    /// The suite of W3C credentials that holders get beside the SD-JWT VC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofSuite>,
    /// Whether its W3C credentials have no status entry.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlinkable: bool,
    /// Whether holders can prove conditions on its credentials without the values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub predicate_proofs: bool,
    /// The number of credentials that it has issued.
    pub issued: u64,
    /// When it was created.
    pub created_at: PlatformTime,
}

/// A verification program, as the operator sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct VerificationProgramRecord {
    /// The id.
    pub program_id: VerificationProgramId,
    /// Its name, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its partner.
    pub partner_id: PartnerId,
    /// The partner's name.
    pub partner_name: String,
    /// The schema of the credentials that it accepts.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// The schema's title.
    pub title: String,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// Whether it asks for the CAK's private key.
    pub require_cak: bool,
    /// Whether a trust list names the issuers whose credentials it accepts.
    #[serde(default)]
    pub has_trust_list: bool,
    /// The suites of W3C credentials that it accepts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proofs: Vec<ProofSuite>,
    /// The issuance program whose credentials it accepts predicate proofs of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate_proofs_of: Option<ProgramId>,
    /// The number of its runs.
    pub runs: u64,
    /// When it was created.
    pub created_at: PlatformTime,
}
