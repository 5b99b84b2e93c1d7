//! Checkpoints copy SQLite's log into the database file and restart the log. They run on a
//! connection beside the writer. If the log has become long, the writer's connection copies the
//! rest, because the log can restart only when it is empty.

use std::{sync::Weak, time::Duration};

use sqlx::{FromRow, SqlitePool};
use tokio::sync::Mutex;

use super::{
    database::{PASSIVE_CHECKPOINT, SqliteReaders},
    wal_sync::SyncWatch,
    writer::WriterState,
};

/// The interval between checkpoints. A page that changes often is written once per interval.
const INTERVAL: Duration = Duration::from_secs(1);
/// The number of pages (of 4 KiB) from which the log is long. A thousand changes a second fill it
/// in some seconds, so few callers wait for it.
const LONG: i64 = 32_768;
/// The number of pages that may be left for the writer.
const FEW: i64 = 512;
/// The number of attempts to shrink the rest.
const TRIES: usize = 8;

/// Runs a checkpoint after each new sync until the readers are closed. After a failed sync, the
/// content of the log on disk is unknown, so no checkpoint copies the log into the database file.
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
            Err(error) => {
                let Some(state) = state.upgrade() else { return };
                state.lock().await.checkpoint_failed(&error);
            }
        }
        let pause = tokio::time::sleep(INTERVAL);
        if pool.close_event().do_until(pause).await.is_err() && readers.is_closed() {
            return;
        }
    }
}

/// Copies the pages that were added during the last checkpoint, until few are left.
async fn catch_up(pool: &SqlitePool, mut last: Checkpoint) {
    for _ in 0..TRIES {
        let Ok(next) = checkpoint(pool).await else { return };
        if next.written - last.written < FEW {
            return;
        }
        last = next;
    }
}

/// The number of pages in the log, and the number of them that the database file already has.
#[derive(FromRow)]
struct Checkpoint {
    #[sqlx(rename = "log")]
    pages: i64,
    #[sqlx(rename = "checkpointed")]
    written: i64,
}

/// Copies the pages that no reader needs in an older version.
async fn checkpoint(pool: &SqlitePool) -> sqlx::Result<Checkpoint> {
    let mut connection = pool.acquire().await?;
    sqlx::query_as(PASSIVE_CHECKPOINT)
        .fetch_one(&mut *connection)
        .await
}
