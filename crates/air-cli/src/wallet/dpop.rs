//! Requests with DPoP proofs (RFC 9449), attestations of the client, and access tokens.

use std::collections::HashMap;

use air_fetch::{Fetcher, Request, Response};
use air_jwt::{Jwk, SigningKey, dpop::Proof};
use air_oid4vc::vci::IssuerId;
use serde_json::Value;
use url::Url;

use super::{
    endpoint::{FORM, error_of, fetch, send},
    provider::Provider,
};
use crate::{exit::Failure, time};

/// The header with a challenge for the next proof of a client attestation.
const CHALLENGE: &str = "OAuth-Client-Attestation-Challenge";

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
    /// The server's endpoint for challenges, until it has been asked for the first one.
    pub(super) challenge_endpoint: Option<String>,
    /// The last challenge of the server.
    pub(super) challenge: Option<String>,
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
    /// and 9) or for a challenge, the request is repeated once with it.
    pub(super) async fn send(
        &mut self,
        what: &str,
        request: &Request<'_>,
        url: &str,
        token: Option<&AccessToken>,
    ) -> Result<Response, Failure> {
        if token.is_none() {
            self.fetch_challenge().await?;
        }
        let mut had_nonce = false;
        let mut had_challenge = false;
        loop {
            let answer = self.send_once(what, request, url, token).await?;
            if !had_nonce && asks_for_nonce(&answer) && self.nonces.contains_key(&origin(url)) {
                had_nonce = true;
            } else if !had_challenge && asks_for_challenge(&answer) {
                had_challenge = true;
            } else {
                return Ok(answer);
            }
        }
    }

    /// Fetches the first challenge for the proofs of the client's attestation, if the server has an endpoint for
    /// it. Later ones are in its responses.
    async fn fetch_challenge(&mut self) -> Result<(), Failure> {
        let what = "the challenge endpoint";
        let Some(client) = &mut self.attestation else {
            return Ok(());
        };
        let Some(url) = client.challenge_endpoint.take() else {
            return Ok(());
        };
        let request = Request::post(&url, FORM, "").with_header("Accept", "application/json");
        let answer = fetch(self.fetcher, what, &request).await?;
        let document: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
        let Some(challenge) = document.get("attestation_challenge").and_then(Value::as_str) else {
            return Err(Failure::rejected(format!(
                "{what} answered without `attestation_challenge`"
            )));
        };
        client.challenge = Some(challenge.to_owned());
        Ok(())
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
            let headers = client.provider.client_headers(
                &client.client_id,
                client.server.as_str(),
                client.challenge.as_deref(),
            );
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
        if token.is_none()
            && let (Some(client), Some(challenge)) = (&mut self.attestation, answer.header(CHALLENGE))
        {
            client.challenge = Some(challenge.to_owned());
        }
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

/// Whether a request can succeed with the challenge of the answer.
fn asks_for_challenge(answer: &Response) -> bool {
    answer.header(CHALLENGE).is_some()
        && error_of(answer).is_some_and(|error| error.code().as_str() == "use_attestation_challenge")
}

/// Servers have different nonces, and a server is known by its origin.
fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}
