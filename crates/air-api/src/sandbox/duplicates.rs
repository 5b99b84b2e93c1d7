//! The credentials of the same user and schema that existed before an issuance.

use serde::{Deserialize, Serialize};

use crate::CoreClaimHash;

/// The outcome for the user's earlier credentials of the same schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DuplicateDetails {
    /// Whether they were revoked or returned.
    pub outcome: DuplicateOutcome,
    /// The earlier credentials. With [`DuplicateOutcome::Returned`], the one that the response contains.
    pub core_claim_hashes: Vec<CoreClaimHash>,
}

/// The outcome for an earlier credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum DuplicateOutcome {
    /// Nothing was issued: the response contains the earlier credential.
    Returned,
    /// The earlier credentials were revoked, and a new one was issued.
    Revoked,
}
