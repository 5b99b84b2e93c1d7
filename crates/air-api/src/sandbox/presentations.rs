//! Presentation requests to wallets (OpenID4VP).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{CredentialFormat, DisclosedData, VerificationStatus};
use crate::{PlatformTime, VerificationProgramId, WebUrl};

/// `POST /sandbox/v1/presentation-requests`, with a Partner JWT of scope `verify`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreatePresentationRequest {
    /// The verification program. The wallet is asked for the attributes that its conditions test. A program with
    /// `requireCak` is allowed, but no wallet can release a CAK by OpenID4VP.
    pub program_id: VerificationProgramId,
    /// The formats of which the wallet presents one. Defaults to `dc+sd-jwt` alone.
    #[serde(default = "usual_formats")]
    #[cfg_attr(
        feature = "openapi",
        schemars(length(min = 1, max = 2), extend("uniqueItems" = true))
    )]
    pub formats: Vec<CredentialFormat>,
    /// Whether the wallet encrypts its response (`direct_post.jwt`). Defaults to `true`.
    #[serde(default = "yes")]
    pub encrypted: bool,
    /// The lifetime of the request in seconds: 1 to 86,400, and 600 if it is absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::whole::optional"
    )]
    pub expires_in: Option<u32>,
    /// Where a wallet on the user's own device sends the browser after its response, with the parameter `response_code`
    /// (OpenID4VP, section 8.2). The result is released to the caller that has this code only, so that a response from another
    /// browser session is not taken for this user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<WebUrl>,
    /// The transactions that the user authorises with the presentation (OpenID4VP, section 8.4): at most 8, and 64 KiB in base64url, each
    /// with a `type` that the wallet must know and the members of this type. The wallet shows them, and signs their hashes. The format
    /// must be `dc+sd-jwt` alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schemars(length(max = 8)))]
    pub transaction_data: Vec<Map<String, Value>>,
}

fn yes() -> bool {
    true
}

fn usual_formats() -> Vec<CredentialFormat> {
    vec![CredentialFormat::default()]
}

/// A presentation request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreatedPresentationRequest {
    /// The request's ID.
    pub request_id: String,
    /// The link for a wallet: `openid4vp://?client_id=…&request_uri=…`.
    pub url: String,
    /// The time at which the request ends.
    pub expires_at: PlatformTime,
}

/// Shows no link.
impl fmt::Debug for CreatedPresentationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedPresentationRequest")
            .field("request_id", &self.request_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The state of a presentation request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum PresentationState {
    /// No wallet has responded yet.
    Open,
    /// A wallet has presented a credential that answers the request.
    Presented,
    /// The wallet or its user refused.
    Refused,
    /// The request ended without response.
    Expired,
}

/// The result of a presentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PresentationResult {
    /// Whether the program's conditions hold, or why they were not tested.
    pub status: VerificationStatus,
    /// The name of the issuer in the program's trust list, if it is outside this platform. `issuerDid` of the data is then the
    /// identifier by which the credential names it, and `issuanceDate` the time of the presentation if the credential has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted_as: Option<String>,
    /// The attributes that the conditions test, if they hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disclosed_data: Option<DisclosedData>,
    /// The transactions that the user authorised, if the conditions hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transaction_data: Vec<Map<String, Value>>,
}

/// The query of `GET /sandbox/v1/presentation-requests/{request}`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PresentationRequestQuery {
    /// The code that the user's browser brought to the `redirectUri`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_code: Option<String>,
}

/// Shows no code.
impl fmt::Debug for PresentationRequestQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentationRequestQuery").finish_non_exhaustive()
    }
}

/// `GET /sandbox/v1/presentation-requests/{request}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PresentationRequestStatus {
    /// The request's ID.
    pub request_id: String,
    /// The verification program.
    pub program_id: VerificationProgramId,
    /// The state.
    pub state: PresentationState,
    /// The result, after a presentation. Absent without the right `responseCode` if the request has a `redirectUri`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<PresentationResult>,
    /// The time at which the request ends.
    pub expires_at: PlatformTime,
}
