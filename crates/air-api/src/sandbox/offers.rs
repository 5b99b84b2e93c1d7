//! Credential offers to wallets (OpenID4VCI).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::CredentialFormat;
use crate::{IssuerDid, OnDuplicate, PlatformTime, ProgramId, wire};

/// `POST /sandbox/v1/offers`, with a Partner JWT of scope `issue`. The recipient is the user with
/// the token's `email`; without one, a new user of this offer alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateOffer {
    /// The issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// The issuance program; `credentialId` on the wire.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
    /// The format of the credential. Defaults to `dc+sd-jwt`.
    #[serde(default)]
    pub format: CredentialFormat,
    /// The claims. They must match the program's schema exactly.
    pub credential_subject: Map<String, Value>,
    /// Whether the wallet's credentials replace earlier ones of the schema (`revoke`), or are added to them
    /// (`ignore`).
    #[serde(default)]
    pub on_duplicate: OnDuplicate,
    /// Whether the user must enter a transaction code, which reaches the user by another channel.
    #[serde(default)]
    pub tx_code: bool,
    /// Whether the user must sign in and agree on the platform's page (the authorization code
    /// flow), instead of giving the credential to the first wallet that redeems the link. Excludes
    /// `txCode`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sign_in: bool,
    /// How long the credential is deferred after the wallet's request, in seconds: 1 to 3,600. The
    /// wallet asks again (deferred issuance). If it is absent, the credential is issued
    /// immediately.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::whole::optional"
    )]
    pub defers_for: Option<u32>,
    /// The lifetime of the offer in seconds: 1 to 86,400, and 600 if it is absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::whole::optional"
    )]
    pub expires_in: Option<u32>,
}

/// An offer. Its links are secrets: they give the credential to the first wallet that redeems them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreatedOffer {
    /// The offer's ID, which is no secret.
    pub offer_id: String,
    /// The link for a wallet, by reference: `openid-credential-offer://?credential_offer_uri=…`.
    /// Short enough for a QR code.
    pub url: String,
    /// The link for a wallet, by value: `openid-credential-offer://?credential_offer=…`.
    pub url_by_value: String,
    /// The transaction code, if there is one. Give it to the user by another channel than the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx_code: Option<String>,
    /// The time at which the offer ends.
    pub expires_at: PlatformTime,
}

/// Shows neither links nor the transaction code.
impl fmt::Debug for CreatedOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedOffer")
            .field("offer_id", &self.offer_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The state of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum OfferState {
    /// No wallet has used it yet.
    Offered,
    /// A wallet has an access token, and no credential yet.
    Redeemed,
    /// A wallet has received credentials.
    Issued,
    /// The offer ended before a wallet received credentials.
    Expired,
    /// Five wrong transaction codes ended it.
    Void,
}

/// `GET /sandbox/v1/offers/{offer}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OfferStatus {
    /// The offer's ID.
    pub offer_id: String,
    /// The issuance program.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
    /// The format of the credential.
    #[serde(default)]
    pub format: CredentialFormat,
    /// The state.
    pub state: OfferState,
    /// The number of issued credentials.
    pub credentials: u64,
    /// The last event that the wallet reported: `credential_accepted`, `credential_failure` or
    /// `credential_deleted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<String>,
    /// The time at which the offer ends.
    pub expires_at: PlatformTime,
}
