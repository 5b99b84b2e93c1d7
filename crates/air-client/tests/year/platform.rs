//! A platform in a data folder, a partner's client of it, and the mailbox of its users.

use std::{
    collections::HashSet,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use air_api::sandbox::{MoveClock, RegisterKeys, Seed, Seeded};
use air_client::{AirClient, Environment};
use air_jwt::{PartnerId, SigningKey};
use air_sandbox::{
    Config, Data, Platform, UnixTime,
    channel::{Channel, Message, SendError, Sending},
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::accounts::PROGRAMS;

/// The base of the URLs in credentials, which stays the same while ports and folders change.
pub(crate) const PUBLIC_URL: &str = "http://127.0.0.1:8300";
/// The time limit of waiting.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// The addresses that received a message.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    is_down: AtomicBool,
    received: Mutex<HashSet<String>>,
    changed: Notify,
}

impl Mailbox {
    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    pub(crate) fn has(&self, address: &str) -> bool {
        self.received.lock().unwrap().contains(address)
    }

    /// Waits for the first message to an address.
    pub(crate) async fn wait_for(&self, address: &str) {
        let received = async {
            loop {
                let mut changed = pin!(self.changed.notified());
                changed.as_mut().enable();
                if self.has(address) {
                    return;
                }
                changed.await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, received).await;
        waited.expect("a message arrives after the outage");
    }
}

impl Channel for Mailbox {
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        let sent = if self.is_down.load(Ordering::SeqCst) {
            Err(SendError::unreachable())
        } else {
            self.received.lock().unwrap().insert(message.to.clone());
            self.changed.notify_waiters();
            Ok(())
        };
        Box::pin(std::future::ready(sent))
    }
}

pub(crate) async fn start(data: Data, mailbox: Arc<Mailbox>) -> Platform {
    let mut config = Config::default();
    config.data = data;
    config.block_time = Duration::from_millis(10);
    config.public_url = Some(PUBLIC_URL.to_owned());
    config.channel = Some(mailbox);
    Platform::start(config).await.unwrap()
}

/// The partner: its ids, and the key that signs its tokens.
#[derive(Debug)]
pub(crate) struct Partner {
    pub(crate) ids: Seeded,
    key: Mutex<SigningKey>,
}

impl Partner {
    pub(crate) async fn set_up(platform: &Platform) -> Self {
        let ids = platform.seed(seed()).await.unwrap();
        let partner = Self {
            ids,
            key: Mutex::new(new_key()),
        };
        let client = AirClient::at(&platform.url()).unwrap();
        partner.register(&client).await;
        partner
    }

    pub(crate) fn id(&self) -> &PartnerId {
        &self.ids.partner_id
    }

    /// A client that signs with the partner's key.
    pub(crate) fn client(&self, url: &str) -> AirClient {
        AirClient::builder(Environment::at(url).unwrap())
            .partner(self.id().clone())
            .signing_key(self.signing_key())
            .timeout(PATIENCE)
            .build()
            .unwrap()
    }

    /// A copy of the key.
    pub(crate) fn signing_key(&self) -> SigningKey {
        SigningKey::from_pem(&self.key.lock().unwrap().expose_pkcs8_pem()).unwrap()
    }

    /// Registers another key, and removes the earlier one.
    pub(crate) async fn rotate(&self, client: &AirClient) {
        let earlier = std::mem::replace(&mut *self.key.lock().unwrap(), new_key());
        self.register(client).await;
        let left = client.local().remove_key(self.id(), earlier.kid()).await.unwrap();
        assert_eq!(left.kids.len(), 1);
    }

    async fn register(&self, client: &AirClient) {
        let jwk = serde_json::to_value(self.signing_key().public_jwk()).unwrap();
        let keys = RegisterKeys {
            keys: vec![jwk.as_object().unwrap().clone()],
        };
        client.local().register_keys(self.id(), &keys).await.unwrap();
    }
}

fn new_key() -> SigningKey {
    SigningKey::generate(&mut rand::rng())
}

fn seed() -> Seed {
    let programs: Vec<Value> = PROGRAMS
        .iter()
        .map(|(key, days)| {
            let mut program = json!({ "key": key, "schema": "adult", "cak": false, "publish": true });
            if let Some(days) = days {
                program["expiration"] = json!(format!("{days}d"));
            }
            program
        })
        .collect();
    serde_json::from_value(json!({
        "partner": { "name": "Zenith", "issueOnBehalf": true },
        "schemas": [{ "key": "adult", "title": "Adult",
            "attributes": [{ "name": "age", "type": "integer", "required": true }] }],
        "programs": programs,
        "verificationPrograms": [{ "key": "adult", "schema": "adult", "requireCak": false,
            "conditions": [{ "attribute": "age", "operator": "greater", "value": 17 }] }],
    }))
    .unwrap()
}

/// The platform's time.
pub(crate) async fn now(client: &AirClient) -> UnixTime {
    client.local().platform_clock().await.unwrap().now.to_unix()
}

pub(crate) async fn advance(client: &AirClient, by: Duration) -> UnixTime {
    let moved = client
        .local()
        .move_clock(&MoveClock::AdvanceSeconds(by.as_secs()))
        .await;
    moved.unwrap().now.to_unix()
}
