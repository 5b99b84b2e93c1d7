//! The rules of the authorization code.

use std::fmt;

use crate::vci::ErrorCode;

/// A rule of an authorization or token request. `Display` states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// A parameter occurs once.
    Repeated,
    /// A required parameter is present.
    Missing,
    /// `response_type` is `code`.
    ResponseType,
    /// `redirect_uri` is an https URL, a URL of this machine or a URI of an app, without fragment.
    RedirectUri,
    /// The redirect URI is the one of the authorization request.
    SameRedirectUri,
    /// The request has a PKCE challenge.
    ChallengeMissing,
    /// The challenge is of the method `S256`.
    ChallengeMethod,
    /// The challenge has the form of an `S256` one.
    Challenge,
    /// The code verifier is present and has its form.
    VerifierForm,
    /// The code verifier is the one of the challenge.
    Verifier,
    /// A pushed request has no `request_uri`.
    NestedRequestUri,
    /// A pushed request has no signed request object.
    RequestObject,
    /// The request URI is one of this server that no user has decided about.
    RequestUriUnknown,
    /// The request URI was issued to this client.
    RequestUriClient,
    /// The request URI has not expired.
    RequestUriExpired,
    /// The code was issued to this client.
    CodeClient,
    /// The code has not expired.
    CodeExpired,
    /// The client of the request is the authenticated one.
    Client,
    /// The key of the pushed request's DPoP proof is the one of `dpop_jkt`.
    PushedKey,
    /// The DPoP key is the one that the code or refresh token is bound to.
    BoundKey,
    /// The request names credentials, by `scope` or `authorization_details`.
    NothingRequested,
    /// `authorization_details` is an array of objects of the type `openid_credential`.
    AuthorizationDetails,
    /// The requested credential is one of the issuer.
    UnknownCredential,
    /// `grant_type` is the expected one.
    GrantType,
    /// The answer has the `state` of the request.
    State,
    /// The answer has the issuer that the request was sent to.
    Issuer,
    /// The answer has either `code` or `error`.
    Answer,
    /// The authorization server refused.
    Refused,
    /// This crate's limit.
    Limit {
        /// The maximum number of items or bytes.
        most: usize,
    },
}

impl Rule {
    /// The specification and the section that state the rule; `None` for a limit of this crate.
    #[must_use]
    pub fn reference(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Repeated => ("RFC 6749", "3.1"),
            Self::Missing | Self::ResponseType => ("RFC 6749", "4.1.1"),
            Self::RedirectUri => ("RFC 6749", "3.1.2"),
            Self::SameRedirectUri | Self::CodeClient | Self::CodeExpired | Self::GrantType => {
                ("RFC 6749", "4.1.3")
            }
            Self::ChallengeMissing | Self::ChallengeMethod => ("HAIP 1.0", "4"),
            Self::Challenge => ("RFC 7636", "4.2"),
            Self::VerifierForm => ("RFC 7636", "4.1"),
            Self::Verifier => ("RFC 7636", "4.6"),
            Self::NestedRequestUri | Self::Client => ("RFC 9126", "2.1"),
            Self::RequestObject => ("RFC 9126", "3"),
            Self::RequestUriUnknown => ("RFC 9126", "7.3"),
            Self::RequestUriClient => ("RFC 9126", "2.2"),
            Self::RequestUriExpired => ("RFC 9126", "4"),
            Self::PushedKey => ("RFC 9449", "10.1"),
            Self::BoundKey => ("RFC 9449", "10"),
            Self::NothingRequested | Self::UnknownCredential => ("OpenID4VCI 1.0", "5.1.2"),
            Self::AuthorizationDetails => ("OpenID4VCI 1.0", "5.1.1"),
            Self::State | Self::Answer | Self::Refused => ("RFC 6749", "4.1.2"),
            Self::Issuer => ("RFC 9207", "2.4"),
            Self::Limit { .. } => return None,
        })
    }

    /// The code of the server's error response.
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::ResponseType => ErrorCode::UnsupportedResponseType,
            Self::RequestUriUnknown | Self::RequestUriClient | Self::RequestUriExpired => {
                ErrorCode::InvalidRequestUri
            }
            Self::SameRedirectUri
            | Self::CodeClient
            | Self::CodeExpired
            | Self::Verifier
            | Self::BoundKey => ErrorCode::InvalidGrant,
            Self::Client => ErrorCode::InvalidClient,
            Self::PushedKey => ErrorCode::InvalidDpopProof,
            Self::NothingRequested | Self::UnknownCredential => ErrorCode::InvalidScope,
            Self::AuthorizationDetails => ErrorCode::InvalidAuthorizationDetails,
            Self::GrantType => ErrorCode::UnsupportedGrantType,
            Self::Refused => ErrorCode::AccessDenied,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated => "must occur only once",
            Self::Missing => "must be present",
            Self::ResponseType => "must be `code`",
            Self::RedirectUri => {
                "must be an https URL, an http URL of this machine or a URI of an app, without fragment"
            }
            Self::SameRedirectUri => "must be the redirect URI of the authorization request",
            Self::ChallengeMissing => "must be present: the code needs PKCE",
            Self::ChallengeMethod => "must be `S256`",
            Self::Challenge => "must be the SHA-256 hash of the code verifier in base64url",
            Self::VerifierForm => "must have 43 to 128 letters, digits, `-`, `.`, `_` or `~`",
            Self::Verifier => "must be the code verifier of the request's challenge",
            Self::NestedRequestUri => "must be absent in a pushed request",
            Self::RequestObject => "must be absent: signed requests are not supported",
            Self::RequestUriUnknown => "is unknown or was used before; push the request again",
            Self::RequestUriClient => "must be used by the client that pushed the request",
            Self::RequestUriExpired => "has expired; push the request again",
            Self::CodeClient => "must be redeemed by the client that it was issued to",
            Self::CodeExpired => "has expired; ask for a new one",
            Self::Client => "must be the client that authenticated",
            Self::PushedKey => "must be the thumbprint of the key that signed the DPoP proof",
            Self::BoundKey => "must be the DPoP key that the code or refresh token is bound to",
            Self::NothingRequested => "must name a credential, or `authorization_details` must be present",
            Self::AuthorizationDetails => {
                "must be an array of objects with `type` `openid_credential` and `credential_configuration_id`"
            }
            Self::UnknownCredential => "must be a credential of the issuer",
            Self::GrantType => "must be `authorization_code` or `refresh_token`, as the request says",
            Self::State => "must be the `state` of the request",
            Self::Issuer => "must be the authorization server that the request was sent to",
            Self::Answer => "must be the only one of `code` and `error`",
            Self::Refused => "says that the authorization server or the user refused",
            Self::Limit { most } => return write!(f, "must have at most {most} items or bytes"),
        })
    }
}
