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
use crate::{Document, Error, form, web};

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

    /// `client_id` of a form, without the other rules: to authenticate the client by.
    ///
    /// # Errors
    /// [`Error::TooLong`], or [`Error::Authorization`] with [`Rule::Repeated`] or [`Rule::Missing`].
    pub fn client_of(form: &[u8]) -> Result<String, Error> {
        let parameters = parameters(form)?;
        let client_id = text(&parameters, "client_id").ok_or_else(|| refused("client_id", Rule::Missing))?;
        Ok(client_id.to_owned())
    }

    /// `client_id` and `request_uri` of the query by which a browser arrives (RFC 9126, 4). Other
    /// parameters are ignored.
    ///
    /// # Errors
    /// As [`Self::client_of`].
    pub fn arrival_of(query: &[u8]) -> Result<(String, String), Error> {
        let parameters = parameters(query)?;
        let required = |name: &str| text(&parameters, name).ok_or_else(|| refused(name, Rule::Missing));
        Ok((
            required("client_id")?.to_owned(),
            required("request_uri")?.to_owned(),
        ))
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

/// The schemes that run or show a document instead of opening an app.
const NO_APP: [&str; 12] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "javascript",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// Reads a URL that a browser may be sent to: https, `http` of this machine (RFC 8252, 7.3), or the scheme of
/// an app (RFC 8252, 7.1).
fn redirect_uri(text: &str) -> Result<String, Error> {
    let is_printable = text.bytes().all(|c| c.is_ascii_graphic());
    let url = Url::parse(text)
        .ok()
        .filter(|_| is_printable && text.len() <= web::LENGTH_LIMIT);
    let is_accepted = url.is_some_and(|url| match url.scheme() {
        "https" | "http" => web::endpoint(text).is_some(),
        scheme => !NO_APP.contains(&scheme) && url.fragment().is_none(),
    });
    if is_accepted {
        return Ok(text.to_owned());
    }
    Err(refused("redirect_uri", Rule::RedirectUri))
}

#[cfg(test)]
mod tests {
    use super::redirect_uri;

    #[test]
    fn a_browser_is_sent_to_https_to_this_machine_and_to_apps_only() {
        for accepted in [
            "https://wallet.example/cb",
            "https://wallet.example/cb?tenant=1",
            "http://127.0.0.1:4711/cb",
            "http://[::1]:4711/cb",
            "http://localhost/cb",
            "com.example.wallet:/cb",
            "eudi-wallet://authorize",
        ] {
            assert!(redirect_uri(accepted).is_ok(), "{accepted}");
        }
        for refused in [
            "",
            "/cb",
            "//wallet.example/cb",
            "http://wallet.example/cb",
            "https://wallet.example/cb#fragment",
            "com.example.wallet:/cb#fragment",
            "https://issuer.example@wallet.example/cb",
            r"https://wallet.example\@issuer.example/cb",
            "https://wallet.example/cb\r\nSet-Cookie: a=b",
            "https://wallet.example/a b",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "blob:https://wallet.example/x",
            "intent://x#Intent;end",
            "wss://wallet.example",
        ] {
            assert!(redirect_uri(refused).is_err(), "{refused}");
        }
        assert!(redirect_uri(&format!("com.example:/{}", "x".repeat(2048))).is_err());
    }
}
