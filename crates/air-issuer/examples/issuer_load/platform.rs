//! The local platform, and a partner who issues on behalf.

use std::{io::Write, time::SystemTime};

use air_client::{
    AirClient, Environment,
    api::sandbox::{Seed, Seeded},
    prelude::*,
};
use air_jwt::{JwkSet, PartnerToken, SigningKey, UnixTime};
use air_sandbox::{Config, Data, Platform};
use axum::{Router, routing::get};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::calls::Failure;

/// Runs a platform with its data in this folder until stdin ends. Its first line is its URL.
pub(crate) async fn serve(folder: &str) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let mut config = Config::default();
    config.data = Data::Folder(folder.into());
    let platform = Platform::start(config).await?;
    writeln!(std::io::stdout(), "{}", platform.url())?;
    tokio::task::spawn_blocking(|| std::io::stdin().lines().count()).await?;
    platform.stop().await?;
    Ok(())
}

/// A partner's backend.
pub(crate) struct Partner {
    client: AirClient,
    key: SigningKey,
    ids: Seeded,
}

impl Partner {
    pub(crate) async fn set_up(url: &str) -> Result<Self, Failure> {
        let key = SigningKey::generate(&mut rand::rng());
        let seed: Seed = serde_json::from_value(json!({
            "partner": { "name": "Zenith", "jwksUrl": publish(&key).await?, "issueOnBehalf": true },
            "schemas": [{ "key": "kyc", "title": "KYC", "attributes": [
                { "name": "isOver18", "type": "boolean", "required": true },
                { "name": "country", "type": "string", "required": true },
                { "name": "riskScore", "type": "integer", "required": true, "minimum": 0, "maximum": 100 },
                { "name": "checkedOn", "type": "date", "required": true },
            ] }],
            "programs": [{ "key": "kyc", "schema": "kyc", "expiration": "1y", "publish": true }],
        }))?;
        let client = AirClient::builder(Environment::at(url)?).build()?;
        let ids = client.local().seed(&seed).await?;
        Ok(Self { client, key, ids })
    }

    /// Issues to a user who has nothing yet.
    pub(crate) async fn issue(&self, number: u64) -> Result<(), Failure> {
        let now = UnixTime::from_system_time(SystemTime::now());
        let email = format!("user{number}@example.com").parse()?;
        let token = PartnerToken::issue_on_behalf(self.ids.partner_id.as_str().parse()?, email);
        let token = token.sign(&self.key, now)?;
        let order = IssueOnBehalf {
            issuer_did: self.ids.issuer_did.clone(),
            program: self.ids.programs.get("kyc").ok_or("no program")?.clone(),
            credential_subject: subject(number),
            on_duplicate: OnDuplicate::Ignore,
        };
        self.client.issue_on_behalf(token.expose_secret(), &order).await?;
        Ok(())
    }
}

fn subject(number: u64) -> Map<String, Value> {
    let subject = [
        ("isOver18", json!(true)),
        ("country", json!("UTO")),
        ("riskScore", json!(number % 100)),
        ("checkedOn", json!("2026-01-19")),
    ];
    let named = subject.map(|(name, value)| (name.to_owned(), value));
    named.into_iter().collect()
}

/// Publishes the partner's keys, and returns their URL.
async fn publish(key: &SigningKey) -> Result<String, Failure> {
    let set = JwkSet::from(key.public_jwk()).to_json();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/jwks.json", listener.local_addr()?);
    let router = Router::new().route("/jwks.json", get(move || async { set }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}
