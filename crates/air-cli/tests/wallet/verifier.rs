//! A verifier made of the library's functions, with a certificate of its own authority.

use std::sync::{Arc, Mutex};

use air_jwt::{
    SigningKey,
    jwe::{DecryptionKey, Jwe},
};
use air_oid4vc::{
    dcql::Query,
    vp::{
        AuthorizationRequest, AuthorizationResponse, ClientId, ClientMetadata, Invocation, Nonce, OPENID4VP,
        Presentation, RequestOptions, RequestUriMethod, RequestUriPost, ResponseBody,
    },
};
use air_vc::{Inspection, did::DidJwk};
use rcgen::SanType;
use serde_json::{Map, Value, json};

use super::issuer::VCT;
use crate::support::{
    certificates::Certified,
    http::{Answer, Asked, serve_with},
};

/// How the verifier asks.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) claim: &'static str,
    pub(crate) by_post: bool,
    pub(crate) is_encrypted: bool,
    pub(crate) client: Client,
    /// The response URI, if it is not the verifier's own.
    pub(crate) response_uri: Option<&'static str>,
}

/// The client identifier. Each request by reference is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    /// `x509_hash`.
    Certificate,
    /// `x509_san_dns` with this name. The certificate has [`DNS_NAME`].
    DnsName(&'static str),
    /// `decentralized_identifier` with a `did:jwk`.
    DidJwk,
    /// `decentralized_identifier` with a `did:web` on this machine.
    DidWeb,
}

/// The verifier's host, which the response URI has with `x509_san_dns` (OpenID4VP 1.0, section 5.9.3).
pub(crate) const DNS_NAME: &str = "localhost";

impl Default for Terms {
    fn default() -> Self {
        Self {
            claim: "name",
            by_post: false,
            is_encrypted: true,
            client: Client::Certificate,
            response_uri: None,
        }
    }
}

pub(crate) struct Verifier {
    origin: String,
    terms: Terms,
    client: ClientId,
    anchors: String,
    answer: Arc<Mutex<Option<AuthorizationResponse>>>,
}

struct State {
    terms: Terms,
    key: SigningKey,
    client: ClientId,
    chain: Vec<Vec<u8>>,
    encryption: DecryptionKey,
    answer: Arc<Mutex<Option<AuthorizationResponse>>>,
}

impl Verifier {
    pub(crate) fn start(terms: Terms) -> Self {
        let Certified { anchor, leaf, key } =
            Certified::named(SanType::DnsName(DNS_NAME.try_into().unwrap()));
        let answer = Arc::<Mutex<Option<AuthorizationResponse>>>::default();
        let mut client = ClientId::x509_hash(&leaf);
        let origin = serve_with(|origin| {
            let did = match terms.client {
                Client::DidWeb => format!("did:web:localhost%3A{}", origin.rsplit(':').next().unwrap()),
                _ => DidJwk::new(key.verifying_key()).did().to_string(),
            };
            match terms.client {
                Client::Certificate => (),
                Client::DnsName(name) => client = ClientId::X509SanDns(name.to_owned()),
                Client::DidJwk | Client::DidWeb => client = ClientId::Did(did.clone()),
            }
            let mut state = State {
                terms,
                key: key.with_kid(format!("{did}#0").parse().unwrap()),
                client: client.clone(),
                chain: vec![leaf],
                encryption: DecryptionKey::generate(&mut rand::rng()),
                answer: Arc::clone(&answer),
            };
            move |origin: &str, asked: &Asked| state.answer(origin, asked)
        });
        Self {
            origin,
            terms,
            client,
            anchors: anchor,
            answer,
        }
    }

    pub(crate) fn anchors(&self) -> &str {
        &self.anchors
    }

    pub(crate) fn client_id(&self) -> String {
        self.client.to_string()
    }

    pub(crate) fn link(&self) -> String {
        let invocation = Invocation::ByReference {
            client_id: self.client.clone(),
            request_uri: format!("{}/request", self.origin),
            method: if self.terms.by_post {
                RequestUriMethod::Post
            } else {
                RequestUriMethod::Get
            },
        };
        invocation.to_link(OPENID4VP)
    }

    /// An unsigned request, of a client that only its response URI names (`redirect_uri`).
    pub(crate) fn unsigned_link(&self) -> String {
        let uri = format!("{}/response", self.origin);
        let query = Query::from_value(&query(self.terms.claim)).unwrap();
        let options = RequestOptions {
            client_metadata: Some(ClientMetadata::for_query(&query)),
            state: Some(Nonce::from_random(&[1; 16]).unwrap()),
            ..RequestOptions::default()
        };
        let (client, nonce) = (
            ClientId::RedirectUri(uri.clone()),
            Nonce::from_random(&[2; 16]).unwrap(),
        );
        let request = AuthorizationRequest::direct_post(client, &uri, nonce, query, options).unwrap();
        Invocation::Unsigned(Box::new(request)).to_link(OPENID4VP)
    }

    pub(crate) fn is_unanswered(&self) -> bool {
        self.answer.lock().unwrap().is_none()
    }

    /// The code of the wallet's refusal.
    pub(crate) fn refusal(&self) -> Option<String> {
        match self.answer.lock().unwrap().clone()? {
            AuthorizationResponse::Refused { error, .. } => Some(error.to_string()),
            AuthorizationResponse::Presented { .. } => None,
        }
    }

    /// The claims that were presented, with a proof of possession.
    pub(crate) fn received(&self) -> Map<String, Value> {
        let answer = self.answer.lock().unwrap().clone();
        let Some(AuthorizationResponse::Presented { vp_token, .. }) = answer else {
            panic!("{answer:?}")
        };
        let (id, presentations) = vp_token.presentations().next().unwrap();
        assert_eq!((id, presentations.len()), ("pid", 1));
        let Presentation::Text(text) = &presentations[0] else {
            panic!("{presentations:?}")
        };
        let broken = air_vc::diagnose(text, super::issuer::now()).unwrap();
        assert!(broken.is_empty(), "{broken:?}");
        let inspection = Inspection::of(text).unwrap();
        assert!(inspection.has_key_binding);
        inspection.claims
    }
}

fn query(claim: &str) -> Value {
    json!({ "credentials": [{
        "id": "pid", "format": "dc+sd-jwt", "meta": { "vct_values": [VCT] }, "claims": [{ "path": [claim] }],
    }] })
}

impl State {
    /// The DID document of a `did:web`.
    fn document(&self) -> Value {
        let ClientId::Did(did) = &self.client else {
            return Value::Null;
        };
        let id = self.key.kid().as_str();
        json!({
            "@context": ["https://www.w3.org/ns/did/v1"], "id": did,
            "verificationMethod": [{
                "id": id, "type": "JsonWebKey", "controller": did, "publicKeyJwk": self.key.public_jwk(),
            }],
            "assertionMethod": [id], "authentication": [id],
        })
    }

    fn request(&self, origin: &str, wallet_nonce: Option<Nonce>) -> AuthorizationRequest {
        let query = Query::from_value(&query(self.terms.claim)).unwrap();
        let Value::Object(jwk) = json!(self.encryption.encryption_key()) else {
            panic!("a key is an object")
        };
        let options = RequestOptions {
            encrypted: self.terms.is_encrypted,
            state: Some(Nonce::from_random(&[1; 16]).unwrap()),
            client_metadata: Some(ClientMetadata {
                keys: vec![jwk],
                ..ClientMetadata::for_query(&query)
            }),
            wallet_nonce,
            ..RequestOptions::default()
        };
        let (client, nonce) = (self.client.clone(), Nonce::from_random(&[2; 16]).unwrap());
        let uri = match (self.terms.response_uri, self.terms.client) {
            (Some(uri), _) => uri.to_owned(),
            (None, Client::DnsName(DNS_NAME)) => {
                format!("{}/response", origin.replace("127.0.0.1", DNS_NAME))
            }
            (None, Client::DnsName(name)) => format!("https://{name}/response"),
            _ => format!("{origin}/response"),
        };
        AuthorizationRequest::direct_post(client, &uri, nonce, query, options).unwrap()
    }

    fn answer(&mut self, origin: &str, asked: &Asked) -> Answer {
        match asked.path.as_str() {
            "/request" => {
                let method = if self.terms.by_post { "POST" } else { "GET" };
                assert_eq!(asked.method, method);
                let nonce = RequestUriPost::parse(&asked.body).unwrap().wallet_nonce;
                assert_eq!(nonce.is_some(), self.terms.by_post);
                let request = self.request(origin, nonce);
                let has_did = matches!(self.terms.client, Client::DidJwk | Client::DidWeb);
                let jwt = if has_did {
                    request.sign(&self.key)
                } else {
                    request.sign_with_certificates(&self.key, &self.chain)
                };
                let headers = vec![("content-type", "application/oauth-authz-req+jwt".to_owned())];
                Answer(200, headers, jwt.unwrap())
            }
            "/.well-known/did.json" => {
                let headers = vec![("content-type", "application/did+json".to_owned())];
                Answer(200, headers, self.document().to_string())
            }
            "/response" => {
                let request = self.request(origin, None);
                let body = ResponseBody::parse(&asked.body).unwrap();
                body.check_mode(&request).unwrap();
                let response = match body {
                    ResponseBody::Plain(response) => response,
                    ResponseBody::Encrypted(jwe) => {
                        let json = Jwe::parse(&jwe, 1 << 20)
                            .unwrap()
                            .decrypt(&self.encryption)
                            .unwrap();
                        AuthorizationResponse::parse_json(&json).unwrap()
                    }
                };
                response.check_state(&request).unwrap();
                *self.answer.lock().unwrap() = Some(response);
                let json = vec![("content-type", "application/json".to_owned())];
                Answer(
                    200,
                    json,
                    json!({ "redirect_uri": "https://verifier.example/done" }).to_string(),
                )
            }
            _ => Answer(404, Vec::new(), String::new()),
        }
    }
}
