//! The calls behind the SDK's `verifyCredential`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::AnchoringReason;
use crate::{
    Curve, IssuerDid, PlatformTime, SchemaId, UserUuid, VerificationId, VerificationProgramId, wire,
};

/// `POST /sandbox/v1/verifications`, with a Partner JWT of scope `verify` and the user's session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartVerification {
    /// The verification program.
    pub program_id: VerificationProgramId,
}

/// The run, and what the user is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StartedVerification {
    /// The run.
    pub verification_id: VerificationId,
    /// The request for consent.
    pub consent: ConsentRequest,
}

/// The verifier and its request, for the user to read before the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConsentRequest {
    /// The verifier's name.
    pub verifier: String,
    /// The verifier's DID.
    pub verifier_did: String,
    /// The title of the schema.
    pub schema_title: String,
    /// The attributes whose values the conditions test.
    pub attributes: Vec<String>,
    /// The attributes whose values the verifier gets to see, where the conditions hold.
    #[serde(default)]
    pub disclosed: Vec<String>,
    /// Whether the private key that opens the sealed documents is asked for.
    pub asks_for_cak: bool,
    /// All of it in plain sentences.
    pub statement: String,
}

/// `POST /sandbox/v1/verifications/{id}/consent`, with the user's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase", tag = "decision")]
#[non_exhaustive]
pub enum ConsentDecision {
    /// The verifier gets what it asked for.
    Agree,
    /// The run ends; nothing is released.
    Deny,
}

/// The SDK's statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum VerificationStatus {
    /// All conditions hold.
    Compliant,
    /// A condition does not hold.
    #[serde(rename = "Non-Compliant")]
    NonCompliant,
    /// The credential is not anchored yet.
    Pending,
    /// Its revocation is not anchored yet.
    Revoking,
    /// It was revoked.
    Revoked,
    /// It has expired.
    Expired,
    /// The user has none of that schema.
    NotFound,
}

/// The user's decision on a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Consent {
    /// The user has not decided yet.
    Asked,
    /// The user agreed.
    Agreed,
    /// The user refused.
    Denied,
    /// The user agreed, and withdrew the consent later.
    Withdrawn,
}

/// The present status of a credential that a verifier accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AcceptedStatus {
    /// It is neither revoked nor expired.
    Valid,
    /// The issuer revoked it.
    Revoked,
    /// It has expired.
    Expired,
}

impl AcceptedStatus {
    /// The status as on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

impl FromStr for AcceptedStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        [Self::Valid, Self::Revoked, Self::Expired]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(UnknownStatus)
    }
}

/// The text is not a status of an accepted credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a status; it is `valid`, `revoked` or `expired`")]
pub struct UnknownStatus;

/// `GET /sandbox/v1/verifications/{verification}`: a verification as its verifier can read it afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct VerificationRecord {
    /// The verification.
    pub verification_id: VerificationId,
    /// Its verification program.
    pub program_id: VerificationProgramId,
    /// The user's decision.
    pub consent: Consent,
    /// The result at the time of the decision, if the user agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<VerificationStatus>,
    /// The time of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<PlatformTime>,
    /// The present status of the credential, if the result is `Compliant` and the consent was not
    /// withdrawn. Absent for a credential from an issuer's own backend, whose status the platform
    /// does not keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_status: Option<AcceptedStatus>,
}

/// The CAK that a verification requests, with the context of the credential. The wallet may release
/// its private half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RequestedCak {
    /// The user.
    pub user: UserUuid,
    /// The issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer: IssuerDid,
    /// The schema.
    #[serde(deserialize_with = "wire::id")]
    pub schema: SchemaId,
    /// The curve.
    pub curve: Curve,
    /// The public key that was recorded at issuance: what the private key must belong to.
    pub public_key: String,
}

/// The data that the user agreed to show.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DisclosedData {
    /// The claims that the conditions test.
    pub credential_subject: Map<String, Value>,
    /// The credential's type.
    pub credential_type: String,
    /// The issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// When it was issued.
    pub issuance_date: PlatformTime,
    /// When it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<PlatformTime>,
}

/// The reason why a credential can't be verified yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PendingDetails {
    /// The reason why its anchoring takes longer than a block's time, or why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<AnchoringReason>,
    /// The time of the next attempt, at the latest. Absent if the anchoring has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<PlatformTime>,
}

/// The result, after the user agreed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct VerificationResult {
    /// The outcome.
    pub status: VerificationStatus,
    /// The reason why the credential is not anchored yet, with `Pending`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingDetails>,
    /// The verification's own entry in the ledger, or with `zkProofs` the newest checkpoint's; with `Compliant` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_hash: Option<String>,
    /// The key to release, with `Compliant`, CAK on at issuance and asked for by the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cak: Option<RequestedCak>,
    /// The reason why the program gets no key, with `Compliant`, if it requires the CAK and the
    /// credential has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cak_missing: Option<super::MissingCak>,
    /// The shown data, with `Compliant`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disclosed_data: Option<DisclosedData>,
    /// The credential's sealed documents in dStorage, which this verifier may now fetch.
    #[serde(default)]
    pub documents: Vec<super::StoredObject>,
    /// The proof, with `Compliant`, if the program accepts predicate proofs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zk_proofs: Option<super::ZkProofs>,
}

impl std::fmt::Debug for DisclosedData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DisclosedData")
            .field("attributes", &self.credential_subject.len())
            .finish_non_exhaustive()
    }
}
