//! Authorization requests (RFC 6749, 4.1.1; RFC 7636, 4.3; OpenID4VCI 1.0, section 5.1).

use serde_json::{Map, Value};
use url::Url;

use super::{
    LENGTH_LIMIT,
    pkce::{CodeChallenge, CodeVerifier},
    refused,
    requested::Requested,
    rule::Rule,
};
use crate::{Document, Error, form};

/// A request for an authorization code.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationRequest {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) requested: Requested,
    pub(super) challenge: CodeChallenge,
    pub(super) state: Option<String>,
    pub(super) issuer_state: Option<String>,
    pub(super) dpop_jkt: Option<String>,
}

impl AuthorizationRequest {
    /// A client's request, with the challenge of its verifier.
    #[must_use]
    pub fn new(client_id: &str, redirect_uri: &str, requested: Requested, verifier: &CodeVerifier) -> Self {
        Self {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            requested,
            challenge: verifier.challenge(),
            state: None,
            issuer_state: None,
            dpop_jkt: None,
        }
    }

    /// Sets `state`, which the answer repeats.
    #[must_use]
    pub fn with_state(mut self, state: &str) -> Self {
        self.state = Some(state.to_owned());
        self
    }

    /// Sets `issuer_state`, from the offer's grant.
    #[must_use]
    pub fn with_issuer_state(mut self, state: &str) -> Self {
        self.issuer_state = Some(state.to_owned());
        self
    }

    /// Binds the code to a DPoP key, by its thumbprint (RFC 9449, 10).
    #[must_use]
    pub fn with_dpop_key(mut self, thumbprint: &str) -> Self {
        self.dpop_jkt = Some(thumbprint.to_owned());
        self
    }

    /// Reads the parameters of a request.
    ///
    /// # Errors
    /// [`Error::TooLong`], or [`Error::Authorization`] with the rule.
    pub fn parse(form: &[u8]) -> Result<Self, Error> {
        let parameters = parameters(form)?;
        let text = |name: &str| text(&parameters, name);
        let required = |name: &str| text(name).ok_or_else(|| refused(name, Rule::Missing));
        if required("response_type")? != "code" {
            return Err(refused("response_type", Rule::ResponseType));
        }
        let challenge =
            text("code_challenge").ok_or_else(|| refused("code_challenge", Rule::ChallengeMissing))?;
        // An absent method means `plain` (RFC 7636, 4.3).
        if text("code_challenge_method") != Some("S256") {
            return Err(refused("code_challenge_method", Rule::ChallengeMethod));
        }
        Ok(Self {
            client_id: required("client_id")?.to_owned(),
            redirect_uri: redirect_uri(required("redirect_uri")?)?,
            requested: Requested::parse(text("scope"), text("authorization_details"))?,
            challenge: CodeChallenge::parse(challenge)?,
            state: text("state").map(str::to_owned),
            issuer_state: text("issuer_state").map(str::to_owned),
            dpop_jkt: text("dpop_jkt").map(str::to_owned),
        })
    }

    /// The parameters, for the pushed request.
    #[must_use]
    pub fn to_form(&self) -> String {
        let optional = [
            ("state", &self.state),
            ("issuer_state", &self.issuer_state),
            ("dpop_jkt", &self.dpop_jkt),
        ];
        let parameters = [
            ("response_type", Value::from("code")),
            ("client_id", self.client_id.as_str().into()),
            ("redirect_uri", self.redirect_uri.as_str().into()),
            ("code_challenge", self.challenge.as_str().into()),
            ("code_challenge_method", "S256".into()),
        ];
        let optional = optional
            .into_iter()
            .filter_map(|(name, text)| Some((name, Value::from(text.as_deref()?))));
        form::write(
            parameters
                .into_iter()
                .chain(self.requested.to_parameters())
                .chain(optional),
        )
    }

    /// The client.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The URI that the answer goes to. The server compares it with those of the client, if it has some.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The requested credentials.
    #[must_use]
    pub fn requested(&self) -> &Requested {
        &self.requested
    }

    /// `issuer_state`, if the request follows an offer.
    #[must_use]
    pub fn issuer_state(&self) -> Option<&str> {
        self.issuer_state.as_deref()
    }
}

/// Shows neither `state` nor `issuer_state`.
impl std::fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client_id", &self.client_id)
            .field("requested", &self.requested)
            .finish_non_exhaustive()
    }
}

pub(super) fn parameters(form: &[u8]) -> Result<Map<String, Value>, Error> {
    Document::TokenRequest.check_length(form.len(), LENGTH_LIMIT)?;
    Document::TokenRequest.read_form(form, || refused("", Rule::Repeated))
}

/// A parameter without value counts as absent (RFC 6749, 3.1).
pub(super) fn text<'p>(parameters: &'p Map<String, Value>, name: &str) -> Option<&'p str> {
    parameters
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn redirect_uri(text: &str) -> Result<String, Error> {
    let url = Url::parse(text).ok().filter(|url| url.fragment().is_none());
    url.map(|_| text.to_owned())
        .ok_or_else(|| refused("redirect_uri", Rule::RedirectUri))
}
