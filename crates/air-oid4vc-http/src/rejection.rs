//! Error answers: RFC 6749, section 5.2; RFC 6750, section 3; RFC 9449, section 7; OpenID4VCI 1.0,
//! section 8.3.

use std::fmt::Write;

use air_oid4vc::{
    oauth::Rule,
    vci::{ErrorCode, ErrorResponse},
};
use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::Failure;

/// The header with the nonce for the client's next proof (RFC 9449, 8).
pub(crate) const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The scheme of an access token in the header `Authorization`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RFC 6750.
    Bearer,
    /// RFC 9449, section 7.1.
    Dpop,
}

impl Scheme {
    /// The name with the parameters of each challenge.
    fn challenge(self) -> &'static str {
        match self {
            // RFC 6750, section 3: the scheme has at least one parameter.
            Self::Bearer => "Bearer realm=\"openid4vci\"",
            Self::Dpop => "DPoP realm=\"openid4vci\", algs=\"ES256 RS256\"",
        }
    }
}

/// A refused request.
#[derive(Debug)]
pub(crate) struct Rejection {
    status: StatusCode,
    /// Absent if the request has no access token (RFC 6750, section 3.1).
    code: Option<String>,
    description: Option<String>,
    /// The schemes of `WWW-Authenticate`.
    challenges: Vec<Scheme>,
    retry_after: Option<u64>,
}

impl Rejection {
    pub(crate) fn new(status: StatusCode, code: impl Into<String>) -> Self {
        Self {
            code: Some(code.into()),
            ..Self::without_code(status)
        }
    }

    /// 401 for a request without an access token. It names the schemes, but no error, as RFC 6750 requires
    /// in section 3.1.
    pub(crate) fn unauthenticated(schemes: &[Scheme]) -> Self {
        Self {
            challenges: schemes.to_vec(),
            ..Self::without_code(StatusCode::UNAUTHORIZED)
        }
    }

    fn without_code(status: StatusCode) -> Self {
        Self {
            status,
            code: None,
            description: None,
            challenges: Vec::new(),
            retry_after: None,
        }
    }

    /// 400 with a code.
    pub(crate) fn bad_request(code: &ErrorCode) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code.as_str())
    }

    /// A refusal of an authorization code's request, whose codes are OAuth's. A request that is too
    /// long or not a form is `invalid_request`.
    pub(crate) fn authorization(error: &air_oid4vc::Error) -> Self {
        let rejection = Self::from(ErrorResponse::from(error));
        match error {
            air_oid4vc::Error::Authorization { .. } => rejection,
            _ => rejection.with_code(&ErrorCode::InvalidRequest),
        }
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

    /// The answer to a message that breaks a rule. The section is the one of OpenID4VCI 1.0 that defines
    /// the message.
    pub(crate) fn message(error: &air_oid4vc::Error, section: &str) -> Self {
        Self::from(ErrorResponse::from(error)).cite_if_general(error, "OpenID4VCI 1.0", section)
    }

    /// Adds a description. Characters that RFC 6749 forbids are replaced.
    pub(crate) fn describe(mut self, description: &str) -> Self {
        let is_allowed = |c: &char| matches!(c, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
        let characters = description.chars().take(500);
        let description = characters.map(|c| if is_allowed(&c) { c } else { '\'' });
        self.description = Some(description.collect());
        self
    }

    /// Adds the specification and the section of the broken rule to the description.
    pub(crate) fn cite(mut self, specification: &str, section: &str) -> Self {
        let rule = self.description.take().unwrap_or_default();
        self.description = Some(format!("{rule} ({specification}, section {section})"));
        self
    }

    /// Adds the section of a rule of authorization, if it has one.
    pub(crate) fn cite_rule(self, rule: Rule) -> Self {
        match rule.reference() {
            Some((specification, section)) => self.cite(specification, section),
            None => self,
        }
    }

    /// Adds the section that defines a message if the error names none: a rule of JSON or of a token, or a
    /// general one such as that a member must be present. Limits have no section.
    pub(crate) fn cite_if_general(
        self,
        error: &air_oid4vc::Error,
        specification: &str,
        section: &str,
    ) -> Self {
        let is_general =
            matches!(error, air_oid4vc::Error::Token { .. }) || matches!(error.reference(), (Some(_), None));
        if is_general {
            return self.cite(specification, section);
        }
        self
    }

    /// Adds `WWW-Authenticate` with this scheme.
    pub(crate) fn challenge(mut self, scheme: Scheme) -> Self {
        self.challenges = vec![scheme];
        self
    }

    /// Adds `WWW-Authenticate` with this scheme to a refusal of the access token: 401 and 403.
    pub(crate) fn challenge_if_unauthorized(self, scheme: Scheme) -> Self {
        match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => self.challenge(scheme),
            _ => self,
        }
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The code and the description, for a page.
    pub(crate) fn texts(&self) -> (&str, &str) {
        (
            self.code.as_deref().unwrap_or_default(),
            self.description.as_deref().unwrap_or_default(),
        )
    }

    /// Replaces the code.
    pub(crate) fn with_code(mut self, code: &ErrorCode) -> Self {
        self.code = Some(code.as_str().to_owned());
        self
    }

    /// The value of `WWW-Authenticate` for a scheme (RFC 6750, section 3; RFC 9449, section 7.1).
    fn challenge_header(&self, scheme: Scheme) -> Option<HeaderValue> {
        let mut challenge = scheme.challenge().to_owned();
        if let Some(code) = &self.code {
            write!(challenge, ", error=\"{code}\"").ok()?;
            if let Some(description) = &self.description {
                write!(challenge, ", error_description=\"{description}\"").ok()?;
            }
        }
        HeaderValue::from_str(&challenge).ok()
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
        let mut response = match &self.code {
            Some(code) => {
                let mut body = json!({ "error": code });
                if let (Some(description), Some(members)) = (&self.description, body.as_object_mut()) {
                    members.insert("error_description".into(), description.as_str().into());
                }
                (self.status, no_store(), Json(body)).into_response()
            }
            None => (self.status, no_store()).into_response(),
        };
        let headers = response.headers_mut();
        for scheme in &self.challenges {
            if let Some(challenge) = self.challenge_header(*scheme) {
                headers.append(header::WWW_AUTHENTICATE, challenge);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn challenges(rejection: Rejection) -> Vec<String> {
        let response = rejection.into_response();
        let values = response.headers().get_all(header::WWW_AUTHENTICATE).iter();
        values.map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_challenge_has_the_error_and_only_characters_that_are_allowed() {
        let rejection = Rejection::new(StatusCode::UNAUTHORIZED, "invalid_token")
            .challenge(Scheme::Bearer)
            .describe("a \"quoted\" back\\slash,\r\nSet-Cookie: a\u{e4}\u{7f}");
        assert_eq!(
            challenges(rejection),
            ["Bearer realm=\"openid4vci\", error=\"invalid_token\", \
              error_description=\"a 'quoted' back'slash,''Set-Cookie: a''\""]
        );
    }

    #[test]
    fn a_challenge_without_a_token_has_no_error() {
        let rejection = Rejection::unauthenticated(&[Scheme::Dpop, Scheme::Bearer]);
        assert_eq!(
            challenges(rejection),
            [
                "DPoP realm=\"openid4vci\", algs=\"ES256 RS256\"",
                "Bearer realm=\"openid4vci\""
            ]
        );
    }
}
