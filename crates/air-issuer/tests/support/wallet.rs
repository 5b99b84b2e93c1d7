//! A wallet outside AIR (OpenID4VCI), with the key of its DPoP proofs.

use air_jwt::{SigningKey, dpop};
use air_oid4vc::vci::{CredentialOffer, IssuerId, OfferLink, ProofKey, ProofOptions, TokenRequest, prove};
use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use super::{ADMIN_KEY, Issuer, Response, TestEnv};

pub(crate) const ISSUER: &str = "https://issuer.example/oid4vc/issuer";
const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) struct Wallet<'a> {
    env: &'a TestEnv,
    /// The instance that the wallet's requests reach.
    pub(crate) issuer: &'a Issuer,
    pub(crate) id: IssuerId,
    pub(crate) key: SigningKey,
}

pub(crate) fn keys(count: usize) -> Vec<SigningKey> {
    (0..count)
        .map(|_| SigningKey::generate(&mut rand::rng()))
        .collect()
}

impl Issuer {
    /// Makes an offer of the schema `member` to the user 12, with these members beside the usual ones.
    pub(crate) async fn offer(&self, members: &Value) -> Response {
        let mut body = json!({ "userId": "12", "schemaId": "member" });
        for (name, value) in members.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.post("/admin/credential-offers", &body).await
    }

    pub(crate) async fn offered(&self, members: &Value) -> Value {
        let response = self.offer(members).await;
        assert_eq!(response.status, 201, "{response:?}");
        assert_eq!(response.header("cache-control"), "no-store");
        response.json()
    }

    /// Withdraws an offer, and returns the status.
    pub(crate) async fn withdraw(&self, created: &Value) -> u16 {
        let path = format!("/admin/credential-offers/{}", created["id"].as_str().unwrap());
        let request = Request::delete(path).header("x-admin-api-key", ADMIN_KEY);
        self.send(request.body(Body::empty()).unwrap()).await.status
    }

    /// The state of an offer, as the operator sees it.
    pub(crate) async fn offer_state(&self, created: &Value) -> Value {
        let path = format!("/admin/credential-offers/{}", created["id"].as_str().unwrap());
        let response = self.get(&path).await;
        assert_eq!(response.status, 200, "{response:?}");
        response.json()
    }
}

impl Response {
    /// Checks the status and the code of a refusal.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.json()["error"], code, "{self:?}");
    }

    /// The credentials of a credential response.
    #[track_caller]
    pub(crate) fn credentials(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{self:?}");
        let body = self.json();
        let credentials = body["credentials"].as_array().unwrap().iter();
        credentials
            .map(|one| one["credential"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl<'a> Wallet<'a> {
    pub(crate) fn new(env: &'a TestEnv, issuer: &'a Issuer) -> Self {
        Self {
            env,
            issuer,
            id: ISSUER.parse().unwrap(),
            key: SigningKey::generate(&mut rand::rng()),
        }
    }

    /// The same wallet, whose requests reach another instance.
    pub(crate) fn at<'b>(&self, issuer: &'b Issuer) -> Wallet<'b>
    where
        'a: 'b,
    {
        Wallet {
            env: self.env,
            issuer,
            id: self.id.clone(),
            key: SigningKey::from_text(&self.key.expose_pkcs8_pem()).unwrap(),
        }
    }

    /// Reads an offer from its link.
    pub(crate) async fn read(&self, created: &Value) -> Response {
        let link = created["offerUri"].as_str().unwrap();
        assert!(link.starts_with("openid-credential-offer://"), "{link}");
        let OfferLink::Uri(uri) = OfferLink::parse(link).unwrap() else {
            panic!("not by reference");
        };
        self.issuer
            .get(uri.strip_prefix("https://issuer.example").unwrap())
            .await
    }

    /// The form that redeems an offer with this transaction code.
    pub(crate) async fn form_with(&self, created: &Value, code: Option<&str>) -> String {
        let response = self.read(created).await;
        assert_eq!(response.status, 200, "{response:?}");
        let offer = CredentialOffer::parse(response.body.as_bytes()).unwrap();
        assert_eq!(offer.issuer, self.id);
        let grant = offer.pre_authorized_code.unwrap();
        TokenRequest::for_grant(&grant, code).unwrap().to_form()
    }

    pub(crate) async fn form(&self, created: &Value) -> String {
        self.form_with(created, created["txCode"].as_str()).await
    }

    /// The nonce endpoint's answer: the `c_nonce` and the nonce for DPoP.
    pub(crate) async fn nonces(&self) -> (String, String) {
        let response = self.send("nonce", &[], String::new()).await;
        assert_eq!(response.status, 200, "{response:?}");
        let c_nonce = response.json()["c_nonce"].as_str().unwrap().to_owned();
        (c_nonce, response.header("dpop-nonce").to_owned())
    }

    /// A fresh DPoP proof for an endpoint.
    pub(crate) async fn proof(&self, name: &str, token: Option<&str>) -> String {
        let (_, nonce) = self.nonces().await;
        let mut proof = dpop::Proof::new("POST", &format!("{}/{name}", self.id)).unwrap();
        if let Some(token) = token {
            proof = proof.with_access_token(token);
        }
        proof
            .with_nonce(&nonce)
            .sign(&self.key, self.env.now(), &mut rand::rng())
    }

    pub(crate) async fn send(&self, name: &str, headers: &[(&str, &str)], body: String) -> Response {
        let mut request = Request::post(format!("/oid4vc/issuer/{name}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.issuer.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Reads the metadata as a JWT.
    pub(crate) async fn signed_metadata(&self) -> Response {
        let request = Request::get("/.well-known/openid-credential-issuer/oid4vc/issuer")
            .header("accept", "application/jwt");
        self.issuer.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a token request without a DPoP proof.
    pub(crate) async fn token(&self, form: String) -> Response {
        self.send("token", &[("content-type", FORM)], form).await
    }

    /// Redeems an offer for a token that is bound to the wallet's key.
    pub(crate) async fn redeem(&self, created: &Value) -> String {
        let form = self.form(created).await;
        let proof = self.proof("token", None).await;
        let headers = [("content-type", FORM), ("dpop", proof.as_str())];
        let response = self.send("token", &headers, form).await;
        assert_eq!(response.status, 200, "{response:?}");
        let body = response.json();
        assert_eq!(body["token_type"], "DPoP");
        assert!(body.get("refresh_token").is_none());
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// Redeems an offer for a bearer token.
    pub(crate) async fn redeem_bearer(&self, created: &Value) -> String {
        let response = self.token(self.form(created).await).await;
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(response.json()["token_type"], "Bearer");
        response.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn key_proof(&self, key: &SigningKey, nonce: &str, named: ProofKey<'_>) -> String {
        let options = ProofOptions {
            issuer: &self.id,
            now: self.env.now(),
            nonce: Some(nonce),
            client_id: None,
            key: named,
        };
        prove(key, &options)
    }

    /// A credential request for the schema `member` with one proof for each key.
    pub(crate) async fn order(&self, keys: &[SigningKey]) -> Value {
        let (nonce, _) = self.nonces().await;
        let proofs: Vec<String> = keys
            .iter()
            .map(|key| self.key_proof(key, &nonce, ProofKey::Jwk))
            .collect();
        json!({ "credential_configuration_id": "member", "proofs": { "jwt": proofs } })
    }

    /// Sends a request with a bound token and a fresh DPoP proof.
    pub(crate) async fn ask(&self, name: &str, token: &str, body: &Value) -> Response {
        let proof = self.proof(name, Some(token)).await;
        let authorization = format!("DPoP {token}");
        let headers = [
            ("authorization", authorization.as_str()),
            ("dpop", proof.as_str()),
            ("content-type", "application/json"),
        ];
        self.send(name, &headers, body.to_string()).await
    }

    /// Requests a credential for each key.
    pub(crate) async fn request(&self, token: &str, keys: &[SigningKey]) -> Response {
        let order = self.order(keys).await;
        self.ask("credential", token, &order).await
    }
}
