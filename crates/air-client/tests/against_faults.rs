//! The client against a platform that fails on demand: what is issued is issued once.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::time::{SystemTime, UNIX_EPOCH};

use air_api::{
    IssueOnBehalf, OnDuplicate,
    sandbox::{Faults, Seeded},
};
use air_client::{AirClient, Environment, Error};
use air_jwt::{JwkSet, PartnerToken, SigningKey};
use air_sandbox::{Config, Platform};
use serde_json::{Value, json};

struct World {
    platform: Platform,
    client: AirClient,
    key: SigningKey,
    ids: Seeded,
}

impl World {
    async fn start() -> Self {
        let key = SigningKey::generate(&mut rand::rng());
        let platform = Platform::start(Config::default()).await.unwrap();
        let client = AirClient::builder(Environment::at(&platform.url()).unwrap())
            .build()
            .unwrap();
        let seed = json!({
            "partner": { "name": "Zenith", "jwksUrl": serve_jwks(&key).await, "issueOnBehalf": true },
            "schemas": [{ "key": "adult", "title": "Adult", "attributes": [{ "name": "isOver18", "type": "boolean" }] }],
            "programs": [{ "key": "adult", "schema": "adult", "publish": true }],
        });
        let seed = serde_json::from_value(seed).unwrap();
        let ids = client.local().seed(&seed).await.unwrap();
        Self {
            platform,
            client,
            key,
            ids,
        }
    }

    /// With the platform's default for duplicates, which a second issuance would show by.
    async fn issue(&self) -> Result<String, Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let partner = self.ids.partner_id.as_str().parse().unwrap();
        let token = PartnerToken::issue_on_behalf(partner, "ada@example.com".parse().unwrap());
        let token = token.sign(&self.key, now).unwrap();
        let order = IssueOnBehalf {
            issuer_did: self.ids.issuer_did.clone(),
            program: self.ids.programs["adult"].clone(),
            credential_subject: json!({ "isOver18": true }).as_object().unwrap().clone(),
            on_duplicate: OnDuplicate::Revoke,
        };
        let issued = self.client.issue_on_behalf(token.expose_secret(), &order).await?;
        Ok(issued.core_claim_hash.to_string())
    }

    async fn set(&self, rules: Value) {
        let faults: Faults = serde_json::from_value(json!({ "rules": rules })).unwrap();
        self.client.local().set_faults(&faults).await.unwrap();
    }

    /// How many credentials the platform has issued.
    async fn issued(&self, url: &str) -> u64 {
        let path = format!("{url}/v1/catalog/credentials/{}", self.ids.programs["adult"]);
        let answer: Value = reqwest::get(path).await.unwrap().json().await.unwrap();
        answer["data"]["traction"]["issuanceCount"].as_u64().unwrap()
    }
}

async fn serve_jwks(key: &SigningKey) -> String {
    let set = JwkSet::from(key.public_jwk()).to_json();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/jwks.json", axum::routing::get(move || async { set }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn whatever_goes_wrong_for_a_while_one_credential_is_issued() {
    let world = World::start().await;
    let url = world.platform.url();
    for (count, fault) in (1..).zip([
        json!({ "kind": "loseAnswer" }),
        json!({ "kind": "drop" }),
        json!({ "kind": "status", "status": 500 }),
        json!({ "kind": "status", "status": 429 }),
        json!({ "kind": "status", "status": 503, "retryAfter": 0 }),
        json!({ "kind": "delay", "milliseconds": 5 }),
        json!({ "kind": "slowBody", "milliseconds": 5 }),
    ]) {
        let mut rule = fault.clone();
        rule["path"] = json!("/v1/credentials/issue-on-behalf");
        rule["times"] = json!(2);
        world.set(json!([rule])).await;
        let hash = world.issue().await;
        assert!(hash.is_ok(), "{fault}: {hash:?}");
        assert_eq!(world.issued(&url).await, count, "{fault}");
        world.set(json!([])).await;
    }
}

#[tokio::test]
async fn what_does_not_end_is_an_error_that_says_whether_to_ask_again() {
    let world = World::start().await;
    world
        .set(json!([{ "path": "/v1", "kind": "status", "status": 500 }]))
        .await;
    let error = world.issue().await.unwrap_err();
    // Its key went with the call: another would have another.
    assert!(!error.is_safe_to_repeat(), "{error}");
    assert!(error.request_id().is_some());
    assert!(error.is_retryable());
}

#[tokio::test]
async fn keys_that_the_platform_cant_fetch_are_the_callers_to_publish_and_nothing_is_sent_twice() {
    let world = World::start().await;
    let url = world.platform.url();
    for fault in [
        json!({ "kind": "jwksOutage" }),
        json!({ "kind": "clockSkew", "seconds": 3600 }),
        json!({ "kind": "clockSkew", "seconds": -3600 }),
    ] {
        let mut rule = fault.clone();
        rule["path"] = json!("/v1/credentials/issue-on-behalf");
        rule["times"] = json!(1);
        world.set(json!([rule])).await;
        let error = world.issue().await.unwrap_err();
        assert!(matches!(error, Error::NotAuthorised { .. }), "{fault}: {error}");
        assert!(error.is_safe_to_repeat(), "{fault}: a refusal changes nothing");
        assert!(error.request_id().is_some(), "{fault}");
        assert_eq!(world.issued(&url).await, 0, "{fault}");
    }
    world.issue().await.unwrap();
    assert_eq!(world.issued(&url).await, 1);
}
