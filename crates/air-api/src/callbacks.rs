//! The issuer's callback: the platform notifies an issuer of each release of a CAK to which the
//! user agreed. The event contains no personal data and no key.

use serde::{Deserialize, Serialize};

use crate::{IssuerDid, SchemaId, UserUuid, WebUrl, wire};

/// `POST /issuer/modify`: one callback for all of an issuer's programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ModifyIssuer {
    /// The URL to which events are posted.
    pub callback_url: WebUrl,
}

/// The issuer's record, as the local platform answers. Its `Debug` does not show the secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IssuerRecord {
    /// The issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// The URL to which events are posted.
    pub callback_url: String,
    /// The secret that signs them (Standard Webhooks: `whsec_…`): only in the answer that made it,
    /// with the first URL or in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_secret: Option<String>,
}

/// `POST /verifier/verify/initialize`: opens a callback record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InitializeVerification {
    /// The issuer that is notified.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
}

/// A callback record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CallbackRecord {
    /// Its id, which is the event's (`webhook-id`) too.
    pub record_id: String,
    /// The issuer that receives the callback.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// The verifier's DID.
    pub verifier_did: String,
    /// The state of the delivery.
    pub status: CallbackStatus,
}

/// The state of a callback record, as the platform numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i8", into = "i8")]
#[non_exhaustive]
pub enum CallbackStatus {
    /// -1: opened, without an event to deliver.
    NotSend,
    /// 0: to be delivered, until the issuer answers 2XX.
    Pending,
    /// 1: delivered. (This number is the local platform's choice.)
    Delivered,
}

impl From<CallbackStatus> for i8 {
    fn from(status: CallbackStatus) -> Self {
        match status {
            CallbackStatus::NotSend => -1,
            CallbackStatus::Pending => 0,
            CallbackStatus::Delivered => 1,
        }
    }
}

impl TryFrom<i8> for CallbackStatus {
    type Error = &'static str;

    fn try_from(number: i8) -> Result<Self, Self::Error> {
        match number {
            -1 => Ok(Self::NotSend),
            0 => Ok(Self::Pending),
            1 => Ok(Self::Delivered),
            _ => Err("a callback's status is -1, 0 or 1"),
        }
    }
}

/// The body of a callback. It may be delivered more than once: receivers deduplicate by the three
/// ids together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CallbackEvent {
    /// The user who agreed.
    pub user_id: UserUuid,
    /// The verifier that got the key.
    pub verifier_did: String,
    /// For which schema.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
}

impl std::fmt::Debug for IssuerRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuerRecord")
            .field("issuer_did", &self.issuer_did)
            .field("callback_url", &self.callback_url)
            .finish_non_exhaustive()
    }
}
