//! A platform with one partner that issues and verifies, and a client of it.

#![allow(dead_code, reason = "each test file uses its part")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use air_api::sandbox::Seeded;
use air_client::{AirClient, Environment};
use air_jwt::{JwkSet, PartnerId, PartnerToken, SigningKey};
use air_sandbox::{Config, Platform};
use serde_json::json;

pub(crate) struct World {
    _platform: Platform,
    pub(crate) client: AirClient,
    key: SigningKey,
    pub(crate) ids: Seeded,
}

impl World {
    pub(crate) async fn start() -> Self {
        let key = SigningKey::generate(&mut rand::rng());
        let config = Config {
            block_time: Duration::from_millis(10),
            ..Config::default()
        };
        let platform = Platform::start(config).await.unwrap();
        let environment = Environment::at(&platform.url()).unwrap();
        let client = AirClient::builder(environment).build().unwrap();
        client.local().ready().await.unwrap();
        let seed = json!({
            "partner": { "name": "Zenith", "jwksUrl": serve_jwks(&key).await },
            "schemas": [{ "key": "adult", "title": "Adult",
                "attributes": [{ "name": "age", "type": "integer", "required": true }] }],
            "programs": [
                { "key": "cak", "schema": "adult", "cak": true, "publish": true },
                { "key": "plain", "schema": "adult", "publish": true },
            ],
            "verificationPrograms": [{ "key": "adult", "schema": "adult", "requireCak": true,
                "conditions": [{ "attribute": "age", "operator": "greater", "value": 17 }] }],
        });
        let seed = serde_json::from_value(seed).unwrap();
        let ids = client.local().seed(&seed).await.unwrap();
        Self {
            _platform: platform,
            client,
            key,
            ids,
        }
    }

    pub(crate) fn token(&self, kind: fn(PartnerId) -> PartnerToken) -> String {
        let token = kind(self.ids.partner_id.as_str().parse().unwrap());
        token.sign(&self.key, now()).unwrap().expose_secret().to_owned()
    }
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

async fn serve_jwks(key: &SigningKey) -> String {
    let set = JwkSet::from(key.public_jwk()).to_json();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/jwks.json", axum::routing::get(move || async { set }));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}
