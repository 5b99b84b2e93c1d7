//! Error answers: RFC 6749, section 5.2; RFC 6750, section 3; RFC 9449, section 7; OpenID4VCI 1.0, section 8.3.

use air_oid4vc::vci::{ErrorCode, ErrorResponse};
use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::Failure;

/// The header with the nonce for the client's next proof (RFC 9449, 8).
pub(crate) const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A refused request.
#[derive(Debug)]
pub(crate) struct Rejection {
    status: StatusCode,
    code: String,
    description: Option<String>,
    /// The scheme of `WWW-Authenticate`.
    challenge: Option<&'static str>,
    retry_after: Option<u64>,
}

impl Rejection {
    pub(crate) fn new(status: StatusCode, code: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            description: None,
            challenge: None,
            retry_after: None,
        }
    }

    /// 400 with a code.
    pub(crate) fn bad_request(code: &ErrorCode) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code.as_str())
    }

    /// 404: no such issuer, verifier, offer or request.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found")
    }

    /// 413: the body exceeds its limit.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request")
            .describe(&format!("the body is longer than {limit} bytes"))
    }

    /// The answer to a message that breaks a rule.
    pub(crate) fn message(error: &air_oid4vc::Error) -> Self {
        Self::from(ErrorResponse::from(error))
    }

    /// Adds a description. Characters that RFC 6749 forbids are replaced.
    pub(crate) fn describe(mut self, description: &str) -> Self {
        let is_allowed = |c: &char| matches!(c, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
        let characters = description.chars().take(500);
        let description = characters.map(|c| if is_allowed(&c) { c } else { '\'' });
        self.description = Some(description.collect());
        self
    }

    /// Adds `WWW-Authenticate` with this scheme.
    pub(crate) fn challenge(mut self, scheme: &'static str) -> Self {
        self.challenge = Some(scheme);
        self
    }

    /// Replaces the code.
    pub(crate) fn with_code(mut self, code: &ErrorCode) -> Self {
        code.as_str().clone_into(&mut self.code);
        self
    }
}

impl From<ErrorResponse> for Rejection {
    fn from(response: ErrorResponse) -> Self {
        let status = match response.code() {
            ErrorCode::InsufficientScope => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        let rejection = Self::new(status, response.code().as_str());
        match response.description() {
            Some(description) => rejection.describe(description),
            None => rejection,
        }
    }
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        let (status, code, retry_after) = match failure {
            Failure::Unavailable { retry_after } => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                retry_after,
            ),
            Failure::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", None),
        };
        let rejection = Self {
            retry_after,
            ..Self::new(status, code)
        };
        rejection.describe(&failure.to_string())
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.code });
        if let (Some(description), Some(members)) = (&self.description, body.as_object_mut()) {
            members.insert("error_description".into(), description.as_str().into());
        }
        let mut response = (self.status, no_store(), Json(body)).into_response();
        let headers = response.headers_mut();
        if let Some(scheme) = self.challenge {
            let parameters = if scheme == "DPoP" {
                ", algs=\"ES256 RS256\""
            } else {
                ""
            };
            let challenge = format!("{scheme} error=\"{}\"{parameters}", self.code);
            if let Ok(challenge) = HeaderValue::from_str(&challenge) {
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The header of answers with codes, tokens, nonces and credentials (RFC 6749, 5.1).
pub(crate) fn no_store() -> [(HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-store")]
}
