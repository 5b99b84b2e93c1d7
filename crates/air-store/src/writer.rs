//! The one connection that writes. Callers acquire it in order. Transactions that finish while the
//! disk is busy become durable together (group commit).
//!
//! Each caller's transaction is a savepoint within the open transaction. On SQLite, the first one
//! needs none: it is rolled back with the open transaction. A caller's commit waits until that
//! transaction is on disk, so nothing is acknowledged before it is durable, and a hundred changes
//! cost one `fsync`. While SQLite's log is synced ([`WalSync`]), the next changes
//! run. Their transaction is committed when the disk is free. The next caller rolls back a change
//! that was dropped. After a failed sync, the next change or reader first recovers the log.

use std::{
    io,
    ops::{Deref, DerefMut},
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Mutex, Notify, OwnedMutexGuard, oneshot},
    time::Instant,
};
use tracing::Instrument;

use super::{
    WriteTx, clock, commit_error,
    database::{BEGIN, BEGIN_ON_POSTGRES, PASSIVE_CHECKPOINT, Readers, Source},
    is_full,
    sql::{self, Dialect},
    wal_sync::{Commit, WalSync, is_failed_sync, unsynced},
    within,
};

/// Each caller's transaction is a savepoint of the open transaction, except the first one on SQLite.
const SAVEPOINT: &str = "SAVEPOINT tx";
/// Merges the caller's changes into the open transaction.
const RELEASE: &str = "RELEASE tx";

/// The minimum time between two attempts to recover, because a recovery writes the whole log.
const PAUSE: Duration = Duration::from_secs(1);

/// A callback for recoveries. Its argument is the clock's offset.
type Recovered = Box<dyn Fn(u64) + Send + Sync>;

/// Provides the connection to one caller at a time, first come, first served.
#[derive(Clone)]
pub(super) struct Writer {
    state: Arc<Mutex<WriterState>>,
    /// Notifies the committing task of a finished change.
    finished: Arc<Notify>,
    /// The number of waiting callers.
    queue: Arc<AtomicU64>,
    recovered: Arc<OnceLock<Recovered>>,
}

/// A place in the queue. Dropping it leaves the queue.
struct QueuePosition<'a>(&'a AtomicU64);

impl<'a> QueuePosition<'a> {
    fn take(queue: &'a AtomicU64) -> Self {
        queue.fetch_add(1, Ordering::Relaxed);
        Self(queue)
    }
}

impl Drop for QueuePosition<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The sender of the result of a commit to a waiting caller.
type Waiting = oneshot::Sender<Result<(), Arc<sqlx::Error>>>;

fn notify_all(waiting: Vec<Waiting>, ended: &Result<(), Arc<sqlx::Error>>) {
    for waiting in waiting {
        // The caller's future may have been dropped.
        let _ = waiting.send(ended.clone());
    }
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a separate fact about the open transaction"
)]
pub(super) struct WriterState {
    /// The connection; `None` after the writer is closed or a recovery has failed.
    connection: Option<WriteTx>,
    is_closed: bool,
    /// The source of a new connection if the current one breaks.
    source: Source,
    wal_sync: WalSync,
    readers: Readers,
    /// The time of the last attempt to recover.
    tried: Option<Instant>,
    recovered: Arc<OnceLock<Recovered>>,
    /// Whether a transaction is open.
    is_open: bool,
    /// Whether the next change already has its savepoint.
    has_savepoint: bool,
    /// Whether the begun change has no savepoint, because it is the first one of the transaction.
    is_first: bool,
    /// Whether a change was begun and not finished.
    is_left: bool,
    /// Whether the database file could not take the log's pages for lack of space. The log would
    /// only grow, so changes are refused.
    is_stuck: bool,
    /// The callers that wait for the transaction to be on disk.
    waiting: Vec<Waiting>,
    /// Notifies the committing task, which ends when the writer is dropped.
    finished: Arc<Notify>,
}

impl Drop for WriterState {
    fn drop(&mut self) {
        self.finished.notify_one();
    }
}

/// The connection during one caller's transaction. The transaction is rolled back if the guard is
/// dropped before [`WriterGuard::commit`].
pub struct WriterGuard {
    state: OwnedMutexGuard<WriterState>,
    finished: Arc<Notify>,
}

impl Writer {
    /// Creates a writer that owns the connection, and spawns the task that commits.
    pub(super) fn new(connection: WriteTx, source: Source, wal_sync: WalSync, readers: Readers) -> Self {
        let finished = Arc::new(Notify::new());
        let recovered = Arc::<OnceLock<_>>::default();
        let writer = Self {
            state: Arc::new(Mutex::new(WriterState {
                connection: Some(connection),
                is_closed: false,
                source,
                wal_sync: wal_sync.clone(),
                readers,
                tried: None,
                recovered: recovered.clone(),
                is_open: false,
                has_savepoint: false,
                is_first: false,
                is_left: false,
                is_stuck: false,
                waiting: Vec::new(),
                finished: finished.clone(),
            })),
            finished,
            queue: Arc::default(),
            recovered,
        };
        tokio::spawn(commit_groups(
            Arc::downgrade(&writer.state),
            writer.finished.clone(),
            wal_sync,
        ));
        writer
    }

    /// Begins a transaction after all earlier callers have ended theirs.
    pub(super) async fn acquire(&self) -> sqlx::Result<WriterGuard> {
        let position = QueuePosition::take(&self.queue);
        let mut state = self.state.clone().lock_owned().await;
        drop(position);
        let finished = self.finished.clone();
        if state.begins_at_once() {
            state.begin().await?;
            return Ok(WriterGuard { state, finished });
        }
        // A separate task, so that no statement is interrupted when the caller's future is dropped.
        let begun = tokio::spawn(async move {
            state.recover().await?;
            state.begin().await?;
            Ok(WriterGuard { state, finished })
        });
        begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    /// Recovers from a failed sync, if there was one.
    pub(super) async fn recover(&self) -> sqlx::Result<()> {
        let mut state = self.state.clone().lock_owned().await;
        // A separate task, so that the recovery completes even if the caller disconnects.
        let recovering = tokio::spawn(async move { state.recover().await });
        recovering.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    /// Sets the callback for recoveries. Later calls have no effect.
    pub(super) fn on_recovery(&self, recovered: Recovered) {
        let _ = self.recovered.set(recovered);
    }

    /// Returns the number of waiting callers.
    pub(super) fn waiting(&self) -> u64 {
        self.queue.load(Ordering::Relaxed)
    }

    /// Returns the connection without an open transaction. Finished changes are committed, and no
    /// other change begins until the connection is returned. The caller must leave no transaction
    /// open.
    pub(super) async fn exclusive(&self) -> sqlx::Result<ExclusiveWriter> {
        let mut state = self.state.clone().lock_owned().await;
        state.commit().await;
        // A separate task, so that the recovery completes even if the caller disconnects. If it
        // fails, data that was durable before can still be saved.
        let recovering = tokio::spawn(async move {
            let _ = state.recover().await;
            state
        });
        let state = recovering.await.map_err(|_| sqlx::Error::WorkerCrashed)?;
        if state.connection.is_none() {
            return Err(sqlx::Error::PoolClosed);
        }
        Ok(ExclusiveWriter { state, changes: None })
    }

    /// Returns a weak reference for a task that must not keep the connection open.
    pub(super) fn downgrade(&self) -> Weak<Mutex<WriterState>> {
        Arc::downgrade(&self.state)
    }

    /// Commits the finished changes, and closes the connection.
    pub(super) async fn close(&self) {
        let mut state = self.state.lock().await;
        state.commit().await;
        // If a sync fails, the waiting callers receive the error.
        let _ = state.wal_sync.settled().await;
        state.is_closed = true;
        if let Some(connection) = state.connection.take() {
            let _ = if state.wal_sync.check().is_ok() {
                connection.close().await
            } else {
                // The next start makes the log durable.
                state.source.close_beside_log(connection).await
            };
        }
        self.finished.notify_one();
    }
}

/// Commits whenever a caller waits for durability and the disk is free. It queues for the
/// connection like every caller, so its group includes all earlier callers.
async fn commit_groups(state: Weak<Mutex<WriterState>>, finished: Arc<Notify>, wal_sync: WalSync) {
    loop {
        finished.notified().await;
        wal_sync.free().await;
        let Some(state) = state.upgrade() else { return };
        let mut state = state.lock().await;
        if state.is_closed {
            return;
        }
        if wal_sync.is_busy() {
            // The waiting changes are committed when that sync has ended.
            finished.notify_one();
        } else {
            state.commit().await;
        }
    }
}

impl WriterState {
    /// Begins a change. If SQLite has rolled back the transaction (for example because the disk is
    /// full), begins a new one. If the connection to PostgreSQL is lost, reconnects.
    async fn begin(&mut self) -> sqlx::Result<()> {
        if self.is_stuck {
            self.empty_log().await;
        }
        self.wal_sync.check()?;
        if self.is_stuck {
            return Err(io::Error::from(io::ErrorKind::StorageFull).into());
        }
        if let Err(error) = self.try_begin().await {
            self.answer(Err(error)).await;
            if self.connection.is_some() && self.source.can_reconnect() {
                self.connection = Some(self.source.connect().await?);
            }
            self.try_begin().await?;
        }
        Ok(())
    }

    /// Recovers from a failed sync: writes the log again, so that all of it is on disk, and makes
    /// SQLite read it again. The log contains all acknowledged changes. It may also contain changes
    /// whose commit failed, and these are now as durable as the rest.
    async fn recover(&mut self) -> sqlx::Result<()> {
        if self.is_closed {
            return Err(sqlx::Error::PoolClosed);
        }
        let Err(failed) = self.wal_sync.check() else {
            return Ok(());
        };
        self.answer(Err(unsynced())).await;
        let is_file = matches!(self.source, Source::File { .. });
        if !is_file || self.tried.is_some_and(|tried| tried.elapsed() < PAUSE) {
            return Err(failed);
        }
        self.tried = Some(Instant::now());
        self.wal_sync.free().await;
        match self.read_log_again().await {
            Ok(()) => {
                tracing::warn!("the log is on disk again, and the store goes on");
                self.tried = None;
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the log could not be recovered after a failed sync; the store refuses all until it can be");
                Err(failed)
            }
        }
    }

    async fn read_log_again(&mut self) -> sqlx::Result<()> {
        let Source::File { wal, .. } = &self.source else {
            return Ok(());
        };
        self.readers.drain().await?;
        if let Some(connection) = self.connection.take() {
            self.source.close_beside_log(connection).await?;
        }
        let connection = self.connection.insert(self.source.connect().await?);
        self.source.rewrite_log(connection).await?;
        // The pages that were read until now may have been in memory only.
        if let Some(connection) = self.connection.take() {
            self.source.close_beside_log(connection).await?;
        }
        let mut connection = self.source.connect().await?;
        if let Some(recovered) = self.recovered.get() {
            recovered(clock::offset(&mut connection).await?);
        }
        self.readers.reopen();
        self.wal_sync.recovered(wal.open()?);
        self.connection = Some(connection);
        Ok(())
    }

    /// Handles the error of a checkpoint. After a failed sync, the log is recovered before anything
    /// else. Without space for the database file, each change begins with another checkpoint, and
    /// is refused if that one fails too.
    pub(super) fn checkpoint_failed(&mut self, error: &sqlx::Error) {
        let was_stuck = std::mem::replace(&mut self.is_stuck, is_full(error));
        if is_failed_sync(error) {
            tracing::error!(%error, "a checkpoint could not be synced");
            self.wal_sync.fail();
        } else if !self.is_stuck {
            tracing::warn!(%error, "the log could not be written into the database file; it grows");
        } else if !was_stuck {
            tracing::error!(%error, "the database file has no space for the log; changes are refused until there is space");
        }
    }

    /// Checks whether a change can begin without a round trip: its savepoint exists or is sent with
    /// its first statement.
    fn begins_at_once(&self) -> bool {
        self.wal_sync.check().is_ok()
            && !self.is_left
            && !self.is_stuck
            && (self.has_savepoint || self.is_sqlite())
    }

    fn is_sqlite(&self) -> bool {
        let dialect = self.connection.as_ref().map(|connection| connection.dialect());
        dialect == Some(Dialect::Sqlite)
    }

    async fn try_begin(&mut self) -> sqlx::Result<()> {
        self.undo_what_was_left().await?;
        self.is_first = !self.is_open && self.is_sqlite();
        if self.is_first {
            self.open()?.enqueue_all(&[BEGIN]).await?;
        } else if !self.is_open {
            let begin = [&BEGIN_ON_POSTGRES[..], &[SAVEPOINT]].concat();
            self.open()?.enqueue_all(&begin).await?;
        } else if !self.has_savepoint {
            self.open()?.enqueue_all(&[SAVEPOINT]).await?;
        }
        (self.is_open, self.is_left) = (true, true);
        Ok(())
    }

    /// Ends a change, and drops the rows of its queries that it never took. On PostgreSQL, one
    /// round trip releases its savepoint and creates the next one.
    async fn finish(&mut self) -> sqlx::Result<()> {
        if self.is_first {
            self.open()?.flush().await?;
        } else if self.is_sqlite() {
            self.execute(RELEASE).await?;
        } else {
            self.open()?.flush().await?;
            self.open()?.enqueue_all(&[RELEASE, SAVEPOINT]).await?;
        }
        self.open()?.discard_rows();
        (self.has_savepoint, self.is_left) = (!self.is_sqlite(), false);
        Ok(())
    }

    /// Rolls back a dropped change. A deferred statement is sent by the first poll of the next one
    /// (the driver's channel to its thread is empty while a caller has the connection). So a
    /// transaction or a savepoint that is no longer deferred exists.
    async fn undo_what_was_left(&mut self) -> sqlx::Result<()> {
        if self.is_left {
            let forgotten = self.open()?.discard_pending();
            let is_forgotten = |statement: &str| forgotten.iter().any(|text| text == statement);
            if self.is_first {
                // No finished change is in the transaction.
                if !is_forgotten(BEGIN) {
                    self.execute("ROLLBACK").await?;
                }
                self.is_open = false;
            } else if !is_forgotten(SAVEPOINT) {
                self.execute("ROLLBACK TO tx").await?;
                self.has_savepoint = true;
            }
            self.is_left = false;
        }
        Ok(())
    }

    /// Ends the open transaction, if there is one. Waiting callers are notified when it is on disk.
    async fn commit(&mut self) {
        if let Err(error) = self.wal_sync.check() {
            // The commit would depend on data that may be lost.
            return self.answer(Err(error)).await;
        }
        let undone = self.undo_what_was_left().await;
        if undone.is_ok() && !self.is_open {
            return;
        }
        let commit = self.wal_sync.begin();
        let committed = match undone {
            Ok(()) => self.execute("COMMIT").await,
            failed => failed,
        };
        let waiting = if committed.is_ok() {
            (self.is_open, self.has_savepoint) = (false, false);
            std::mem::take(&mut self.waiting)
        } else {
            self.answer(committed).await;
            Vec::new()
        };
        self.wal_sync.end(commit, move |ended| {
            notify_all(waiting, &ended.map_err(Arc::new));
        });
    }

    /// Copies the whole log into the database file. The log restarts with the next commit, unless a
    /// reader still uses it.
    pub(super) async fn empty_log(&mut self) {
        self.commit().await;
        if self.wal_sync.check().is_err() {
            return;
        }
        let Some(connection) = &mut self.connection else {
            return;
        };
        let checkpoint = sql::query_as::<(i64, i64, i64)>(PASSIVE_CHECKPOINT);
        match checkpoint.fetch_one(connection).await {
            // Another checkpoint is in progress.
            Ok((1, _, _)) => {}
            Ok(_) => self.is_stuck = false,
            Err(error) => self.checkpoint_failed(&error),
        }
    }

    /// Sends the result of the transaction to all waiting callers.
    async fn answer(&mut self, ended: sqlx::Result<()>) {
        if ended.is_err() {
            let _ = self.execute("ROLLBACK").await;
        }
        (self.is_open, self.has_savepoint, self.is_left) = (false, false, false);
        notify_all(std::mem::take(&mut self.waiting), &ended.map_err(Arc::new));
    }

    fn open(&mut self) -> sqlx::Result<&mut WriteTx> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    async fn execute(&mut self, statement: &'static str) -> sqlx::Result<()> {
        self.open()?.run(statement).await
    }
}

impl WriterGuard {
    /// Ends the change and waits until it is on disk. From the first poll on, the change is
    /// committed even if the caller is dropped.
    pub async fn commit(self) -> sqlx::Result<()> {
        let span = within(|| tracing::info_span!("store.commit"));
        self.finish_and_wait().instrument(span).await
    }

    async fn finish_and_wait(mut self) -> sqlx::Result<()> {
        let (sender, durable) = oneshot::channel();
        let finishing = tokio::spawn(async move {
            self.state.finish().await?;
            self.state.waiting.push(sender);
            if self.state.wal_sync.is_free() {
                self.state.commit().await;
            }
            Ok::<(), sqlx::Error>(())
        });
        finishing.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
        match durable.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(commit_error(&error)),
            Err(_) => Err(sqlx::Error::PoolClosed),
        }
    }
}

/// Exclusive access to the connection, without a transaction.
pub(super) struct ExclusiveWriter {
    state: OwnedMutexGuard<WriterState>,
    changes: Option<Commit>,
}

impl ExclusiveWriter {
    /// Announces changes of the database, so that readers wait until the changes are on disk.
    pub(super) fn begin_changes(&mut self) {
        self.changes = Some(self.state.wal_sync.begin());
    }
}

impl Drop for ExclusiveWriter {
    fn drop(&mut self) {
        if let Some(changes) = self.changes.take() {
            self.state.wal_sync.end(changes, drop);
        }
    }
}

impl Deref for ExclusiveWriter {
    type Target = WriteTx;

    fn deref(&self) -> &WriteTx {
        self.state.connection.as_ref().expect(OPEN)
    }
}

impl DerefMut for ExclusiveWriter {
    fn deref_mut(&mut self) -> &mut WriteTx {
        self.state.connection.as_mut().expect(OPEN)
    }
}

impl Drop for WriterGuard {
    fn drop(&mut self) {
        self.finished.notify_one();
    }
}

// `WriterState::begin` or `Writer::exclusive` has checked that the connection exists, and only
// `Writer::close`, which needs the lock, takes it.
const OPEN: &str = "a guard has its connection";

impl Deref for WriterGuard {
    type Target = WriteTx;

    fn deref(&self) -> &WriteTx {
        self.state.connection.as_ref().expect(OPEN)
    }
}

impl DerefMut for WriterGuard {
    fn deref_mut(&mut self) -> &mut WriteTx {
        self.state.connection.as_mut().expect(OPEN)
    }
}

#[cfg(test)]
mod tests;
