//! The calls of an issuance (`OpenID4VCI` 1.0).

use std::time::Duration;

use air_fetch::{Fetcher, Request, Response};
use air_jwt::SigningKey;
use air_oid4vc::{
    oauth::RefreshRequest,
    vci::{
        AuthorizationCodeGrant, AuthorizationServerMetadata, CredentialConfiguration, CredentialOffer,
        CredentialRequest, CredentialResponse, DeferredCredentialRequest, IssuerId, IssuerMetadata,
        NonceResponse, NotificationEvent, NotificationRequest, OfferLink, PreAuthorizedCodeGrant,
        RequestedCredential, TokenRequest, TokenResponse,
    },
};
use air_x509::Anchors;
use serde_json::Value;

use super::{
    authorization::{Authorization, Browser, CLIENT_ID},
    dpop::{ClientAttestation, DpopClient},
    encryption::Encryption,
    endpoint::{FORM, accepted, error_of, fetch, refused, send},
    metadata,
    proofs::{ProofPlan, ProofType},
    provider::Provider,
    tokens::Tokens,
};
use crate::exit::Failure;

const JSON: &str = "application/json";
/// The name of the offer's URL in errors.
const OFFER: &str = "the credential offer";
const NO_OFFER: &str =
    "the issuer withdrew the offer, or the offer expired or was used already; ask the issuer for a new one";
/// The method of client authentication by an attestation.
const ATTESTED: &str = "attest_jwt_client_auth";

/// The issuer of an offer, and its authorization server.
pub(super) struct Issuance<'a> {
    fetcher: &'a Fetcher,
    pub(super) metadata: IssuerMetadata,
    server: AuthorizationServerMetadata,
    client: DpopClient<'a>,
    terms: ClientTerms<'a>,
    encryption: Encryption,
    tokens: Option<Tokens>,
}

/// The wallet's identification towards the issuer.
#[derive(Clone, Copy)]
pub(super) struct ClientTerms<'a> {
    /// The client's identifier, unless it is anonymous.
    pub(super) client_id: Option<&'a str>,
    /// The wallet provider that attests the wallet and its keys.
    pub(super) provider: Option<&'a Provider>,
    /// The type of the key proofs, unless the wallet selects one.
    pub(super) proof_type: Option<ProofType>,
    /// The authorities of issuers that sign their metadata.
    pub(super) issuer_anchors: Option<&'a Anchors>,
    /// Whether messages are encrypted although the issuer does not require it.
    pub(super) is_encrypted: bool,
}

/// The credentials of one request, and the keys that were proved for them.
pub(super) struct Received {
    pub(super) credentials: Vec<Value>,
    pub(super) keys: Vec<SigningKey>,
    pub(super) notification_id: Option<String>,
}

/// Reads an offer from its link, by a request if the link has only the offer's URL. Returns this URL as well.
pub(super) async fn offer(
    fetcher: &Fetcher,
    link: &str,
) -> Result<(CredentialOffer, Option<String>), Failure> {
    let of_a_request = ["openid4vp:", "haip-vp:"];
    let swapped = of_a_request.iter().any(|scheme| link.starts_with(scheme));
    let refused_link = |error: &air_oid4vc::Error| match refused(error) {
        failure if swapped => failure.with_hint("this is a presentation request: run `air wallet present`"),
        failure => failure,
    };
    match OfferLink::parse(link).map_err(|error| refused_link(&error))? {
        OfferLink::Offer(offer) => Ok((*offer, None)),
        OfferLink::Uri(uri) => {
            let request = Request::get(&uri).with_header("Accept", JSON);
            let answer = send(fetcher, OFFER, &request).await?;
            let is_gone = matches!(answer.status, 404 | 410);
            let answer = accepted(OFFER, answer).map_err(|failure| {
                if is_gone {
                    failure.with_hint(NO_OFFER)
                } else {
                    failure
                }
            })?;
            let offer = CredentialOffer::parse(&answer.bytes).map_err(|error| refused(&error))?;
            Ok((offer, Some(uri)))
        }
    }
}

impl<'a> Issuance<'a> {
    /// Fetches the metadata of the issuer, and of its authorization server, which the offer's grant may name.
    pub(super) async fn begin(
        fetcher: &'a Fetcher,
        offer: &CredentialOffer,
        named: Option<&str>,
        terms: ClientTerms<'a>,
    ) -> Result<Self, Failure> {
        let metadata = metadata::of_issuer(fetcher, &offer.issuer, terms.issuer_anchors).await?;
        offer.check_metadata(&metadata).map_err(|error| refused(&error))?;
        let servers = metadata.token_issuers();
        let is_named = |server: &&IssuerId| named.is_none_or(|named| server.as_str() == named);
        let server = servers.iter().find(is_named).unwrap_or(&offer.issuer);
        let url = server.authorization_server_metadata_url();
        let request = Request::get(&url).with_header("Accept", JSON);
        let answer = fetch(fetcher, "the authorization server's metadata", &request).await?;
        let server =
            AuthorizationServerMetadata::parse(&answer.bytes, server).map_err(|error| refused(&error))?;
        let has_dpop = server.dpop_algorithms.iter().any(|name| name == "ES256");
        Ok(Self {
            fetcher,
            encryption: Encryption::of(&metadata, terms.is_encrypted)?,
            metadata,
            server,
            client: DpopClient::new(fetcher, has_dpop),
            terms,
            tokens: None,
        })
    }

    /// Gets an access token for the code.
    pub(super) async fn authorize(
        &mut self,
        grant: &PreAuthorizedCodeGrant,
        transaction_code: Option<&str>,
    ) -> Result<(), Failure> {
        let mut request =
            TokenRequest::for_grant(grant, transaction_code).map_err(|error| refused(&error))?;
        if !self.server.anonymous_pre_authorized {
            self.attest_client();
        }
        request.client_id = self.terms.client_id.map(str::to_owned);
        self.redeem(request.to_form()).await
    }

    /// Lets the user sign in and agree in a browser, and gets an access token for the code.
    pub(super) async fn authorize_user(
        &mut self,
        grant: &AuthorizationCodeGrant,
        wanted: &[&str],
        browser: Browser,
    ) -> Result<(), Failure> {
        let client_id = *self.terms.client_id.get_or_insert(CLIENT_ID);
        self.attest_client();
        let authorization = Authorization {
            metadata: &self.metadata,
            server: &self.server,
            client_id,
            dpop_key: self.client.public_key(),
            grant,
            wanted,
        };
        let form = authorization.run(&mut self.client, browser).await?;
        self.redeem(form).await
    }

    /// Authenticates the client by an attestation, if the authorization server supports that.
    fn attest_client(&mut self) {
        let name = "token_endpoint_auth_methods_supported";
        let methods = self.server.other.get(name).and_then(Value::as_array);
        let is_supported = methods.is_some_and(|methods| methods.iter().any(|name| name == ATTESTED));
        if let Some(provider) = self.terms.provider.filter(|_| is_supported) {
            let client_id = *self.terms.client_id.get_or_insert(CLIENT_ID);
            let challenge_endpoint = self
                .server
                .other
                .get("challenge_endpoint")
                .and_then(Value::as_str);
            self.client.attest(ClientAttestation {
                provider,
                client_id: client_id.to_owned(),
                server: self.server.issuer.clone(),
                challenge_endpoint: challenge_endpoint.map(str::to_owned),
                challenge: None,
            });
        }
    }

    /// Exchanges a code or a refresh token for an access token.
    async fn redeem(&mut self, form: String) -> Result<(), Failure> {
        let what = "the token endpoint";
        let url = self.server.token_endpoint.clone();
        let url = url.ok_or_else(|| Failure::rejected("the authorization server has no token endpoint"))?;
        let request = Request::post(&url, FORM, form);
        let answer = accepted(what, self.client.send(what, &request, &url, None).await?)?;
        let response = TokenResponse::parse(&answer.bytes).map_err(|error| refused(&error))?;
        let is_proved = self.client.public_key().is_some();
        self.tokens = Some(Tokens::of(response, self.tokens.take(), is_proved)?);
        Ok(())
    }

    /// The credentials that requests can name for a configuration: those of the token response, or the
    /// configuration itself.
    pub(super) fn requestable(&self, configuration_id: &str) -> Vec<RequestedCredential> {
        self.tokens
            .as_ref()
            .map_or_else(Vec::new, |tokens| tokens.requestable(configuration_id))
    }

    /// Requests copies of a credential. If the issuer issues them later, asks again for at most `wait`.
    pub(super) async fn request(
        &mut self,
        credential: RequestedCredential,
        configuration: &CredentialConfiguration,
        copies: usize,
        wait: Duration,
    ) -> Result<Received, Failure> {
        let plan = ProofPlan::of(configuration, self.terms.provider, self.terms.proof_type)?;
        let keys = plan.keys(copies);
        let mut answer = self.request_once(&credential, &plan, &keys).await?;
        let is_stale = |answer: &Response| {
            !answer.is_success()
                && error_of(answer).is_some_and(|error| error.code().as_str() == "invalid_nonce")
        };
        if is_stale(&answer) {
            answer = self.request_once(&credential, &plan, &keys).await?;
        }
        let answer = accepted("the credential endpoint", answer)?;
        let response = self.read(&answer)?;
        let (credentials, notification_id) = self.finish(response, wait).await?;
        Ok(Received {
            credentials,
            keys,
            notification_id,
        })
    }

    async fn request_once(
        &mut self,
        credential: &RequestedCredential,
        plan: &ProofPlan<'_>,
        keys: &[SigningKey],
    ) -> Result<Response, Failure> {
        let nonce = if keys.is_empty() {
            None
        } else {
            self.nonce().await?
        };
        let request = CredentialRequest {
            credential: credential.clone(),
            proofs: plan.prove(
                keys,
                &self.metadata.issuer,
                nonce.as_deref(),
                self.terms.client_id,
            ),
            response_encryption: self.encryption.response_encryption(),
        };
        let url = self.metadata.credential_endpoint.clone();
        self.post("the credential endpoint", &url, &request.to_value())
            .await
    }

    /// A `c_nonce`, if the issuer has a nonce endpoint.
    async fn nonce(&mut self) -> Result<Option<String>, Failure> {
        let Some(url) = self.metadata.nonce_endpoint.clone() else {
            return Ok(None);
        };
        let request = Request::post(&url, FORM, "").with_header("Accept", JSON);
        let answer = fetch(self.fetcher, "the nonce endpoint", &request).await?;
        self.client.note_nonce(&url, &answer);
        let response = NonceResponse::parse(&answer.bytes).map_err(|error| refused(&error))?;
        Ok(Some(response.c_nonce))
    }

    /// The credentials of a response, or of a later one.
    async fn finish(
        &mut self,
        mut response: CredentialResponse,
        wait: Duration,
    ) -> Result<(Vec<Value>, Option<String>), Failure> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let (transaction_id, interval) = match response {
                CredentialResponse::Issued {
                    credentials,
                    notification_id,
                } => return Ok((credentials, notification_id)),
                CredentialResponse::Deferred {
                    transaction_id,
                    interval,
                } => (transaction_id, Duration::from_secs(interval)),
            };
            if interval > deadline.saturating_duration_since(tokio::time::Instant::now()) {
                return Err(Failure::unreachable(format!(
                    "the issuer issues the credential later: it asks to wait {} s, and --wait ends before",
                    interval.as_secs()
                )));
            }
            tokio::time::sleep(interval).await;
            let url = self.metadata.deferred_credential_endpoint.clone();
            let url = url.ok_or_else(|| {
                Failure::rejected("the issuer defers the credential, but has no deferred credential endpoint")
            })?;
            let request = DeferredCredentialRequest {
                transaction_id,
                response_encryption: self.encryption.response_encryption(),
            };
            let what = "the deferred credential endpoint";
            let answer = accepted(what, self.post(what, &url, &request.to_value()).await?)?;
            response = self.read(&answer)?;
            response
                .check_deferred(&request)
                .map_err(|error| refused(&error))?;
        }
    }

    /// Tells the issuer what happened to its credentials. A failure of the notification is not the wallet's.
    pub(super) async fn notify(&mut self, notification_id: String, event: NotificationEvent) -> bool {
        let Some(url) = self.metadata.notification_endpoint.clone() else {
            return false;
        };
        let request = NotificationRequest {
            notification_id,
            event,
            description: None,
        };
        let body = request.to_value().to_string();
        let request = Request::post(&url, JSON, body);
        let token = self.tokens.as_ref().map(|tokens| &tokens.access);
        let answer = self
            .client
            .send("the notification endpoint", &request, &url, token)
            .await;
        answer.is_ok_and(|answer| answer.is_success())
    }

    fn read(&self, answer: &Response) -> Result<CredentialResponse, Failure> {
        let json = self.encryption.read(answer)?;
        CredentialResponse::parse(&json).map_err(|error| refused(&error))
    }

    /// Sends a message with the access token. A token that has ended, such as during a deferral, is
    /// replaced once.
    async fn post(&mut self, what: &str, url: &str, message: &Value) -> Result<Response, Failure> {
        let (media_type, body) = self.encryption.body(message);
        let request = Request::post(url, media_type, body);
        let token = self.tokens.as_ref().map(|tokens| &tokens.access);
        let answer = self.client.send(what, &request, url, token).await?;
        let has_ended = answer.status == 401
            && error_of(&answer).is_some_and(|error| error.code().as_str() == "invalid_token");
        let tokens = self.tokens.as_ref();
        let Some(refresh_token) = tokens
            .and_then(|tokens| tokens.refresh_token.clone())
            .filter(|_| has_ended)
        else {
            return Ok(answer);
        };
        let refresh = match self.terms.client_id {
            Some(client_id) => RefreshRequest::new(&refresh_token, client_id),
            None => RefreshRequest::anonymous(&refresh_token),
        };
        self.redeem(refresh.to_form()).await?;
        let token = self.tokens.as_ref().map(|tokens| &tokens.access);
        self.client.send(what, &request, url, token).await
    }
}
