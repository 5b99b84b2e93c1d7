//! Batches of requests: a leader waits for the writer, stores the requests that wait with it in one transaction, and
//! replies to each after the commit.

use std::{future::Future, sync::Arc};

use tokio::sync::oneshot;
use tracing::Instrument;

use crate::{
    App,
    batch_queue::{BatchQueue, Leader},
    metrics::Work,
};
use air_store::WriteTx;

/// The reply to a request, or the reason why the commit failed.
pub(crate) type Reply<T> = Result<T, Arc<sqlx::Error>>;

/// A request that can be issued in a batch. Dropping it means that the request must be issued alone.
pub(crate) trait BatchRequest: Send + Sized + 'static {
    /// The maximum size of a batch of several requests.
    const MAX_BATCH: usize;

    /// A request whose credentials were stored.
    type Stored: StoredRequest;

    /// Returns the number of credentials.
    fn size(&self) -> usize;

    /// Stores the requests that pass the precheck, and drops the others.
    fn store(
        app: &App,
        tx: &mut WriteTx,
        queued: Vec<Self>,
    ) -> impl Future<Output = sqlx::Result<Vec<Self::Stored>>> + Send;
}

/// A request whose credentials were stored in a transaction.
pub(crate) trait StoredRequest: Send {
    /// Returns the number of credentials.
    fn size(&self) -> usize;

    /// Replies to the caller after the commit.
    fn reply(self, committed: Reply<()>);
}

/// Queues a request and waits for its reply. Returns `None` if the request must be issued alone.
pub(crate) async fn submit<R: BatchRequest, T>(
    app: &App,
    queue: &BatchQueue<R>,
    request: R,
    reply: oneshot::Receiver<Reply<T>>,
) -> Option<sqlx::Result<T>> {
    if let Some(leader) = queue.join(request) {
        lead_on(app.clone(), leader);
    }
    let span = air_store::within(|| tracing::info_span!("store.batch"));
    let reply = reply.instrument(span).await.ok()?;
    Some(reply.map_err(|error| air_store::commit_error(&error)))
}

/// Spawns a leader. It is a separate task, because the callers may disconnect.
fn lead_on<R: BatchRequest>(app: App, leader: Leader<R>) {
    tokio::spawn(lead(app, leader));
}

async fn lead<R: BatchRequest>(app: App, leader: Leader<R>) {
    let Ok(mut tx) = app.store.write().await else {
        // Each request is then issued alone and fails with the reason.
        return;
    };
    let (queued, next) = leader.take_batch(R::MAX_BATCH, R::size);
    if let Some(next) = next {
        lead_on(app.clone(), next);
    }
    match R::store(&app, &mut tx, queued).await {
        Ok(stored) if stored.is_empty() => {}
        Ok(stored) => {
            let committed = app.commit(tx).await.map_err(Arc::new);
            if committed.is_ok() {
                app.metrics.batched(stored.iter().map(StoredRequest::size).sum());
            }
            for request in stored {
                request.reply(committed.clone());
            }
        }
        // The transaction is rolled back, and no request got a response.
        Err(error) => {
            app.metrics.store_failed(Work::IssuanceBatch);
            tracing::warn!(%error, "the store rejected a batch; its credentials are issued one by one");
        }
    }
}
