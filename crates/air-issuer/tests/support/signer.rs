//! A signing service on loopback with one key: the protocol of `air_signers::remote`.

use std::{sync::Arc, time::Duration};

use air_jwt::{JwkSet, SigningKey};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, time::timeout};

const BEARER: &str = "hunter2-hunter2";

/// The behaviour of the service at a request to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    Signs,
    /// It responds when the behaviour changes.
    Waits,
    /// It responds with 500, which is not retried.
    Fails,
}

#[derive(Clone)]
pub(crate) struct SigningService {
    shared: Arc<Shared>,
    /// The key's URL.
    pub(crate) url: String,
}

struct Shared {
    key: SigningKey,
    behaviour: watch::Sender<Signing>,
    requests: watch::Sender<usize>,
}

impl SigningService {
    pub(crate) async fn start() -> Self {
        let shared = Arc::new(Shared {
            key: SigningKey::generate(&mut rand::rng()),
            behaviour: watch::Sender::new(Signing::Signs),
            requests: watch::Sender::new(0),
        });
        let router = Router::new()
            .route("/v1/keys", get(keys))
            .route("/v1/sign", post(sign))
            .with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/#{}", listener.local_addr().unwrap(), shared.key.kid());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { shared, url }
    }

    /// A line of `[keys]` with the service's key for this purpose. The bearer token is in the environment.
    pub(crate) fn line(&self, purpose: &str) -> String {
        format!("{purpose} = {{ url = \"{}\", timeout = \"1m\" }}\n", self.url)
    }

    pub(crate) fn environment() -> (&'static str, &'static str) {
        ("AIR_SIGNER_TOKEN", BEARER)
    }

    pub(crate) fn kid(&self) -> &str {
        self.shared.key.kid().as_str()
    }

    pub(crate) fn set(&self, behaviour: Signing) {
        self.shared.behaviour.send_replace(behaviour);
    }

    /// The number of requests to sign.
    pub(crate) fn requests(&self) -> usize {
        *self.shared.requests.borrow()
    }

    /// Waits for this number of requests to sign.
    pub(crate) async fn wait_for_requests(&self, number: usize) {
        let mut count = self.shared.requests.subscribe();
        timeout(Duration::from_mins(1), count.wait_for(|count| *count >= number))
            .await
            .expect("the requests arrive")
            .unwrap();
    }
}

fn is_authorised(headers: &HeaderMap) -> bool {
    headers
        .get("authorization")
        .is_some_and(|value| value == &format!("Bearer {BEARER}"))
}

async fn keys(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if !is_authorised(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    JwkSet::from(shared.key.public_jwk()).to_json().into_response()
}

async fn sign(State(shared): State<Arc<Shared>>, headers: HeaderMap, Json(request): Json<Value>) -> Response {
    if !is_authorised(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut behaviour = shared.behaviour.subscribe();
    shared.requests.send_modify(|count| *count += 1);
    let decided = behaviour.wait_for(|behaviour| *behaviour != Signing::Waits).await;
    let fails = *decided.unwrap() == Signing::Fails;
    if fails {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let message = URL_SAFE_NO_PAD
        .decode(request["message"].as_str().unwrap())
        .unwrap();
    let signature = URL_SAFE_NO_PAD.encode(shared.key.sign(&message));
    Json(json!({ "signature": signature })).into_response()
}
