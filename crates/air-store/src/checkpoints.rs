//! Checkpoints move SQLite's log into the database file and restart the log. They run beside the connection that writes. Only when the
//! log has become long, that connection moves the rest: the log can restart only when it is empty.

use std::{sync::Weak, time::Duration};

use sqlx::{FromRow, SqlitePool};
use tokio::sync::Mutex;

use super::{
    database::{PASSIVE_CHECKPOINT, SqliteReaders},
    wal_sync::{SyncWatch, is_failed_sync},
    writer::WriterState,
};

/// How often: pages that change often are written once.
const INTERVAL: Duration = Duration::from_secs(1);
/// Pages (of 4 KiB) after which the log is long. At a thousand changes a second that is some seconds, so that few wait for it.
const LONG: i64 = 32_768;
/// Pages that may be left for the writer.
const FEW: i64 = 512;
/// How often less is tried for.
const TRIES: usize = 8;

/// Makes them whenever there was something new on disk, until the readers are closed. After a failed sync nobody knows what the log has on
/// disk, so none of it goes into the database file.
pub(super) async fn make(readers: SqliteReaders, mut watch: SyncWatch, state: Weak<Mutex<WriterState>>) {
    while watch.next().await && !readers.is_closed() {
        if watch.is_of_failure() {
            continue;
        }
        let pool = readers.pool();
        match checkpoint(&pool).await {
            Ok(done) if done.pages > LONG => {
                catch_up(&pool, done).await;
                let Some(state) = state.upgrade() else { return };
                state.lock().await.empty_log().await;
            }
            Ok(_) | Err(sqlx::Error::PoolClosed) => {}
            Err(error) if is_failed_sync(&error) => {
                tracing::error!(%error, "a checkpoint could not be synced");
                let Some(state) = state.upgrade() else { return };
                state.lock().await.distrust_log();
            }
            Err(error) => {
                tracing::warn!(%error, "the log could not be written into the database file; it grows");
            }
        }
        let pause = tokio::time::sleep(INTERVAL);
        if pool.close_event().do_until(pause).await.is_err() && readers.is_closed() {
            return;
        }
    }
}

/// What came while the last one was made, until that is little.
async fn catch_up(pool: &SqlitePool, mut last: Checkpoint) {
    for _ in 0..TRIES {
        let Ok(next) = checkpoint(pool).await else { return };
        if next.written - last.written < FEW {
            return;
        }
        last = next;
    }
}

/// How many pages the log has, and of how many the database file has what they have.
#[derive(FromRow)]
struct Checkpoint {
    #[sqlx(rename = "log")]
    pages: i64,
    #[sqlx(rename = "checkpointed")]
    written: i64,
}

/// Writes what nobody reads in its older form any more.
async fn checkpoint(pool: &SqlitePool) -> sqlx::Result<Checkpoint> {
    let mut connection = pool.acquire().await?;
    sqlx::query_as(PASSIVE_CHECKPOINT)
        .fetch_one(&mut *connection)
        .await
}
