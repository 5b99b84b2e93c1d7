//! A wallet, as OpenID4VCI sees it.

use air_jwt::PartnerToken;
use air_jwt::{SigningKey, UnixTime, dpop};
use air_oid4vc::vci::{
    CredentialOffer, IssuerId, IssuerMetadata, OfferLink, ProofKey, ProofOptions, TokenRequest, prove,
};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use crate::support::{NOW, TestEnv};

/// An answer: its status, headers and JSON (null without a body).
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self {
            status,
            headers,
            body,
        }
    }

    /// Checks the status and the code of a refusal.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), self.body["error"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
    }

    #[track_caller]
    pub(crate) fn assert_ok(&self) {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.body[name]
            .as_str()
            .unwrap_or_else(|| panic!("{}", self.body))
            .to_owned()
    }
}

/// A wallet with the key of its DPoP proofs.
pub(crate) struct Wallet<'a> {
    pub(crate) env: &'a TestEnv,
    pub(crate) issuer: IssuerId,
    pub(crate) key: SigningKey,
}

impl<'a> Wallet<'a> {
    pub(crate) fn new(env: &'a TestEnv) -> Self {
        let issuer = format!("{}/oid4vc/{}", env.platform.url(), env.partner_id());
        Self {
            env,
            issuer: issuer.parse().unwrap(),
            key: SigningKey::generate(&mut rand::rng()),
        }
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.issuer)
    }

    /// An offer of the partner, with these members beside the usual ones.
    pub(crate) async fn offered(&self, members: Value) -> Value {
        let mut order = self.env.order();
        for (name, value) in members.as_object().unwrap() {
            order[name] = value.clone();
        }
        let token = self.env.on_behalf_token("ada@example.com");
        let (status, offer) = self
            .env
            .call(Method::POST, "/sandbox/v1/offers", Some(&token), Some(&order))
            .await;
        assert_eq!(status, StatusCode::OK, "{offer}");
        offer
    }

    /// Reads an offer from its link by reference.
    pub(crate) async fn read_offer(&self, created: &Value) -> CredentialOffer {
        let OfferLink::Uri(uri) = OfferLink::parse(created["url"].as_str().unwrap()).unwrap() else {
            panic!("not by reference");
        };
        let response = self.env.http.get(uri).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let fetched = CredentialOffer::parse(&response.bytes().await.unwrap()).unwrap();
        let by_value = OfferLink::parse(created["urlByValue"].as_str().unwrap()).unwrap();
        assert_eq!(by_value, OfferLink::Offer(Box::new(fetched.clone())));
        fetched
    }

    pub(crate) async fn metadata(&self) -> IssuerMetadata {
        let response = self
            .env
            .http
            .get(self.issuer.metadata_url())
            .send()
            .await
            .unwrap();
        IssuerMetadata::parse(&response.bytes().await.unwrap(), &self.issuer).unwrap()
    }

    /// The state of an offer, as its partner sees it.
    pub(crate) async fn state(&self, created: &Value) -> Value {
        let path = format!("/sandbox/v1/offers/{}", created["offerId"].as_str().unwrap());
        let token = self.env.token(PartnerToken::issue);
        self.env.call(Method::GET, &path, Some(&token), None).await.1
    }

    pub(crate) fn proof(&self, name: &str, nonce: Option<&str>, token: Option<&str>) -> String {
        let mut proof = dpop::Proof::new("POST", &self.url(name)).unwrap();
        if let Some(token) = token {
            proof = proof.with_access_token(token);
        }
        if let Some(nonce) = nonce {
            proof = proof.with_nonce(nonce);
        }
        proof.sign(&self.key, UnixTime::from_secs(NOW), &mut rand::rng())
    }

    /// The nonce endpoint's answer: the `c_nonce` and the nonce for DPoP.
    pub(crate) async fn nonces(&self) -> (String, String) {
        let answer = Answer::of(self.env.http.post(self.url("nonce"))).await;
        answer.assert_ok();
        assert_eq!(answer.headers["cache-control"], "no-store");
        let dpop = answer.headers["dpop-nonce"].to_str().unwrap().to_owned();
        (answer.text("c_nonce"), dpop)
    }

    pub(crate) async fn token_with(&self, form: String, proof: Option<&str>) -> Answer {
        let mut request = self
            .env
            .http
            .post(self.url("token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        Answer::of(request).await
    }

    /// The form that redeems an offer.
    pub(crate) async fn form(&self, created: &Value) -> String {
        let offer = self.read_offer(created).await;
        let grant = offer.pre_authorized_code.unwrap();
        TokenRequest::for_grant(&grant, created["txCode"].as_str())
            .unwrap()
            .to_form()
    }

    /// Redeems an offer for a token that is bound to the wallet's key.
    pub(crate) async fn redeem(&self, created: &Value) -> String {
        let form = self.form(created).await;
        let (_, nonce) = self.nonces().await;
        let proof = self.proof("token", Some(&nonce), None);
        let answer = self.token_with(form, Some(&proof)).await;
        answer.assert_ok();
        assert_eq!(answer.body["token_type"], "DPoP");
        answer.text("access_token")
    }

    pub(crate) fn key_proof(&self, key: &SigningKey, nonce: Option<&str>) -> String {
        let options = ProofOptions {
            issuer: &self.issuer,
            now: UnixTime::from_secs(NOW),
            nonce,
            client_id: None,
            key: ProofKey::Jwk,
        };
        prove(key, &options)
    }

    /// A credential request for the program `adult` with one proof for each key.
    pub(crate) fn order(&self, keys: &[SigningKey], nonce: &str) -> Value {
        let program_id = self.env.ids["programs"]["adult"].as_str().unwrap();
        self.order_of(program_id, keys, nonce)
    }

    /// A credential request for a configuration with one proof for each key.
    pub(crate) fn order_of(&self, configuration: &str, keys: &[SigningKey], nonce: &str) -> Value {
        let proofs: Vec<String> = keys.iter().map(|key| self.key_proof(key, Some(nonce))).collect();
        json!({ "credential_configuration_id": configuration, "proofs": { "jwt": proofs } })
    }

    pub(crate) async fn ask(&self, name: &str, token: &str, proof: &str, body: &Value) -> Answer {
        let request = self
            .env
            .http
            .post(self.url(name))
            .header("authorization", format!("DPoP {token}"))
            .header("dpop", proof);
        Answer::of(request.json(body)).await
    }

    /// Sends a credential request with a fresh DPoP proof.
    pub(crate) async fn request(&self, token: &str, body: &Value) -> Answer {
        let (_, nonce) = self.nonces().await;
        let proof = self.proof("credential", Some(&nonce), Some(token));
        self.ask("credential", token, &proof, body).await
    }
}

pub(crate) fn keys(count: usize) -> Vec<SigningKey> {
    (0..count)
        .map(|_| SigningKey::generate(&mut rand::rng()))
        .collect()
}
