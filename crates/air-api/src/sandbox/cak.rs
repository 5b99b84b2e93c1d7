//! The CAK of a credential: whether it exists, and its public half.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::DuplicateDetails;
use crate::{Curve, IssuerDid, PlatformTime, SchemaId, UserUuid, wire};

/// The local platform's additions to the response of `POST /v1/credentials/issue-on-behalf`, in a
/// field of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct IssuedDetails {
    /// The CAK, if compliance encryption is on for the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cak: Option<CakDetails>,
    /// The outcome for the user's earlier credentials of the schema, if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<DuplicateDetails>,
}

/// The CAK of a credential whose program has compliance encryption on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CakDetails {
    /// Whether the key exists.
    pub state: CakState,
    /// The curve of the key, if it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<Curve>,
    /// The public half, if it exists: `0x04…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The reason why there is no key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingCak>,
}

/// Whether a CAK exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum CakState {
    /// The issuer may seal to it.
    Available,
    /// There is no key to seal to.
    Missing,
}

/// The reason why there is no CAK: a reason for programs, and the same in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MissingCak {
    /// The reason.
    pub reason: MissingCakReason,
    /// The reason in a sentence.
    pub message: String,
}

/// The reason why there is no CAK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum MissingCakReason {
    /// The credential was issued on behalf of the user, who has not accepted it.
    NotAccepted,
    /// The credential's program has compliance encryption off.
    EncryptionOff,
}

impl fmt::Display for MissingCakReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAccepted => "no CAK yet: the user has not accepted",
            Self::EncryptionOff => "no CAK: the credential was issued without compliance encryption",
        })
    }
}

impl From<MissingCakReason> for MissingCak {
    fn from(reason: MissingCakReason) -> Self {
        Self {
            reason,
            message: reason.to_string(),
        }
    }
}

impl CakDetails {
    /// A key that exists.
    #[must_use]
    pub fn available(curve: Curve, public_key: String) -> Self {
        Self {
            state: CakState::Available,
            curve: Some(curve),
            public_key: Some(public_key),
            missing: None,
        }
    }

    /// A key that does not exist.
    #[must_use]
    pub fn missing(reason: MissingCakReason) -> Self {
        Self {
            state: CakState::Missing,
            curve: None,
            public_key: None,
            missing: Some(reason.into()),
        }
    }
}

/// The query of `GET /sandbox/v1/cak`: the context of a CAK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CakQuery {
    /// The user's AIR id.
    pub user: UserUuid,
    /// The issuer, which must be the caller's own.
    #[serde(deserialize_with = "wire::id")]
    pub issuer: IssuerDid,
    /// The schema.
    #[serde(deserialize_with = "wire::id")]
    pub schema: SchemaId,
    /// The curve. Defaults to `secp256r1`.
    #[serde(default)]
    pub curve: Curve,
}

/// The public half of a CAK, as the user gave it to the issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecordedCak {
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
    /// The public half: `0x04…`.
    pub public_key: String,
    /// When the user gave it.
    pub recorded_at: PlatformTime,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_missing_key_says_why_and_has_no_empty_members() {
        let details = CakDetails::missing(MissingCakReason::NotAccepted);
        let written = json!({ "state": "missing", "missing": {
            "reason": "notAccepted", "message": "no CAK yet: the user has not accepted" } });
        assert_eq!(serde_json::to_value(&details).unwrap(), written);
        assert_eq!(serde_json::from_value::<CakDetails>(written).unwrap(), details);
    }

    #[test]
    fn the_curve_of_a_query_defaults_to_secp256r1() {
        let query = json!({ "user": "3b241101-e2bb-4255-8caf-4136c566a962", "issuer": "did:air:id:test:x", "schema": "s" });
        let query: CakQuery = serde_json::from_value(query).unwrap();
        assert_eq!(query.curve, Curve::Secp256r1);
    }
}
