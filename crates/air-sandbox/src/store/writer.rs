//! The one connection that writes. Changes take turns on it; those that wait while the disk is busy become durable together.
//!
//! A change is a savepoint within the open transaction. Who commits a change waits until that transaction is on disk, so nothing is
//! acknowledged before it is durable, and a hundred changes cost one `fsync`. A change that is dropped is undone by whoever
//! comes next.

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use tokio::sync::{Mutex, Notify, OwnedMutexGuard, oneshot};

use super::{
    database::Source,
    sql::{self, Connection, Dialect},
};

const SAVEPOINT: &str = "SAVEPOINT turn";

/// Hands out turns, first come, first served.
#[derive(Clone)]
pub(super) struct Writer {
    desk: Arc<Mutex<Desk>>,
    /// Something waits to become durable.
    finished: Arc<Notify>,
    /// How many wait for a turn.
    queue: Arc<AtomicI64>,
}

/// A place in the queue.
struct Place<'a>(&'a AtomicI64);

impl<'a> Place<'a> {
    fn take(queue: &'a AtomicI64) -> Self {
        queue.fetch_add(1, Ordering::Relaxed);
        Self(queue)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Desk {
    /// None once closed.
    connection: Option<Connection>,
    /// Where another comes from, should this one break.
    source: Source,
    /// Whether a transaction is open.
    is_open: bool,
    /// Whether a change was begun and not finished.
    is_left: bool,
    /// Who waits for the transaction to be on disk.
    waiting: Vec<oneshot::Sender<Result<(), Arc<sqlx::Error>>>>,
    /// Wakes who commits, to see that there is no desk any more.
    finished: Arc<Notify>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.finished.notify_one();
    }
}

/// One change's turn. When it ends, however it does, the transaction is committed once nobody else comes: none stays open.
pub(super) struct Turn {
    desk: OwnedMutexGuard<Desk>,
    finished: Arc<Notify>,
}

impl Writer {
    /// Takes the connection over, and a task that commits.
    pub(super) fn new(connection: Connection, source: Source) -> Self {
        let finished = Arc::new(Notify::new());
        let writer = Self {
            desk: Arc::new(Mutex::new(Desk {
                connection: Some(connection),
                source,
                is_open: false,
                is_left: false,
                waiting: Vec::new(),
                finished: finished.clone(),
            })),
            finished,
            queue: Arc::default(),
        };
        tokio::spawn(commit_groups(
            Arc::downgrade(&writer.desk),
            writer.finished.clone(),
        ));
        writer
    }

    /// Begins a change, when all that asked before have had their turn.
    pub(super) async fn turn(&self) -> sqlx::Result<Turn> {
        let place = Place::take(&self.queue);
        let mut desk = self.desk.clone().lock_owned().await;
        drop(place);
        let finished = self.finished.clone();
        if desk.begins_at_once() {
            desk.begin().await?;
            return Ok(Turn { desk, finished });
        }
        // A task of its own: whoever asked may go away, and no statement of ours breaks off.
        let begun = tokio::spawn(async move {
            desk.begin().await?;
            Ok(Turn { desk, finished })
        });
        begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    /// How many wait for a turn.
    pub(super) fn waiting(&self) -> i64 {
        self.queue.load(Ordering::Relaxed)
    }

    /// The connection without a transaction: what was finished is committed, and nobody has a turn meanwhile. Whoever takes it
    /// leaves no transaction open.
    pub(super) async fn alone(&self) -> sqlx::Result<Alone> {
        let mut desk = self.desk.clone().lock_owned().await;
        desk.commit().await;
        if desk.connection.is_none() {
            return Err(sqlx::Error::PoolClosed);
        }
        Ok(Alone(desk))
    }

    /// Commits what was finished, and closes the connection.
    pub(super) async fn close(&self) {
        let mut desk = self.desk.lock().await;
        desk.commit().await;
        if let Some(connection) = desk.connection.take() {
            let _ = connection.close().await;
        }
        self.finished.notify_one();
    }
}

/// Commits whenever something waits. It queues for the desk like everyone, so all who came before it are in its group.
async fn commit_groups(desk: std::sync::Weak<Mutex<Desk>>, finished: Arc<Notify>) {
    loop {
        finished.notified().await;
        let Some(desk) = desk.upgrade() else { return };
        let mut desk = desk.lock().await;
        if desk.connection.is_none() {
            return;
        }
        desk.commit().await;
    }
}

impl Desk {
    /// Begins a change; where SQLite has undone the transaction by itself (a full disk), in a new one; where PostgreSQL has gone away, on
    /// a new connection.
    async fn begin(&mut self) -> sqlx::Result<()> {
        if let Err(error) = self.try_begin().await {
            self.answer(Err(error)).await;
            if self.connection.is_some() && self.source.can_reconnect() {
                self.connection = Some(self.source.connect().await?);
            }
            self.try_begin().await?;
        }
        Ok(())
    }

    /// Whether nothing need be sent for a change to begin: its savepoint goes with its first statement.
    fn begins_at_once(&self) -> bool {
        let dialect = self.connection.as_ref().map(Connection::dialect);
        self.is_open && !self.is_left && dialect == Some(Dialect::Sqlite)
    }

    async fn try_begin(&mut self) -> sqlx::Result<()> {
        if !self.is_open {
            self.open()?.begin_writing().await?;
            self.is_open = true;
        }
        self.undo_what_was_left().await?;
        sql::query(SAVEPOINT).defer(self.open()?).await?;
        self.is_left = true;
        Ok(())
    }

    /// Rolls a dropped change back. What was deferred is sent by the first poll of its statement (the driver's channel to its thread is
    /// empty in a turn), so a savepoint that is not deferred any more is there.
    async fn undo_what_was_left(&mut self) -> sqlx::Result<()> {
        if self.is_left {
            let was_made = !self.open()?.forget_deferred(SAVEPOINT);
            if was_made {
                self.execute("ROLLBACK TO turn").await?;
                self.execute("RELEASE turn").await?;
            }
            self.is_left = false;
        }
        Ok(())
    }

    async fn commit(&mut self) {
        let committed = match self.undo_what_was_left().await {
            Ok(()) if self.is_open => self.execute("COMMIT").await,
            other => other,
        };
        self.answer(committed).await;
    }

    /// Tells all who wait how the transaction ended.
    async fn answer(&mut self, ended: sqlx::Result<()>) {
        if ended.is_err() {
            let _ = self.execute("ROLLBACK").await;
        }
        (self.is_open, self.is_left) = (false, false);
        let ended = ended.map_err(Arc::new);
        for waiting in self.waiting.drain(..) {
            // Whoever went away does not hear of it.
            let _ = waiting.send(ended.clone());
        }
    }

    fn open(&mut self) -> sqlx::Result<&mut Connection> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    async fn execute(&mut self, statement: &'static str) -> sqlx::Result<()> {
        self.open()?.run(statement).await
    }
}

impl Turn {
    /// Ends the change, and waits until it is on disk. Once called, the change counts, whether or not the caller stays.
    pub(super) async fn commit(mut self) -> sqlx::Result<()> {
        let (sender, durable) = oneshot::channel();
        let finishing = tokio::spawn(async move {
            self.desk.execute("RELEASE turn").await?;
            self.desk.is_left = false;
            self.desk.waiting.push(sender);
            Ok::<(), sqlx::Error>(())
        });
        finishing.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
        match durable.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(sqlx::Error::Protocol(format!("the commit failed: {error}"))),
            Err(_) => Err(sqlx::Error::PoolClosed),
        }
    }
}

/// The connection, to itself.
pub(super) struct Alone(OwnedMutexGuard<Desk>);

impl Deref for Alone {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0.connection.as_ref().expect(OPEN)
    }
}

impl DerefMut for Alone {
    fn deref_mut(&mut self) -> &mut Connection {
        self.0.connection.as_mut().expect(OPEN)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.finished.notify_one();
    }
}

// `Desk::begin` or `Writer::alone` has seen that the connection is there, and only `Writer::close`, which needs the desk, takes it.
const OPEN: &str = "a turn has its connection";

impl Deref for Turn {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.desk.connection.as_ref().expect(OPEN)
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut Connection {
        self.desk.connection.as_mut().expect(OPEN)
    }
}

#[cfg(test)]
mod tests;
