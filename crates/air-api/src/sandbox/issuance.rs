//! The calls behind the SDK's `issueCredential`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::DuplicateDetails;
use crate::{
    CoreClaimHash, Curve, IssuerDid, OnDuplicate, PlatformTime, ProgramId, SchemaId, UserUuid, VcId, wire,
};

/// `GET /sandbox/v1/programs/{credentialId}`: what a wallet must know of a program before it issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Program {
    /// The program.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
    /// Its issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// Its schema.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// The schema's title.
    pub title: String,
    /// Compliance encryption.
    pub cak: bool,
    /// Whether it can issue.
    pub published: bool,
}

/// `POST /sandbox/v1/credentials/issue`, with a Partner JWT of scope `issue` and the user's session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Issue {
    /// The issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// The issuance program.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
    /// The claims. They must match the program's schema exactly.
    pub credential_subject: Map<String, Value>,
    /// The curve of the CAK.
    #[serde(default)]
    pub curve: Curve,
    /// The CAK's public key, SEC1 in hex, which the user's wallet derived; needed when the program
    /// has CAK on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cak_public_key: Option<String>,
    /// The treatment of an earlier credential.
    #[serde(default)]
    pub on_duplicate: OnDuplicate,
}

/// The answer: the credential goes to its holder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Issued {
    /// The hash to poll the status with.
    pub core_claim_hash: CoreClaimHash,
    /// The program.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
    /// The schema.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// The credential's id.
    pub vc_id: VcId,
    /// The holder.
    pub user_uuid: UserUuid,
    /// The compact SD-JWT VC with all of its disclosures.
    pub credential: String,
    /// The outcome for the user's earlier credentials of the schema, if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<DuplicateDetails>,
}

/// `POST /sandbox/v1/credentials/revoke`, with a Partner JWT of scope `issue`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Revoke {
    /// The credential.
    pub core_claim_hash: CoreClaimHash,
}

/// The answer, the same however often it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Revoked {
    /// The credential.
    pub core_claim_hash: CoreClaimHash,
    /// Since when it is revoked.
    pub revocation_date: PlatformTime,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued")
            .field("core_claim_hash", &self.core_claim_hash)
            .finish_non_exhaustive()
    }
}
