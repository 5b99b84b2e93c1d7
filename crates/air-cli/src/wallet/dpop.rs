//! Requests with DPoP proofs (RFC 9449) and access tokens.

use std::collections::HashMap;

use air_fetch::{Fetcher, Request, Response};
use air_jwt::{Jwk, SigningKey, dpop::Proof};
use air_oid4vc::vci::IssuerId;
use url::Url;

use super::{
    endpoint::{error_of, send},
    provider::Provider,
};
use crate::{exit::Failure, time};

/// A client with a key of its own, which its access token is bound to.
pub(super) struct DpopClient<'a> {
    fetcher: &'a Fetcher,
    /// Absent if the authorization server does not support DPoP.
    key: Option<SigningKey>,
    /// The last nonce of each server.
    nonces: HashMap<String, String>,
    /// How the client authenticates at the authorization server.
    attestation: Option<ClientAttestation<'a>>,
}

/// A client that a wallet provider attests for an authorization server.
pub(super) struct ClientAttestation<'a> {
    pub(super) provider: &'a Provider,
    pub(super) client_id: String,
    pub(super) server: IssuerId,
}

/// An access token, and how requests carry it.
pub(super) struct AccessToken {
    pub(super) value: String,
    pub(super) is_bound: bool,
}

impl<'a> DpopClient<'a> {
    pub(super) fn new(fetcher: &'a Fetcher, is_supported: bool) -> Self {
        Self {
            fetcher,
            key: is_supported.then(|| SigningKey::generate(&mut rand::rng())),
            nonces: HashMap::new(),
            attestation: None,
        }
    }

    /// Authenticates the following requests without access token.
    pub(super) fn attest(&mut self, attestation: ClientAttestation<'a>) {
        self.attestation = Some(attestation);
    }

    /// The public half of the client's key, if it has one.
    pub(super) fn public_key(&self) -> Option<Jwk> {
        self.key.as_ref().map(SigningKey::public_jwk)
    }

    /// Sends a request, with a proof if there is a key. If the server asks for a nonce (RFC 9449, sections 8
    /// and 9), the request is repeated once with it.
    pub(super) async fn send(
        &mut self,
        what: &str,
        request: &Request<'_>,
        url: &str,
        token: Option<&AccessToken>,
    ) -> Result<Response, Failure> {
        let first = self.send_once(what, request, url, token).await?;
        if asks_for_nonce(&first) && self.nonces.contains_key(&origin(url)) {
            return self.send_once(what, request, url, token).await;
        }
        Ok(first)
    }

    async fn send_once(
        &mut self,
        what: &str,
        request: &Request<'_>,
        url: &str,
        token: Option<&AccessToken>,
    ) -> Result<Response, Failure> {
        let mut request = request.clone();
        if let Some(key) = &self.key {
            let failed = |error: air_jwt::Error| Failure::rejected(format!("{what}: {error}"));
            let mut proof = Proof::new("POST", url).map_err(failed)?;
            if let Some(token) = token {
                proof = proof.with_access_token(&token.value);
            }
            if let Some(nonce) = self.nonces.get(&origin(url)) {
                proof = proof.with_nonce(nonce);
            }
            request = request.with_header("DPoP", proof.sign(key, time::now(), &mut rand::rng()));
        }
        if let Some(client) = self.attestation.as_ref().filter(|_| token.is_none()) {
            let headers = client
                .provider
                .client_headers(&client.client_id, client.server.as_str());
            for (name, value) in headers {
                request = request.with_header(name, value);
            }
        }
        if let Some(AccessToken { value, is_bound }) = token {
            let scheme = if *is_bound { "DPoP" } else { "Bearer" };
            request = request.with_header("Authorization", format!("{scheme} {value}"));
        }
        let answer = send(self.fetcher, what, &request).await?;
        self.note_nonce(url, &answer);
        Ok(answer)
    }

    /// Keeps the nonce that a server sent, also with the answer of its nonce endpoint.
    pub(super) fn note_nonce(&mut self, url: &str, answer: &Response) {
        if let Some(nonce) = answer.header("DPoP-Nonce") {
            self.nonces.insert(origin(url), nonce.to_owned());
        }
    }
}

fn asks_for_nonce(answer: &Response) -> bool {
    let is_named = |text: &str| text.contains("use_dpop_nonce");
    match answer.status {
        401 if answer.header("WWW-Authenticate").is_some_and(is_named) => true,
        400 | 401 => error_of(answer).is_some_and(|error| error.code().as_str() == "use_dpop_nonce"),
        _ => false,
    }
}

/// Servers have different nonces, and a server is known by its origin.
fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}
