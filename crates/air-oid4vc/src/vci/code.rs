//! The codes of error responses of issuers and authorization servers (OpenID4VCI 1.0, sections 6.3,
//! 8.3.1, 9.3 and 11.3).

use std::fmt;

/// The code of an error response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// `invalid_request` (RFC 6749, 5.2), also a transaction code that is missing or not expected.
    InvalidRequest,
    /// `invalid_client`: client authentication failed, or anonymous access is not supported.
    InvalidClient,
    /// `invalid_grant`: the code is wrong or expired, or the transaction code is wrong.
    InvalidGrant,
    /// `unauthorized_client` (RFC 6749, 5.2).
    UnauthorizedClient,
    /// `unsupported_grant_type` (RFC 6749, 5.2).
    UnsupportedGrantType,
    /// `invalid_scope` (RFC 6749, 5.2).
    InvalidScope,
    /// `invalid_token` (RFC 6750, 3.1).
    InvalidToken,
    /// `insufficient_scope` (RFC 6750, 3.1).
    InsufficientScope,
    /// `unsupported_response_type` (RFC 6749, 4.1.2.1).
    UnsupportedResponseType,
    /// `access_denied`: the user or the server refused (RFC 6749, 4.1.2.1).
    AccessDenied,
    /// `invalid_request_uri`: the request URI is unknown, used or expired (RFC 9101, 7).
    InvalidRequestUri,
    /// `invalid_authorization_details` (RFC 9396, 5).
    InvalidAuthorizationDetails,
    /// `invalid_dpop_proof` (RFC 9449, 5).
    InvalidDpopProof,
    /// `use_dpop_nonce`: repeat the request with the nonce of the header `DPoP-Nonce` (RFC 9449, 8).
    UseDpopNonce,
    /// `invalid_credential_request`: the request is malformed.
    InvalidCredentialRequest,
    /// `unknown_credential_configuration`.
    UnknownCredentialConfiguration,
    /// `unknown_credential_identifier`.
    UnknownCredentialIdentifier,
    /// `invalid_proof`: a proof is missing or invalid.
    InvalidProof,
    /// `invalid_nonce`: the wallet should fetch another `c_nonce`.
    InvalidNonce,
    /// `invalid_encryption_parameters`.
    InvalidEncryptionParameters,
    /// `credential_request_denied`: trying again does not help.
    CredentialRequestDenied,
    /// `invalid_transaction_id`: unknown or used (section 9.3).
    InvalidTransactionId,
    /// `invalid_notification_id` (section 11.3).
    InvalidNotificationId,
    /// `invalid_notification_request` (section 11.3).
    InvalidNotificationRequest,
    /// Another code.
    Unknown(String),
}

impl ErrorCode {
    const KNOWN: [Self; 24] = [
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::UnsupportedGrantType,
        Self::InvalidScope,
        Self::InvalidToken,
        Self::InsufficientScope,
        Self::UnsupportedResponseType,
        Self::AccessDenied,
        Self::InvalidRequestUri,
        Self::InvalidAuthorizationDetails,
        Self::InvalidDpopProof,
        Self::UseDpopNonce,
        Self::InvalidCredentialRequest,
        Self::UnknownCredentialConfiguration,
        Self::UnknownCredentialIdentifier,
        Self::InvalidProof,
        Self::InvalidNonce,
        Self::InvalidEncryptionParameters,
        Self::CredentialRequestDenied,
        Self::InvalidTransactionId,
        Self::InvalidNotificationId,
        Self::InvalidNotificationRequest,
    ];

    /// Reads a code.
    pub(crate) fn parse(text: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|known| known.as_str() == text);
        known.unwrap_or_else(|| Self::Unknown(text.to_owned()))
    }

    /// The code on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::AccessDenied => "access_denied",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidCredentialRequest => "invalid_credential_request",
            Self::UnknownCredentialConfiguration => "unknown_credential_configuration",
            Self::UnknownCredentialIdentifier => "unknown_credential_identifier",
            Self::InvalidProof => "invalid_proof",
            Self::InvalidNonce => "invalid_nonce",
            Self::InvalidEncryptionParameters => "invalid_encryption_parameters",
            Self::CredentialRequestDenied => "credential_request_denied",
            Self::InvalidTransactionId => "invalid_transaction_id",
            Self::InvalidNotificationId => "invalid_notification_id",
            Self::InvalidNotificationRequest => "invalid_notification_request",
            Self::Unknown(code) => code,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
