//! A partner of the platform, and the wallets of its users.

use std::time::SystemTime;

use air_jwt::{JwkSet, PartnerToken, SigningKey, dpop};
use air_oid4vc::vci::{IssuerId, OfferLink, ProofKey, ProofOptions, TokenRequest, prove};
use air_sandbox::UnixTime;
use reqwest::{Client, RequestBuilder, Response, header::HeaderName};
use serde_json::{Value, json};

use crate::Failure;

const PARTNER_AUTH: HeaderName = HeaderName::from_static("x-partner-auth");
const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// The number of credentials for one offer, below the platform's limit of 128.
const FOR_AN_OFFER: usize = 100;

/// A partner of the platform, and the HTTP client of its callers and wallets.
pub(crate) struct LoadEnv {
    http: Client,
    url: String,
    issuer: IssuerId,
    key: SigningKey,
    ids: Value,
}

/// The nonces for a key proof and a DPoP proof.
pub(crate) struct Nonces {
    credential: String,
    dpop: String,
}

impl LoadEnv {
    pub(crate) async fn set_up(ready: &Value) -> Result<Self, Failure> {
        let text = |name: &str| ready.get(name).and_then(Value::as_str).unwrap_or_default();
        let (http, url, key) = (Client::new(), text("url"), generate());
        let seed = json!({
            "partner": { "name": "Zenith", "jwksUrl": publish(&key).await?, "issueOnBehalf": true },
            "schemas": [{ "key": "kyc", "title": "KYC", "attributes": [
                { "name": "isOver18", "type": "boolean", "required": true },
                { "name": "country", "type": "string", "required": true },
                { "name": "riskScore", "type": "integer", "required": true, "minimum": 0, "maximum": 100 },
                { "name": "checkedOn", "type": "date", "required": true },
            ] }],
            "programs": [{ "key": "kyc", "schema": "kyc", "expiration": "1y", "publish": true }],
        });
        let request = http
            .post(format!("{url}/sandbox/v1/seed"))
            .bearer_auth(text("operatorToken"));
        let ids = answered(request.json(&seed)).await?;
        let partner_id = ids.get("partnerId").and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            issuer: format!("{url}/oid4vc/{partner_id}").parse()?,
            url: url.to_owned(),
            http,
            key,
            ids,
        })
    }

    fn program(&self) -> Result<&str, Failure> {
        let program = self.ids.pointer("/programs/kyc").and_then(Value::as_str);
        Ok(program.ok_or("no program")?)
    }

    /// A call on behalf of a user.
    fn call(&self, path: &str, email: &str) -> Result<RequestBuilder, Failure> {
        let partner_id = self
            .ids
            .get("partnerId")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let token =
            PartnerToken::issue_on_behalf(partner_id.parse()?, email.parse()?).sign(&self.key, now())?;
        let order = json!({
            "issuerDid": self.ids.get("issuerDid"),
            "credentialId": self.program()?,
            "credentialSubject": { "isOver18": true, "country": "UTO", "riskScore": 12, "checkedOn": "2026-01-19" },
            "onDuplicate": "ignore",
        });
        let request = self.http.post(format!("{}{path}", self.url));
        Ok(request.header(PARTNER_AUTH, token.expose_secret()).json(&order))
    }

    /// An issuance on behalf of somebody who has nothing yet.
    pub(crate) fn on_behalf(&self, number: usize) -> Result<RequestBuilder, Failure> {
        self.call(
            "/v1/credentials/issue-on-behalf",
            &format!("user{number}@example.com"),
        )
    }

    /// The link of a new offer, by value.
    pub(crate) async fn offer(&self, email: &str) -> Result<String, Failure> {
        let created = answered(self.call("/sandbox/v1/offers", email)?).await?;
        let link = created.get("urlByValue").and_then(Value::as_str);
        Ok(link.ok_or("no link")?.to_owned())
    }

    pub(crate) async fn nonces(&self) -> Result<Nonces, Failure> {
        let response = self.http.post(format!("{}/nonce", self.issuer)).send().await?;
        let dpop = response.headers().get(DPOP_NONCE).ok_or("no DPoP-Nonce")?;
        let dpop = dpop.to_str()?.to_owned();
        let body: Value = response.json().await?;
        let credential = body.get("c_nonce").and_then(Value::as_str).ok_or("no c_nonce")?;
        Ok(Nonces {
            credential: credential.to_owned(),
            dpop,
        })
    }

    /// Credential requests of wallets that have redeemed an offer, with so many proofs each.
    pub(crate) async fn credential_requests(
        &self,
        count: usize,
        each: usize,
    ) -> Result<Vec<RequestBuilder>, Failure> {
        let for_an_offer = (FOR_AN_OFFER / each).max(1);
        let mut requests = Vec::with_capacity(count);
        let mut wallet = None;
        for number in 0..count {
            if number % for_an_offer == 0 {
                let offer = self.offer(&format!("wallet{each}-{number}@example.com")).await?;
                wallet = Some(Wallet::redeem(self, &offer, generate()).await?);
            }
            let wallet: &Wallet = wallet.as_ref().ok_or("no wallet")?;
            let keys: Vec<_> = (0..each).map(|_| generate()).collect();
            requests.push(wallet.request(self, &self.nonces().await?, &keys)?);
        }
        Ok(requests)
    }
}

/// A wallet that has redeemed an offer.
pub(crate) struct Wallet {
    key: SigningKey,
    access_token: String,
}

impl Wallet {
    pub(crate) async fn redeem(env: &LoadEnv, link: &str, key: SigningKey) -> Result<Self, Failure> {
        let OfferLink::Offer(offer) = OfferLink::parse(link)? else {
            return Err("the offer is not by value".into());
        };
        let grant = offer.pre_authorized_code.ok_or("no pre-authorized code")?;
        let nonces = env.nonces().await?;
        let url = format!("{}/token", env.issuer);
        let proof =
            dpop::Proof::new("POST", &url)?
                .with_nonce(&nonces.dpop)
                .sign(&key, now(), &mut rand::rng());
        let request = env
            .http
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header(DPOP, proof)
            .body(TokenRequest::for_grant(&grant, None)?.to_form());
        let answer = answered(request).await?;
        let access_token = answer.get("access_token").and_then(Value::as_str);
        Ok(Self {
            key,
            access_token: access_token.ok_or("no access token")?.to_owned(),
        })
    }

    /// A credential request with a proof of each key.
    pub(crate) fn request(
        &self,
        env: &LoadEnv,
        nonces: &Nonces,
        keys: &[SigningKey],
    ) -> Result<RequestBuilder, Failure> {
        let (url, now) = (format!("{}/credential", env.issuer), now());
        let options = ProofOptions {
            issuer: &env.issuer,
            now,
            nonce: Some(&nonces.credential),
            client_id: None,
            key: ProofKey::Jwk,
        };
        let proofs = keys.iter().map(|key| prove(key, &options));
        let body = json!({
            "credential_configuration_id": env.program()?,
            "proofs": { "jwt": proofs.collect::<Vec<_>>() },
        });
        let proof = dpop::Proof::new("POST", &url)?
            .with_access_token(&self.access_token)
            .with_nonce(&nonces.dpop)
            .sign(&self.key, now, &mut rand::rng());
        let request = env.http.post(url).header(DPOP, proof);
        let request = request.header("authorization", format!("DPoP {}", self.access_token));
        Ok(request.json(&body))
    }
}

/// Serves the partner's public keys, which the platform fetches.
#[expect(clippy::disallowed_methods, reason = "the partner's own server")]
async fn publish(key: &SigningKey) -> Result<String, Failure> {
    let set = JwkSet::from(key.public_jwk()).to_json();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/jwks.json", listener.local_addr()?);
    let router = axum::Router::new().route("/jwks.json", axum::routing::get(move || async { set }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

/// Sends a request that must succeed.
pub(crate) async fn succeeded(request: RequestBuilder) -> Result<Response, Failure> {
    let response: Response = request.send().await?;
    let status = response.status();
    if !status.is_success() {
        return Err(format!("{status}: {}", response.text().await?).into());
    }
    Ok(response)
}

/// Sends a request that must succeed, and reads its answer.
pub(crate) async fn answered(request: RequestBuilder) -> Result<Value, Failure> {
    let text = succeeded(request).await?.text().await?;
    Ok(serde_json::from_str(&text)?)
}

pub(crate) fn generate() -> SigningKey {
    SigningKey::generate(&mut rand::rng())
}

fn now() -> UnixTime {
    UnixTime::from_system_time(SystemTime::now())
}
