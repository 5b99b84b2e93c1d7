//! A partner's callbacks and their delivery attempts.

use serde::{Deserialize, Serialize};

use super::AcceptedStatus;
use crate::{
    CallbackStatus, Curve, IssuerDid, PlatformTime, SchemaId, UserUuid, VerificationId,
    VerificationProgramId, wire,
};

/// The query of `GET /sandbox/v1/callbacks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CallbackQuery {
    /// The page, from 1; a page has a hundred callbacks.
    #[serde(default = "CallbackQuery::first")]
    #[cfg_attr(feature = "openapi", schemars(range(min = 1)))]
    pub page: u32,
}

impl CallbackQuery {
    fn first() -> u32 {
        1
    }
}

impl Default for CallbackQuery {
    fn default() -> Self {
        Self { page: Self::first() }
    }
}

/// `GET /sandbox/v1/callbacks`: a page of the issuer's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Callbacks {
    /// The records of released keys, then the open records without a released key; each group newest first.
    pub callbacks: Vec<Callback>,
    /// The next page, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page: Option<u32>,
}

/// The event that a callback reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum CallbackKind {
    /// A user released a key to a verifier. The body is a [`CallbackEvent`](crate::CallbackEvent).
    #[default]
    #[serde(rename = "cak.released")]
    Released,
    /// A user accepted a key. The body is a [`CakAvailable`].
    #[serde(rename = "cak.available")]
    Available,
    /// A credential that the partner accepted as a verifier was revoked or has expired. The body is a
    /// [`CredentialStatusChanged`].
    #[serde(rename = "credential.status_changed")]
    StatusChanged,
}

/// `PUT /sandbox/v1/callbacks/subscription`: what the partner's callback URL receives beside the
/// callbacks of its issuer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CallbackSubscription {
    /// Whether it receives a callback when a credential that the partner accepted as a verifier is
    /// revoked or expires.
    pub credential_status_changes: bool,
}

/// The body of a callback that reports a new status of a credential to a verifier that accepted it.
/// There is one for each verification program, about its newest verification. It may be delivered
/// more than once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CredentialStatusChanged {
    /// `credential.status_changed`.
    #[serde(rename = "type")]
    pub kind: CallbackKind,
    /// The verification that accepted the credential.
    pub verification_id: VerificationId,
    /// Its verification program.
    pub program_id: VerificationProgramId,
    /// The user.
    pub user_id: UserUuid,
    /// The new status.
    pub status: AcceptedStatus,
}

/// The body of a callback that reports an accepted key. It contains no personal data and no key:
/// fetch the key by `GET /sandbox/v1/cak`. It may be delivered more than once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CakAvailable {
    /// `cak.available`. The body of a released key has no such member.
    #[serde(rename = "type")]
    pub kind: CallbackKind,
    /// The user who accepted.
    pub user_id: UserUuid,
    /// The issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// For which schema.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// The curve of the key.
    pub curve: Curve,
}

/// One record, with its attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Callback {
    /// The record's id.
    pub record_id: String,
    /// The reported event.
    #[serde(default)]
    pub event: CallbackKind,
    /// The verifier's DID, for a released key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verifier_did: Option<String>,
    /// The state.
    pub status: CallbackStatus,
    /// When it was opened.
    pub created_at: PlatformTime,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<PlatformTime>,
    /// The attempts, oldest first.
    pub attempts: Vec<CallbackAttempt>,
}

/// One attempt to deliver. An issuer learns whether it was delivered; the status and the failure
/// are the operator's to see, since the issuer names the URL and could look around with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CallbackAttempt {
    /// When.
    pub at: PlatformTime,
    /// Whether the issuer's server answered 2XX.
    #[serde(default)]
    pub delivered: bool,
    /// The status that the issuer's server answered; for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The reason why there is no answer; for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}
