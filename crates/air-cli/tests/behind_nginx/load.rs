//! Callers of the issuer through nginx: AIR, and a verifier.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use air_crypto::holder::HolderPrivateKey;
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use tokio::task::JoinHandle;

use super::API_KEY;

/// The callers at once.
pub(super) const CALLERS: usize = 8;
/// The credentials of one caller are fewer.
const EACH: usize = 1_000_000;
/// The schema and the user of the example.
const SCHEMA: &str = "01KKX3Q7DEK0GM2TCKMMHA";
const USER: &str = "user-1";
/// The routes that the verifier calls.
const PUBLIC: [&str; 3] = ["/statuslist/0", "/.well-known/did.json", "/revocation-status/1"];

pub(super) struct Load {
    is_ended: Arc<AtomicBool>,
    callers: Vec<JoinHandle<Calls>>,
}

/// The outcome of calls.
#[derive(Default)]
pub(super) struct Calls {
    pub(super) issued: usize,
    /// The calls with another status than expected, or without a response.
    pub(super) failed: Vec<String>,
}

impl Load {
    pub(super) fn start(client: &Client, url: &str) -> Self {
        let is_ended = Arc::<AtomicBool>::default();
        let start = |caller| tokio::spawn(issue(client.clone(), url.to_owned(), caller, is_ended.clone()));
        let mut callers: Vec<_> = (0..CALLERS).map(start).collect();
        callers.push(tokio::spawn(verify(
            client.clone(),
            url.to_owned(),
            is_ended.clone(),
        )));
        Self { is_ended, callers }
    }

    /// Waits for the responses to the calls in flight.
    pub(super) async fn end(self) -> Calls {
        self.is_ended.store(true, Ordering::SeqCst);
        let mut all = Calls::default();
        for caller in self.callers {
            let calls = caller.await.unwrap();
            all.issued += calls.issued;
            all.failed.extend(calls.failed);
        }
        all
    }
}

/// Issues one credential after the other, each to another holder.
async fn issue(client: Client, url: String, caller: usize, is_ended: Arc<AtomicBool>) -> Calls {
    let encryption_key = HolderPrivateKey::generate(&mut rand::rng())
        .public_key()
        .to_string();
    let mut calls = Calls::default();
    while !is_ended.load(Ordering::SeqCst) {
        let body = json!({
            "holderDID": format!("did:air:id:test:{}", caller * EACH + calls.issued),
            "encryptionKey": encryption_key,
            "userId": USER,
            "schemaId": SCHEMA,
        });
        let request = client.post(format!("{url}/issue-vc"));
        calls
            .make(request.header("x-api-key", API_KEY).json(&body), 201)
            .await;
        calls.issued += 1;
    }
    calls
}

/// Reads keys and statuses without a pause.
async fn verify(client: Client, url: String, is_ended: Arc<AtomicBool>) -> Calls {
    let mut calls = Calls::default();
    for path in PUBLIC.iter().cycle() {
        if is_ended.load(Ordering::SeqCst) {
            break;
        }
        calls.make(client.get(format!("{url}{path}")), 200).await;
    }
    calls
}

impl Calls {
    async fn make(&mut self, request: RequestBuilder, expected: u16) {
        let response = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            let path = response.url().path().to_owned();
            let body = response.text().await?;
            Ok::<_, reqwest::Error>((status, path, body))
        };
        match response.await {
            Ok((status, ..)) if status == expected => {}
            Ok((status, path, body)) => self.failed.push(format!("{path}: {status} {body}")),
            Err(error) => self.failed.push(error.to_string()),
        }
    }
}
