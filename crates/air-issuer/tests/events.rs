//! Events for the endpoint of `[webhook]`.

use std::sync::{Arc, Mutex};

use air_issuer::{CheckLevel, Clock, check};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use standardwebhooks::{HEADER_WEBHOOK_ID, Webhook};
use tokio::net::TcpListener;

use crate::support::{Issuer, TestEnv};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

/// An endpoint, and the ids and the events that it got.
#[derive(Clone)]
struct Endpoint {
    url: String,
    status: Arc<Mutex<u16>>,
    events: Arc<Mutex<Vec<(String, Value)>>>,
}

async fn receive(State(endpoint): State<Endpoint>, headers: HeaderMap, body: Bytes) -> StatusCode {
    Webhook::new(SECRET)
        .unwrap()
        .verify(&body, &headers)
        .expect("the event is signed");
    let id = headers[HEADER_WEBHOOK_ID].to_str().unwrap().to_owned();
    let event = serde_json::from_slice(&body).unwrap();
    endpoint.events.lock().unwrap().push((id, event));
    StatusCode::from_u16(*endpoint.status.lock().unwrap()).unwrap()
}

impl Endpoint {
    async fn serve() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Self {
            url: format!("http://{}/events", listener.local_addr().unwrap()),
            status: Arc::new(Mutex::new(200)),
            events: Arc::default(),
        };
        let router = Router::new()
            .route("/events", post(receive))
            .with_state(endpoint.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        endpoint
    }

    /// An issuer that sends its events here.
    async fn start(&self, env: &TestEnv) -> Issuer {
        std::fs::write(env.path().join("secret"), SECRET).unwrap();
        let url = &self.url;
        env.start_with_toml(&format!(
            "webhook = {{ url = \"{url}\", secret-file = \"secret\" }}"
        ))
        .await
    }

    fn set_status(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }

    /// Takes the ids and the events, in the order of their ids.
    fn take(&self) -> Vec<(String, Value)> {
        let mut events = std::mem::take(&mut *self.events.lock().unwrap());
        events.sort_by(|one, other| one.0.cmp(&other.0));
        events
    }

    /// Takes the types of the events.
    fn take_types(&self) -> Vec<String> {
        let events = self.take().into_iter();
        events
            .map(|(_, event)| event["type"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn each_change_of_a_credential_is_an_event() {
    let env = TestEnv::new().await;
    let endpoint = Endpoint::serve().await;
    let issuer = endpoint.start(&env).await;
    assert_eq!(issuer.service.send_events().await.unwrap(), 0);
    assert_eq!(issuer.issue(&env.request()).await, 201);
    assert_eq!(issuer.service.send_events().await.unwrap(), 2);
    let external_id = env.platform.stored()[0]["externalId"].clone();
    let events = endpoint.take();
    assert_ne!(events[0].0, events[1].0, "each has its id");
    for ((_, event), kind) in events.iter().zip(["credential.issued", "credential.stored"]) {
        assert_eq!(event["type"], kind);
        assert_eq!(event["timestamp"], "2027-01-15T08:00:00.000Z");
        assert_eq!(event["data"]["externalId"], external_id);
        assert_eq!(event["data"]["reason"], Value::Null);
    }

    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    let revocation = json!({ "nonce": nonce, "reason": "left" });
    assert_eq!(issuer.post("/admin/revoke", &revocation).await.status, 201);
    assert_eq!(issuer.service.send_events().await.unwrap(), 1);
    let events = endpoint.take();
    let (_, event) = &events[0];
    assert_eq!(
        (&event["type"], &event["data"]["reason"]),
        (&json!("credential.revoked"), &json!("left"))
    );
    assert_eq!(
        issuer.service.send_events().await.unwrap(),
        0,
        "each is sent once"
    );
}

#[tokio::test]
async fn an_event_is_sent_again_under_its_id_until_it_is_confirmed() {
    let env = TestEnv::new().await;
    let endpoint = Endpoint::serve().await;
    let issuer = endpoint.start(&env).await;
    assert_eq!(issuer.issue(&env.request()).await, 201);
    endpoint.set_status(500);
    assert_eq!(issuer.service.send_events().await.unwrap(), 0);
    let refused = endpoint.take();
    endpoint.set_status(204);
    assert_eq!(issuer.service.send_events().await.unwrap(), 2);
    assert_eq!(endpoint.take(), refused);
}

#[tokio::test]
async fn another_instance_sends_the_events_of_one_that_crashed() {
    let env = TestEnv::new().await;
    let endpoint = Endpoint::serve().await;
    let crashed = endpoint.start(&env).await;
    let other = endpoint.start(&env).await;
    assert_eq!(crashed.issue(&env.request()).await, 201);
    env.pass(59);
    assert_eq!(
        other.service.send_events().await.unwrap(),
        0,
        "they are its own to send"
    );
    env.pass(1);
    assert_eq!(other.service.send_events().await.unwrap(), 2);
    assert_eq!(endpoint.take_types(), ["credential.issued", "credential.stored"]);
    assert_eq!(crashed.service.send_events().await.unwrap(), 0);
}

#[tokio::test]
async fn earlier_entries_are_no_events() {
    let (env, without) = TestEnv::with_issuer().await;
    assert_eq!(without.issue(&env.request()).await, 201);
    let endpoint = Endpoint::serve().await;
    let issuer = endpoint.start(&env).await;
    env.pass(3_600);
    assert_eq!(issuer.service.send_events().await.unwrap(), 0);
    let mut request = env.request();
    request["schemaId"] = json!("badge");
    assert_eq!(issuer.issue(&request).await, 201);
    assert_eq!(issuer.service.send_events().await.unwrap(), 2);
}

#[tokio::test]
async fn the_check_finds_an_endpoint_that_is_away() {
    let env = TestEnv::new().await;
    let endpoint = Endpoint::serve().await;
    std::fs::write(env.path().join("secret"), SECRET).unwrap();
    for (url, expected) in [
        (endpoint.url.as_str(), (CheckLevel::Good, None)),
        (
            "http://127.0.0.1:1/",
            (CheckLevel::Warning, Some("webhook-unreachable")),
        ),
    ] {
        let toml = format!("webhook = {{ url = \"{url}\", secret-file = \"secret\" }}");
        let checks = check(&env.config(&[], &toml), &Clock::system()).await.unwrap();
        let found = checks.iter().find(|check| check.name == "webhook").unwrap();
        assert_eq!((found.level, found.code), expected, "{found:?}");
    }
    assert!(endpoint.take().is_empty(), "nothing was sent");
}
