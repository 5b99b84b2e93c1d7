//! The authorization code flow of an issuance: the user signs in and agrees in a browser
//! (`OpenID4VCI` 1.0, section 5).

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use air_fetch::Request;
use air_jwt::Jwk;
use air_oid4vc::{
    Error,
    oauth::{AuthorizationAnswer, AuthorizationRequest, CodeRequest, CodeVerifier, Requested, Rule},
    vci::{AUTHORIZATION_CODE, AuthorizationCodeGrant, AuthorizationServerMetadata, IssuerMetadata},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use url::Url;

use super::{
    callback::Callback,
    dpop::DpopClient,
    endpoint::{FORM, accepted, refused},
};
use crate::{exit::Failure, output::Output, terminal::printable};

/// The time limit for the user in the browser.
const LONGEST: Duration = Duration::from_mins(10);
/// The client's identifier, unless the user names another.
pub(super) const CLIENT_ID: &str = "air-wallet";

/// The way in which the user opens the issuer's page.
#[derive(Clone, Copy)]
pub(super) struct Browser {
    /// Whether the system's browser is opened. The page's address is printed in any case.
    pub(super) is_opened: bool,
    pub(super) output: Output,
}

/// The request of a wallet to an authorization server.
pub(super) struct Authorization<'a> {
    pub(super) metadata: &'a IssuerMetadata,
    pub(super) server: &'a AuthorizationServerMetadata,
    pub(super) client_id: &'a str,
    /// The key that the code and the token are bound to.
    pub(super) dpop_key: Option<Jwk>,
    pub(super) grant: &'a AuthorizationCodeGrant,
    /// The configurations to receive.
    pub(super) wanted: &'a [&'a str],
}

impl Authorization<'_> {
    /// Lets the user sign in and agree. Returns the form that redeems the code.
    pub(super) async fn run(&self, client: &mut DpopClient<'_>, browser: Browser) -> Result<String, Failure> {
        if !self
            .server
            .grant_types
            .iter()
            .any(|name| name == AUTHORIZATION_CODE)
        {
            return Err(Failure::rejected(
                "the authorization server does not support the authorization code",
            ));
        }
        let endpoint = self
            .server
            .authorization_endpoint
            .as_deref()
            .ok_or_else(|| Failure::rejected("the authorization server has no authorization endpoint"))?;
        let verifier = CodeVerifier::from_random(&rand::random());
        let state = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
        let callback = Callback::open(&state).await?;
        let request = self.request(callback.redirect_uri(), &state, &verifier);
        let query = self.query(client, &request).await?;
        let mut page =
            Url::parse(endpoint).map_err(|_| Failure::rejected("the authorization endpoint is not a URL"))?;
        let joined = match page.query() {
            Some(own) => format!("{own}&{query}"),
            None => query,
        };
        page.set_query(Some(&joined));
        browser.show(page.as_str());
        let redirect_uri = callback.redirect_uri().to_owned();
        let answer = callback.answer(LONGEST).await?;
        let answer = AuthorizationAnswer::parse(&answer).map_err(|error| refused(&error))?;
        let code = answer.check(Some(&state), &self.server.issuer);
        let is_refused = matches!(
            code,
            Err(Error::Authorization {
                rule: Rule::Refused,
                ..
            })
        );
        if let Some(code) = answer.refusal().filter(|_| is_refused) {
            return Err(Failure::not_authorised(format!(
                "the authorization server answered with the error `{}`",
                printable(code.as_str())
            ))
            .with_hint(
                "`access_denied` means that the user refused, or that there is no credential for the user",
            ));
        }
        let code = code.map_err(|error| refused(&error))?;
        Ok(CodeRequest::new(code, &redirect_uri, self.client_id, verifier).to_form())
    }

    /// The request: by scope, as HAIP requires, if each configuration has one.
    fn request(&self, redirect_uri: &str, state: &str, verifier: &CodeVerifier) -> AuthorizationRequest {
        let scopes: Option<Vec<&str>> = self
            .wanted
            .iter()
            .map(|id| self.metadata.configurations.get(*id)?.scope.as_deref())
            .collect();
        let requested = match scopes {
            Some(scopes) => Requested::scope(&scopes.join(" ")),
            None => Requested::configurations(self.wanted.iter().copied()),
        };
        let request = AuthorizationRequest::new(self.client_id, redirect_uri, requested, verifier);
        let mut request = request.with_state(state);
        if let Some(issuer_state) = &self.grant.issuer_state {
            request = request.with_issuer_state(issuer_state);
        }
        if let Some(key) = &self.dpop_key {
            request = request.with_dpop_key(key.thumbprint().as_str());
        }
        request
    }

    /// The parameters of the page's address: those of the request, or the URI of the pushed request
    /// (RFC 9126).
    async fn query(
        &self,
        client: &mut DpopClient<'_>,
        request: &AuthorizationRequest,
    ) -> Result<String, Failure> {
        let Some(url) = self.server.pushed_authorization_request_endpoint.as_deref() else {
            return Ok(request.to_form());
        };
        let what = "the endpoint for pushed requests";
        let pushed = Request::post(url, FORM, request.to_form());
        let answer = accepted(what, client.send(what, &pushed, url, None).await?)?;
        let answer: Option<Value> = serde_json::from_slice(&answer.bytes).ok();
        let uri = answer
            .as_ref()
            .and_then(|answer| answer.get("request_uri")?.as_str());
        let uri = uri.ok_or_else(|| Failure::rejected(format!("{what} answered without a request_uri")))?;
        Ok(url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", self.client_id)
            .append_pair("request_uri", uri)
            .finish())
    }
}

impl Browser {
    /// Prints the page's address, and opens it.
    fn show(self, page: &str) {
        self.output.note(&format!(
            "Open this page to sign in and agree:\n{}",
            printable(page)
        ));
        if self.is_opened && open(page).is_err() {
            self.output
                .note("No browser could be opened; open the page yourself.");
        }
    }
}

/// Opens a page with the system's browser. The address is one argument, without a shell.
fn open(page: &str) -> std::io::Result<()> {
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        command
    } else {
        Command::new("xdg-open")
    };
    command
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(drop)
}
