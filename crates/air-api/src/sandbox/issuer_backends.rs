//! The backends of issuers that sign credentials themselves. The platform calls them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{IssuerDid, PartnerId, WebUrl, wire};

/// `PUT /sandbox/v1/partners/{partner}/issuer-backend`, and `issuerBackend` of a seed file. `Debug`
/// does not show the API key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewIssuerBackend {
    /// The issuer's `did:web`, whose document has the keys of its credentials.
    #[serde(deserialize_with = "wire::id")]
    pub did: IssuerDid,
    /// The URL for previews: https, or http on this machine.
    pub available_vc_api_url: WebUrl,
    /// The URL that issues a credential.
    pub issue_vc_api_url: WebUrl,
    /// The URL for the status of a credential, to which a slash and the credential's nonce are
    /// appended. Without it, the platform checks status lists only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_status_api_url: Option<WebUrl>,
    /// The key that the backend expects in `x-api-key`: 1 to 256 visible ASCII characters.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[!-~]{1,256}$")))]
    pub api_key: String,
}

/// A partner's registered backend, without the API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IssuerBackend {
    /// The account.
    pub partner_id: PartnerId,
    /// The issuer's DID.
    #[serde(deserialize_with = "wire::id")]
    pub did: IssuerDid,
    /// The URL for previews.
    pub available_vc_api_url: WebUrl,
    /// The URL that issues a credential.
    pub issue_vc_api_url: WebUrl,
    /// The URL for the status of a credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_status_api_url: Option<WebUrl>,
}

impl fmt::Debug for NewIssuerBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewIssuerBackend")
            .field("did", &self.did)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_api_key_is_never_shown() {
        let document = json!({ "did": "did:web:issuer.example", "availableVcApiUrl": "https://issuer.example/available-vc",
            "issueVcApiUrl": "https://issuer.example/issue-vc", "apiKey": "a-secret-of-the-backend" });
        let new: NewIssuerBackend = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(serde_json::to_value(&new).unwrap(), document);
        assert!(!format!("{new:?}").contains("a-secret"), "{new:?}");
    }
}
