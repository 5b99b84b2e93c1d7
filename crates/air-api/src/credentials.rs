//! The messages of `POST /credentials/issue-on-behalf` and `GET /credentials/status`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    CoreClaimHash, IssuerDid, PlatformTime, ProgramId, SchemaId, UserUuid, VcId,
    sandbox::{IssuedDetails, StatusDetails},
    wire,
};

/// The treatment of a credential that the same user already has of the same schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OnDuplicate {
    /// The old one is revoked and a new one issued: the platform's default.
    #[default]
    Revoke,
    /// The old one is returned.
    Ignore,
}

/// The body of `POST /credentials/issue-on-behalf`. The recipient is the token's `email`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IssueOnBehalf {
    /// The issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// The issuance program; `credentialId` on the wire.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
    /// The claims. They must match the program's schema exactly.
    pub credential_subject: Map<String, Value>,
    /// The treatment of an earlier credential.
    #[serde(default)]
    pub on_duplicate: OnDuplicate,
}

/// The answer of `POST /credentials/issue-on-behalf`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IssuedOnBehalf {
    /// The hash to poll the status with.
    pub core_claim_hash: CoreClaimHash,
    /// The issuance program.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
    /// The recipient, created when the address was new.
    pub user_uuid: UserUuid,
    /// The local platform's own: whether the credential has a CAK, and what happened to earlier
    /// ones. The hosted platform has no such field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<IssuedDetails>,
}

/// The state of a credential's anchoring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum VcStatus {
    /// Issued, not yet anchored: wait, and do not issue again.
    #[serde(rename = "WAIT_ONCHAIN")]
    WaitOnchain,
    /// Anchored: it can be verified.
    #[serde(rename = "ONCHAIN")]
    Onchain,
    /// A status that this version does not know.
    #[serde(untagged)]
    Unknown(String),
}

/// The answer of `GET /credentials/status?coreClaimHash=…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CredentialStatus {
    /// The hash that was asked for.
    pub core_claim_hash: CoreClaimHash,
    /// When it was issued.
    pub issuance_date: PlatformTime,
    /// When it expires; `None` is never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<PlatformTime>,
    /// The issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// The issuer's account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_id: Option<String>,
    /// The schema; the spelling is the platform's.
    #[serde(rename = "schemeId", skip_serializing_if = "Option::is_none")]
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub schema: Option<SchemaId>,
    /// The credential's id.
    pub vc_id: VcId,
    /// Its place in dStorage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vc_dstorage_id: Option<String>,
    /// The state of its anchoring.
    pub vc_status: VcStatus,
    /// The local platform's own: how its anchoring goes. The hosted platform has no such field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<StatusDetails>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_documented_examples() {
        let request = r#"{"issuerDid":"did:air:id:test:x","credentialId":"c21s70g0i54sn0023172Cv","credentialSubject":{"age":21}}"#;
        let request: IssueOnBehalf = serde_json::from_str(request).unwrap();
        assert_eq!(request.on_duplicate, OnDuplicate::Revoke);

        let status = format!(
            r#"{{"coreClaimHash":"{}","issuanceDate":"2026-01-19 07:18:45","issuerDid":"did:air:id:test:x",
                "schemeId":"01KKX3Q7DEK0GM2TCKMMHA","vcId":"c28t30c048pe502a3713w0","vcStatus":"WAIT_ONCHAIN"}}"#,
            "ab".repeat(32)
        );
        let status: CredentialStatus = serde_json::from_str(&status).unwrap();
        assert_eq!(status.vc_status, VcStatus::WaitOnchain);
        let again = serde_json::to_value(&status).unwrap();
        assert_eq!(again["schemeId"], "01KKX3Q7DEK0GM2TCKMMHA");
        assert!(again.get("expirationDate").is_none() && again.get("sandbox").is_none());
    }

    #[test]
    fn keeps_a_status_that_it_does_not_know() {
        let status: VcStatus = serde_json::from_str("\"REORGED\"").unwrap();
        assert_eq!(status, VcStatus::Unknown("REORGED".into()));
        assert_eq!(serde_json::to_string(&status).unwrap(), "\"REORGED\"");
    }
}
