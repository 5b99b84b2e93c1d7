//! The log: one event for each request, and no personal data.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use tracing::Level;

use crate::support::{API_KEY, TestEnv};

/// The written log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn each_request_is_one_event_without_personal_data() {
    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let env = TestEnv::new().await;
    let issuer = env.start_with_broken_claims().await;
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(Level::INFO)
        .with_writer({
            let log = log.clone();
            move || log.clone()
        })
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let request = Request::post("/issue-vc?user=secret-query")
        .header("x-api-key", API_KEY)
        .header("traceparent", TRACE)
        .header("content-type", "application/json")
        .body(Body::from(env.request().to_string()))
        .unwrap();
    let issued = issuer.send(request).await;
    assert_eq!(issued.status, 201);
    let mut broken = env.request();
    broken["userId"] = json!("broken");
    let failed = issuer.post("/issue-vc", &broken).await;
    assert_eq!(failed.status, 500);
    issuer.get("/revocation-status/98765432198765").await;
    drop(guard);

    let text = log.text();
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let answered: Vec<&Value> = events
        .iter()
        .filter(|event| event["message"] == "answered")
        .collect();
    let seen: Vec<_> = answered
        .iter()
        .map(|event| (&event["span"]["http.route"], &event["status"]))
        .collect();
    let (issue, status) = (json!("/issue-vc"), json!("/revocation-status/{nonce}"));
    assert_eq!(
        seen,
        [
            (&issue, &json!(201)),
            (&issue, &json!(500)),
            (&status, &json!(200))
        ],
        "{text}"
    );
    let first = &answered[0]["span"];
    assert_eq!(first["id"], issued.header("x-request-id"));
    assert_eq!(first["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    let failure = events
        .iter()
        .find(|event| event["request_id"] == failed.header("x-request-id"));
    assert!(
        failure.is_some(),
        "the failure has the id of the response: {text}"
    );
    for personal in [
        "did:air",
        "broken",
        "No level",
        "Ada",
        "secret-query",
        "98765432198765",
        API_KEY,
    ] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
}
