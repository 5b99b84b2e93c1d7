//! The codes of error responses (OpenID4VP 1.0, section 8.5; RFC 6749, section 4.1.2.1).

use std::fmt;

/// The code of an error response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// `invalid_request`: the request breaks a rule.
    InvalidRequest,
    /// `invalid_client`: the verifier's metadata is known already, and the request has other.
    InvalidClient,
    /// `access_denied`: no matching credential, no consent, or the user was not authenticated.
    AccessDenied,
    /// `invalid_scope`: the scope is unknown.
    InvalidScope,
    /// `unsupported_response_type`: the response type is not `vp_token`.
    UnsupportedResponseType,
    /// `server_error`: the wallet failed.
    ServerError,
    /// `vp_formats_not_supported`: the wallet supports no requested format.
    VpFormatsNotSupported,
    /// `invalid_request_uri_method`: the method is neither `get` nor `post`.
    InvalidRequestUriMethod,
    /// `invalid_transaction_data`: transaction data is unknown or malformed.
    InvalidTransactionData,
    /// `wallet_unavailable`: the wallet can't respond.
    WalletUnavailable,
    /// Another code.
    Unknown(String),
}

impl ErrorCode {
    const KNOWN: [Self; 10] = [
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::AccessDenied,
        Self::InvalidScope,
        Self::UnsupportedResponseType,
        Self::ServerError,
        Self::VpFormatsNotSupported,
        Self::InvalidRequestUriMethod,
        Self::InvalidTransactionData,
        Self::WalletUnavailable,
    ];

    /// The code on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::AccessDenied => "access_denied",
            Self::InvalidScope => "invalid_scope",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::ServerError => "server_error",
            Self::VpFormatsNotSupported => "vp_formats_not_supported",
            Self::InvalidRequestUriMethod => "invalid_request_uri_method",
            Self::InvalidTransactionData => "invalid_transaction_data",
            Self::WalletUnavailable => "wallet_unavailable",
            Self::Unknown(code) => code,
        }
    }

    /// Reads a code; `None` if it has characters that RFC 6749 forbids, or more than 128.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_allowed = |c: u8| matches!(c, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if text.is_empty() || text.len() > 128 || !text.bytes().all(is_allowed) {
            return None;
        }
        let known = Self::KNOWN.into_iter().find(|known| known.as_str() == text);
        Some(known.unwrap_or_else(|| Self::Unknown(text.to_owned())))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
