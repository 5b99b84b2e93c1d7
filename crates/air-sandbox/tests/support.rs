//! A platform, a partner whose keys it fetches over HTTP, and calls as any client would send them.

mod database;

use std::{
    sync::atomic::{AtomicU32, AtomicUsize, Ordering},
    sync::{Arc, RwLock},
    time::Duration,
};

use air_jwt::{JwkSet, PartnerJwt, PartnerToken, SigningKey};
use air_sandbox::{Clock, Config, Data, Platform, UnixTime};
use axum::{Router, routing::get};
pub(crate) use database::{data, database_name, is_postgres};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub(crate) const NOW: u64 = 1_800_000_000;
/// The generator of secp256r1 (SEC 2, 2.4.2): a public key as good as any.
pub(crate) const CAK: &str = "0x046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

/// A partner's token, of `env.another_partner()`.
pub(crate) fn token_of(
    partner: &(SigningKey, Value),
    kind: fn(air_jwt::PartnerId) -> PartnerToken,
) -> String {
    let (key, ids) = partner;
    sign(kind(ids["partnerId"].as_str().unwrap().parse().unwrap()), key)
}

/// A sealed document, whosever it is.
pub(crate) fn sealed() -> Vec<u8> {
    use air_crypto::{CakContext, CakPublicKey, Curve};
    let context = CakContext::new(
        "7f01c42c-02cf-4325-96ed-ba034700f724".parse().unwrap(),
        "did:example:issuer".parse().unwrap(),
        "schema".parse().unwrap(),
        Curve::Secp256r1,
    );
    let key = CakPublicKey::from_hex(Curve::Secp256r1, CAK).unwrap();
    key.seal(&context, b"n", b"document", &mut rand::rng()).unwrap()
}

/// A partner's JWKS endpoint, with a count of the requests it saw.
pub(crate) struct Jwks {
    pub(crate) url: String,
    pub(crate) fetched: Arc<AtomicUsize>,
    set: Arc<RwLock<String>>,
}

impl Jwks {
    #[expect(clippy::disallowed_methods, reason = "the partner's own server")]
    pub(crate) async fn serve(key: &SigningKey) -> Self {
        let fetched = Arc::new(AtomicUsize::new(0));
        let set = Arc::new(RwLock::new(JwkSet::from(key.public_jwk()).to_json()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let (seen, served) = (fetched.clone(), set.clone());
        let answer = move || {
            seen.fetch_add(1, Ordering::SeqCst);
            let body = served.read().unwrap().clone();
            async move { body }
        };
        let router = Router::new().route("/jwks.json", get(answer));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, fetched, set }
    }

    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        *self.set.write().unwrap() = JwkSet::new(keys.iter().map(|key| key.public_jwk()))
            .unwrap()
            .to_json();
    }

    pub(crate) fn requests(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }
}

/// A platform with one partner, one schema and one program of each kind.
pub(crate) struct TestEnv {
    pub(crate) platform: Platform,
    pub(crate) http: reqwest::Client,
    pub(crate) jwks: Jwks,
    pub(crate) key: SigningKey,
    pub(crate) ids: Value,
}

impl TestEnv {
    pub(crate) async fn start() -> Self {
        Self::start_with(Data::Memory).await
    }

    pub(crate) async fn start_with(data: Data) -> Self {
        Self::start_on(start_platform(data).await).await
    }

    pub(crate) async fn start_on(platform: Platform) -> Self {
        let key = SigningKey::generate(&mut rand::rng());
        let jwks = Jwks::serve(&key).await;
        let http = reqwest::Client::new();
        let mut env = Self {
            platform,
            http,
            jwks,
            key,
            ids: Value::Null,
        };
        let seed = TestEnv::seed_file(&env.jwks.url);
        let (status, ids) = env.apply(&seed).await;
        // The data may have the partner of an earlier env.
        let is_taken = status == StatusCode::CONFLICT;
        env.ids = ids;
        if is_taken {
            env.ids = env.seed(&seed).await;
        }
        env
    }

    pub(crate) fn seed_file(jwks_url: &str) -> Value {
        json!({
            "partner": { "name": "Zenith", "jwksUrl": jwks_url, "issueOnBehalf": true },
            "schemas": [{ "key": "adult", "title": "Adult", "attributes": [
                { "name": "age", "type": "integer", "required": true, "minimum": 0 },
                { "name": "country", "type": "string", "required": true, "enum": ["UTO", "XYZ"] },
            ]}],
            "programs": [
                { "key": "adult", "schema": "adult", "cak": true, "expiration": "90d", "publish": true },
                { "key": "draft", "schema": "adult", "publish": false },
            ],
            "verificationPrograms": [{ "key": "adult", "schema": "adult", "requireCak": true,
                "conditions": [{ "attribute": "age", "operator": "greater", "value": 17 }] }],
        })
    }

    /// Sets up another partner. One with the name of this environment's partner gets a number, since a
    /// name is seeded once.
    pub(crate) async fn seed(&self, seed: &Value) -> Value {
        static NUMBER: AtomicU32 = AtomicU32::new(2);
        let mut seed = seed.clone();
        if !self.ids.is_null() && seed["partner"]["name"] == "Zenith" {
            seed["partner"]["name"] = format!("Zenith {}", NUMBER.fetch_add(1, Ordering::Relaxed)).into();
        }
        self.seed_again(&seed).await
    }

    /// Applies a seed unchanged, which may exist.
    pub(crate) async fn seed_again(&self, seed: &Value) -> Value {
        let (status, answer) = self.apply(seed).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    async fn apply(&self, seed: &Value) -> (StatusCode, Value) {
        let request = self
            .http
            .post(format!("{}/sandbox/v1/seed", self.platform.url()))
            .bearer_auth(self.platform.operator_token());
        let response = request.json(seed).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    /// One more partner with the same things of its own: its key and ids.
    pub(crate) async fn another_partner(&self) -> (SigningKey, Value) {
        let key = SigningKey::generate(&mut rand::rng());
        let jwks = Jwks::serve(&key).await;
        let ids = self.seed(&Self::seed_file(&jwks.url)).await;
        (key, ids)
    }

    /// Logs a user in: the session's token.
    pub(crate) async fn login(&self, email: &str) -> String {
        self.login_with(&self.token(PartnerToken::issue), email).await
    }

    /// Logs a user in for the partner of this token: the session's token.
    pub(crate) async fn login_with(&self, token: &str, email: &str) -> String {
        let login = json!({ "email": email });
        let (status, session) = self
            .call(Method::POST, "/sandbox/v1/sessions", Some(token), Some(&login))
            .await;
        assert_eq!(status, StatusCode::OK, "{session}");
        session["sessionToken"].as_str().unwrap().to_owned()
    }

    /// A call with a user's session, and a partner's token where it needs one.
    pub(crate) async fn call_as_user(
        &self,
        method: Method,
        path: &str,
        session: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.platform.url()))
            .bearer_auth(session);
        if let Some(token) = token {
            request = request.header("x-partner-auth", token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) fn token(&self, kind: fn(air_jwt::PartnerId) -> PartnerToken) -> String {
        sign(kind(self.partner_id()), &self.key)
    }

    pub(crate) fn on_behalf_token(&self, email: &str) -> String {
        let token = PartnerToken::issue_on_behalf(self.partner_id(), email.parse().unwrap());
        sign(token, &self.key)
    }

    pub(crate) fn partner_id(&self) -> air_jwt::PartnerId {
        self.ids["partnerId"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) fn order(&self) -> Value {
        json!({
            "issuerDid": self.ids["issuerDid"],
            "credentialId": self.ids["programs"]["adult"],
            "credentialSubject": { "age": 21, "country": "UTO" },
        })
    }

    /// Issues on behalf and gives the core claim hash.
    pub(crate) async fn issue_on_behalf(&self, email: &str, order: &Value) -> String {
        let token = self.on_behalf_token(email);
        let path = "/v1/credentials/issue-on-behalf";
        let (status, issued) = self.call(Method::POST, path, Some(&token), Some(order)).await;
        assert_eq!(status, StatusCode::OK, "{issued}");
        issued["coreClaimHash"].as_str().unwrap().to_owned()
    }

    /// Asks until the ledger has it; each question is a round trip, and a minute of them is a failure.
    pub(crate) async fn wait_until_anchored(&self, hash: &str) -> Value {
        let token = self.token(PartnerToken::issue);
        let path = format!("/v1/credentials/status?coreClaimHash={hash}");
        let poll = async {
            loop {
                let (status, answer) = self.call(Method::GET, &path, Some(&token), None).await;
                assert_eq!(status, StatusCode::OK, "{answer}");
                if answer["vcStatus"] == "ONCHAIN" {
                    return answer;
                }
                assert_eq!(answer["vcStatus"], "WAIT_ONCHAIN");
            }
        };
        tokio::time::timeout(Duration::from_mins(1), poll).await.unwrap()
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.platform.url()));
        if let Some(token) = token {
            request = request.header("x-partner-auth", token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        assert!(response.headers().contains_key("x-request-id"), "{path}");
        (response.status(), response.json().await.unwrap())
    }
}

/// The default settings with a change.
pub(crate) fn config_with(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    change(&mut config);
    config
}

pub(crate) async fn start_platform(data: Data) -> Platform {
    start_platform_at(data, Clock::new(|| UnixTime::from_secs(NOW))).await
}

pub(crate) async fn start_platform_at(data: Data, clock: Clock) -> Platform {
    let mut config = Config::default();
    config.data = database::data(data).await;
    config.block_time = Duration::from_millis(10);
    config.clock = clock;
    Platform::start(config).await.unwrap()
}

pub(crate) fn sign(token: PartnerToken, key: &SigningKey) -> String {
    let signed: PartnerJwt = token.sign(key, UnixTime::from_secs(NOW)).unwrap();
    signed.expose_secret().to_owned()
}
