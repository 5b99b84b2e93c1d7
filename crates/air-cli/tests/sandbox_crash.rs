//! A platform that is killed while it works: nothing that it acknowledged is lost, and nothing is half there.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use air_api::{IdempotencyKey, IssueOnBehalf, OnDuplicate};
use air_client::{AirClient, Environment};
use air_ids::UnixTime;
use air_jwt::{PartnerToken, SigningKey};
use serde_json::{Value, json};

use crate::support::{
    TestEnv,
    server::{Server, seeded_in},
};

const KILLS: usize = 50;

/// The knowledge of a partner's backend.
struct Backend {
    key: SigningKey,
    ids: Value,
}

impl Backend {
    fn client(url: &str) -> AirClient {
        AirClient::builder(Environment::at(url).unwrap()).build().unwrap()
    }

    fn token(&self, recipient: usize) -> air_jwt::PartnerJwt {
        let now = UnixTime::from_system_time(SystemTime::now());
        let partner = self.ids["partnerId"].as_str().unwrap().parse().unwrap();
        let email = format!("user{recipient}@example.com").parse().unwrap();
        PartnerToken::issue_on_behalf(partner, email)
            .sign(&self.key, now)
            .unwrap()
    }

    fn order(&self) -> IssueOnBehalf {
        IssueOnBehalf {
            issuer_did: self.ids["issuerDid"].as_str().unwrap().parse().unwrap(),
            program: self.ids["programs"]["adult"].as_str().unwrap().parse().unwrap(),
            credential_subject: json!({ "isOver18": true }).as_object().unwrap().clone(),
            // A second issuance would be one more credential, and the ledger counts them.
            on_duplicate: OnDuplicate::Revoke,
        }
    }

    /// The credential's hash, unless the platform went away.
    async fn issue(&self, client: &AirClient, recipient: usize) -> Option<String> {
        let key: IdempotencyKey = format!("order-{recipient}").parse().unwrap();
        let (token, order) = (self.token(recipient), self.order());
        let issued = client.issue_on_behalf_once(token.expose_secret(), &order, &key);
        Some(issued.await.ok()?.core_claim_hash.to_string())
    }
}

/// Of the newest block, where there is one.
fn tree_size(runtime: &tokio::runtime::Runtime, platform: &Server) -> u64 {
    let head = format!("{}/sandbox/v1/ledger/head", platform.url());
    let head = runtime.block_on(get_json(&head));
    head.map_or(0, |head| head["treeSize"].as_u64().unwrap())
}

async fn get_json(url: &str) -> Option<Value> {
    let fetcher = air_fetch::Fetcher::new(air_fetch::NetworkPolicy::PublicAndLoopback).unwrap();
    let document = fetcher.get(url, 10_000, air_fetch::Accept::Json).await.ok()?;
    Some(serde_json::from_slice(&document.bytes).unwrap())
}

/// The same platform, started again.
fn up(env: &TestEnv, store: [&str; 2]) -> Server {
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0"];
    Server::start(&env.path(""), &[&up[..], &store].concat())
}

#[test]
fn fifty_kills_lose_nothing_that_was_acknowledged() {
    kills_lose_nothing_in(["--data", "data"]);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn fifty_kills_lose_nothing_that_postgresql_has() {
    let url = std::env::var("AIR_TEST_DATABASE").expect("AIR_TEST_DATABASE names a server");
    kills_lose_nothing_in(["--database", &url]);
}

fn kills_lose_nothing_in(store: [&str; 2]) {
    let env = TestEnv::new();
    let seed = json!({
        "partner": { "name": "Zenith", "issueOnBehalf": true },
        "schemas": [{ "key": "adult", "title": "Adult", "attributes": [{ "name": "isOver18", "type": "boolean" }] }],
        "programs": [{ "key": "adult", "schema": "adult", "publish": true }],
    });
    let (mut platform, _jwks) = seeded_in(&env, seed, &store);
    let pem = String::from_utf8(env.read("key.pem")).unwrap();
    let backend = Backend {
        key: SigningKey::from_pem(&pem).unwrap(),
        ids: platform.ready["seeded"].clone(),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let before = tree_size(&runtime, &platform);
    let mut acknowledged = HashMap::<usize, String>::new();
    for kill in 0..KILLS {
        let client = Backend::client(platform.url());
        let first = kill * 8;
        // Eight at once, some of the round before among them, until a moment that is another each time.
        let answered = tokio::sync::Semaphore::new(0);
        let answers = runtime.block_on(async {
            let calls = (first.saturating_sub(4)..first + 8).map(|recipient| {
                let (backend, client, answered) = (&backend, &client, &answered);
                async move {
                    let hash = backend.issue(client, recipient).await;
                    answered.add_permits(1);
                    (recipient, hash)
                }
            });
            // After so many answers, and a moment that is not awaited but chosen: it is what the
            // test is about.
            let killed = async {
                let enough = u32::try_from(kill % 10).unwrap();
                let _enough = answered.acquire_many(enough).await.unwrap();
                tokio::time::sleep(Duration::from_micros(137 * (kill as u64 % 29))).await;
                platform.kill();
            };
            let (answers, ()) = tokio::join!(futures_util::future::join_all(calls), killed);
            answers
        });
        for (recipient, hash) in answers {
            let Some(hash) = hash else { continue };
            let known = acknowledged.insert(recipient, hash.clone());
            assert!(
                known.is_none_or(|known| known == hash),
                "{recipient} was issued twice"
            );
        }
        platform = up(&env, store);
    }
    let client = Backend::client(platform.url());
    runtime.block_on(async {
        for recipient in 0..KILLS * 8 {
            let hash = backend.issue(&client, recipient).await.unwrap();
            if let Some(known) = acknowledged.get(&recipient) {
                assert_eq!(*known, hash, "an acknowledged credential was lost");
            }
            let token = backend.token(recipient);
            let status = client.status(token.expose_secret(), hash.parse().unwrap()).await;
            assert_eq!(status.unwrap().core_claim_hash.to_string(), hash);
        }
    });
    // Each recipient has one credential, also where the answer was lost: what is in the ledger is theirs.
    runtime.block_on(async {
        for recipient in 0..KILLS * 8 {
            let hash = backend.issue(&client, recipient).await.unwrap();
            let token = backend.token(recipient);
            let schedule = air_client::PollSchedule::local();
            let anchored = client.wait_until_anchored(token.expose_secret(), hash.parse().unwrap(), schedule);
            anchored.await.unwrap();
        }
    });
    let after = tree_size(&runtime, &platform);
    assert_eq!(after - before, KILLS as u64 * 8);
    assert!(
        acknowledged.len() > KILLS,
        "the platform got to work: {}",
        acknowledged.len()
    );
    // The file is whole, and the next start finds it so.
    platform.interrupt();
    up(&env, store).interrupt();
}
