//! The answer to an authorization request: a redirect with `iss` (RFC 6749, 4.1.2; RFC 9207).

use std::fmt;

use serde_json::Value;

use super::{
    code::AuthorizationSession,
    refused,
    request::{parameters, text},
    rule::Rule,
};
use crate::{
    Error, form,
    vci::{ErrorCode, IssuerId},
};

/// The parameters that an authorization server adds to the redirect URI.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationAnswer {
    redirect_uri: String,
    outcome: Outcome,
    state: Option<String>,
    issuer: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
enum Outcome {
    Code(String),
    Error(ErrorCode),
}

impl AuthorizationAnswer {
    /// A code for this session's client.
    #[must_use]
    pub fn code(code: &str, session: &AuthorizationSession, issuer: &IssuerId) -> Self {
        Self::of(Outcome::Code(code.to_owned()), session, issuer)
    }

    /// A refusal, such as `access_denied` if the user does not agree.
    #[must_use]
    pub fn error(code: ErrorCode, session: &AuthorizationSession, issuer: &IssuerId) -> Self {
        Self::of(Outcome::Error(code), session, issuer)
    }

    fn of(outcome: Outcome, session: &AuthorizationSession, issuer: &IssuerId) -> Self {
        Self {
            redirect_uri: session.request.redirect_uri.clone(),
            outcome,
            state: session.request.state.clone(),
            issuer: Some(issuer.to_string()),
        }
    }

    /// The URL to redirect the browser to.
    #[must_use]
    pub fn to_redirect(&self) -> String {
        let outcome = match &self.outcome {
            Outcome::Code(code) => ("code", Value::from(code.as_str())),
            Outcome::Error(error) => ("error", error.as_str().into()),
        };
        let optional = [("state", &self.state), ("iss", &self.issuer)];
        let optional = optional
            .into_iter()
            .filter_map(|(name, text)| Some((name, Value::from(text.as_deref()?))));
        let parameters = form::write(std::iter::once(outcome).chain(optional));
        let separator = if self.redirect_uri.contains('?') { '&' } else { '?' };
        format!("{}{separator}{parameters}", self.redirect_uri)
    }

    /// Reads the URL that a browser was redirected to.
    ///
    /// # Errors
    /// [`Error::TooLong`], or [`Error::Authorization`] with [`Rule::Repeated`] or [`Rule::Answer`].
    pub fn parse(url: &str) -> Result<Self, Error> {
        let (redirect_uri, query) = url.split_once('?').unwrap_or((url, ""));
        let parameters = parameters(query.as_bytes())?;
        let outcome = match (text(&parameters, "code"), text(&parameters, "error")) {
            (Some(code), None) => Outcome::Code(code.to_owned()),
            (None, Some(error)) => Outcome::Error(ErrorCode::parse(error)),
            _ => return Err(refused("code", Rule::Answer)),
        };
        Ok(Self {
            redirect_uri: redirect_uri.to_owned(),
            outcome,
            state: text(&parameters, "state").map(str::to_owned),
            issuer: text(&parameters, "iss").map(str::to_owned),
        })
    }

    /// Checks that the answer is for the client's request and from the server that it was sent to, which
    /// prevents mix-up of servers. Returns the code.
    ///
    /// # Errors
    /// [`Error::Authorization`] with [`Rule::State`], [`Rule::Issuer`], or [`Rule::Refused`] for an error
    /// response.
    pub fn check(&self, state: Option<&str>, issuer: &IssuerId) -> Result<&str, Error> {
        if self.state.as_deref() != state {
            return Err(refused("state", Rule::State));
        }
        if self.issuer.as_deref() != Some(issuer.as_str()) {
            return Err(refused("iss", Rule::Issuer));
        }
        match &self.outcome {
            Outcome::Code(code) => Ok(code),
            Outcome::Error(_) => Err(refused("error", Rule::Refused)),
        }
    }

    /// Whether the answer has this `state`, so that it is for this request. [`Self::check`] checks
    /// the issuer, too.
    #[must_use]
    pub fn has_state(&self, state: &str) -> bool {
        self.state.as_deref() == Some(state)
    }

    /// The error of the server, if it refused.
    #[must_use]
    pub fn refusal(&self) -> Option<&ErrorCode> {
        match &self.outcome {
            Outcome::Code(_) => None,
            Outcome::Error(error) => Some(error),
        }
    }
}

/// Shows no code.
impl fmt::Debug for AuthorizationAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationAnswer")
            .field("error", &self.refusal())
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
