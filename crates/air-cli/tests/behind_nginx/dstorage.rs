//! A stub of dStorage, which can hold its responses.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, time::timeout};

use super::PATIENCE;

pub(super) struct Dstorage {
    pub(super) origin: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// The body of each credential by its `externalId`.
    uploads: Mutex<HashMap<String, Bytes>>,
    /// Uploads with other bytes than those before them.
    conflicts: AtomicUsize,
    is_held: watch::Sender<bool>,
    /// The uploads without a response.
    waiting: watch::Sender<usize>,
}

/// The uploads.
pub(super) struct Stored {
    pub(super) credentials: usize,
    pub(super) holders: usize,
    pub(super) conflicts: usize,
}

impl Dstorage {
    pub(super) async fn start() -> Self {
        let shared = Arc::new(Shared {
            uploads: Mutex::default(),
            conflicts: AtomicUsize::new(0),
            is_held: watch::Sender::new(false),
            waiting: watch::Sender::new(0),
        });
        let router = Router::new()
            .route("/v1/dstorage/vcs", post(store))
            .with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, shared }
    }

    /// Stores uploads without a response from now on.
    pub(super) fn hold(&self) {
        self.shared.is_held.send_replace(true);
    }

    /// Responds to the uploads that wait, and to later ones.
    pub(super) fn release(&self) {
        self.shared.is_held.send_replace(false);
    }

    /// Waits until this number of uploads has no response.
    pub(super) async fn wait_for(&self, number: usize) {
        let mut waiting = self.shared.waiting.subscribe();
        let reached = waiting.wait_for(|waiting| *waiting >= number);
        timeout(PATIENCE, reached)
            .await
            .expect("the uploads arrive")
            .unwrap();
    }

    pub(super) fn stored(&self) -> Stored {
        let uploads = self.shared.uploads.lock().unwrap();
        let holders: HashSet<String> = uploads
            .values()
            .map(|body| {
                let upload: Value = serde_json::from_slice(body).unwrap();
                upload["holderDid"].as_str().unwrap().to_owned()
            })
            .collect();
        Stored {
            credentials: uploads.len(),
            holders: holders.len(),
            conflicts: self.shared.conflicts.load(Ordering::SeqCst),
        }
    }
}

impl Shared {
    /// Stores an upload. Returns whether it is new, or has the bytes of the first try.
    fn keep(&self, body: Bytes) -> bool {
        let upload: Value = serde_json::from_slice(&body).unwrap();
        let external_id = upload["externalId"].as_str().unwrap().to_owned();
        match self.uploads.lock().unwrap().entry(external_id) {
            Entry::Vacant(entry) => {
                entry.insert(body);
                true
            }
            Entry::Occupied(entry) => *entry.get() == body,
        }
    }
}

/// Counts an upload without a response, until it is dropped.
struct Waiting(Arc<Shared>);

impl Waiting {
    fn begin(shared: &Arc<Shared>) -> Self {
        shared.waiting.send_modify(|waiting| *waiting += 1);
        Self(shared.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.send_modify(|waiting| *waiting -= 1);
    }
}

async fn store(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    if !shared.keep(body) {
        shared.conflicts.fetch_add(1, Ordering::SeqCst);
        return StatusCode::CONFLICT.into_response();
    }
    let waiting = Waiting::begin(&shared);
    let mut is_held = shared.is_held.subscribe();
    let released = is_held.wait_for(|is_held| !is_held).await.is_ok();
    drop(waiting);
    assert!(released, "the sender lives as long as the handler");
    let stored = Json(json!({ "storagePath": "dstorage://vc/a/b" }));
    (StatusCode::CREATED, stored).into_response()
}
