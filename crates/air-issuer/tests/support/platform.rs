//! A platform on loopback: dStorage, and users by e-mail address.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use air_issuer::Clock;
use air_jwt::{JwkSet, Verifier};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, time::timeout};

/// The behaviour of dStorage at an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Responds,
    /// It stores nothing and never responds.
    Hangs,
    /// It stores and never responds.
    StoresAndHangs,
    /// It stores, and responds with this status as if it had not.
    StoresAndRefuses(u16),
    /// It stores, and responds with another place each time.
    StoresElsewhere,
    /// It stores, and the connection ends within the response.
    LosesResponses,
    /// It responds with 200 and a page, and stores nothing.
    Lies,
    /// It responds with this status and stores nothing.
    Refuses(u16),
}

#[derive(Clone)]
pub(crate) struct FakePlatform {
    pub(crate) origin: String,
    shared: Arc<Shared>,
}

struct Shared {
    behaviour: Mutex<Behaviour>,
    /// Each upload, in order, including those with a response.
    tries: Mutex<Vec<Vec<u8>>>,
    stored: Mutex<Vec<Value>>,
    /// `traceparent` of each upload that has one.
    traces: Mutex<Vec<String>>,
    count: watch::Sender<usize>,
    keys: JwkSet,
    clock: Clock,
    user: Value,
}

pub(crate) const EMAIL: &str = "ada@example.com";

impl FakePlatform {
    pub(crate) async fn start(keys: JwkSet, clock: Clock, holder_key: &str) -> Self {
        let shared = Arc::new(Shared {
            behaviour: Mutex::new(Behaviour::Responds),
            tries: Mutex::default(),
            stored: Mutex::default(),
            traces: Mutex::default(),
            count: watch::Sender::new(0),
            keys,
            clock,
            user: json!({ "userId": "user-1", "did": "did:air:id:test:holder", "publicKey": holder_key }),
        });
        let router = Router::new()
            .route("/v1/dstorage/vcs", post(store))
            .route("/v1/auth/initialize-user", post(initialize_user))
            .route("/v2/auth/initialize-user", post(initialize_user_by_token))
            .with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, shared }
    }

    pub(crate) fn set(&self, behaviour: Behaviour) {
        *self.shared.behaviour.lock().unwrap() = behaviour;
    }

    /// The bodies of all uploads.
    pub(crate) fn tries(&self) -> Vec<Vec<u8>> {
        self.shared.tries.lock().unwrap().clone()
    }

    /// The stored envelopes: each `externalId` once.
    pub(crate) fn stored(&self) -> Vec<Value> {
        self.shared.stored.lock().unwrap().clone()
    }

    /// The traces of the uploads.
    pub(crate) fn traces(&self) -> Vec<String> {
        self.shared.traces.lock().unwrap().clone()
    }

    /// Waits for this number of uploads.
    pub(crate) async fn wait_for_tries(&self, number: usize) {
        let mut count = self.shared.count.subscribe();
        let reached = count.wait_for(|count| *count >= number);
        timeout(Duration::from_mins(1), reached)
            .await
            .expect("the uploads arrive")
            .unwrap();
    }
}

impl Shared {
    fn is_authorised(&self, token: &str) -> bool {
        Verifier::new(&self.keys).verify(token, self.clock.now()).is_ok()
    }

    /// Stores an envelope once. Other bytes under its name are a conflict.
    fn keep(&self, upload: Value) -> StatusCode {
        let mut stored = self.stored.lock().unwrap();
        match stored
            .iter()
            .find(|known| known["externalId"] == upload["externalId"])
        {
            None => stored.push(upload),
            Some(known) if *known == upload => {}
            Some(_) => return StatusCode::CONFLICT,
        }
        StatusCode::CREATED
    }
}

async fn store(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let token = headers["x-partner-auth"].to_str().unwrap();
    assert!(shared.is_authorised(token), "the Partner JWT is valid");
    shared.tries.lock().unwrap().push(body.to_vec());
    if let Some(trace) = headers.get("traceparent") {
        let trace = trace.to_str().unwrap().to_owned();
        shared.traces.lock().unwrap().push(trace);
    }
    shared.count.send_modify(|count| *count += 1);
    let upload: Value = serde_json::from_slice(&body).unwrap();
    let behaviour = *shared.behaviour.lock().unwrap();
    let stored =
        Json(json!({ "storagePath": "dstorage://vc/a/b", "state": "STORED", "envelopeVersion": "1" }));
    match behaviour {
        Behaviour::Responds => (shared.keep(upload), stored).into_response(),
        Behaviour::Hangs => std::future::pending().await,
        Behaviour::StoresAndHangs => {
            shared.keep(upload);
            std::future::pending().await
        }
        Behaviour::StoresAndRefuses(status) => {
            shared.keep(upload);
            StatusCode::from_u16(status).unwrap().into_response()
        }
        Behaviour::StoresElsewhere => {
            let place = format!("vcs/{:016x}", rand::random::<u64>());
            (shared.keep(upload), Json(json!({ "storagePath": place }))).into_response()
        }
        Behaviour::LosesResponses => {
            let status = shared.keep(upload);
            let broken = stream::iter([Ok("{\"stor"), Err(std::io::Error::other("cut"))]);
            (status, Body::from_stream(broken)).into_response()
        }
        Behaviour::Lies => "<html>Welcome</html>".into_response(),
        Behaviour::Refuses(status) => StatusCode::from_u16(status).unwrap().into_response(),
    }
}

async fn initialize_user(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let token = headers["x-partner-auth"].to_str().unwrap();
    assert!(shared.is_authorised(token), "the Partner JWT is valid");
    if body["email"] == EMAIL {
        Json(shared.user.clone()).into_response()
    } else {
        StatusCode::BAD_REQUEST.into_response()
    }
}

async fn initialize_user_by_token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    assert!(headers.contains_key("x-partner-id"));
    let token = body["partnerJwt"].as_str().unwrap();
    let claims = Verifier::new(&shared.keys)
        .verify(token, shared.clock.now())
        .unwrap();
    if claims.email() == Some(EMAIL) {
        Json(shared.user.clone()).into_response()
    } else {
        StatusCode::BAD_REQUEST.into_response()
    }
}
