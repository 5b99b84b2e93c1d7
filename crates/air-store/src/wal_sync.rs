//! When what was committed is on disk.
//!
//! SQLite writes a commit into its log, the file with `-wal` behind its name, and does not wait for the disk (`synchronous = NORMAL`). The log
//! is synced here, while the connection executes the next changes. Until then, no change is acknowledged and no reader sees it.
//! After a failed sync, all changes and reads are rejected until the log is rewritten ([`Wal::rewrite`](super::wal::Wal)).

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use tokio::sync::watch;

/// Makes all that was written to the log durable.
type Sync = dyn Fn() -> io::Result<()> + Send + std::marker::Sync;

/// Clones are of the same disk.
#[derive(Clone)]
pub(super) struct WalSync(Arc<Shared>);

struct Shared {
    /// None where a commit returns when it is durable (PostgreSQL), or never is (in memory). The log is synced by one after the other: a
    /// sync that succeeds says nothing of what an earlier one has lost, so that one is noted first.
    sync: Option<Mutex<Box<Sync>>>,
    /// The last commit that was begun.
    last: AtomicU64,
    /// How many `sync` are under way.
    busy: AtomicUsize,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// The last commit that is on disk, and all before it.
    durable: u64,
    /// A sync has failed, and nobody knows what the disk has. Until the log is recovered nothing is written or read.
    is_broken: bool,
    is_busy: bool,
}

/// A commit that is being made.
#[must_use = "those who read wait for it"]
#[derive(Debug)]
pub(super) struct Commit(u64);

impl WalSync {
    /// Of a database that waits for its own.
    pub(super) fn of_the_database() -> Self {
        Self::new(None)
    }

    /// Of a log that is synced by this.
    pub(super) fn of_log(sync: impl Fn() -> io::Result<()> + Send + std::marker::Sync + 'static) -> Self {
        Self::new(Some(Box::new(sync)))
    }

    fn new(sync: Option<Box<Sync>>) -> Self {
        Self(Arc::new(Shared {
            sync: sync.map(Mutex::new),
            last: AtomicU64::new(0),
            busy: AtomicUsize::new(0),
            state: watch::Sender::default(),
        }))
    }

    /// Called before a commit: readers may see it from now on.
    pub(super) fn begin(&self) -> Commit {
        Commit(self.0.last.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// After it was made: `ended` is called when it is on disk, or when it may not be. A commit that failed ends here too.
    pub(super) fn end(&self, Commit(number): Commit, ended: impl FnOnce(sqlx::Result<()>) + Send + 'static) {
        if self.0.sync.is_none() {
            self.0.finished(number, true);
            return ended(Ok(()));
        }
        self.0.busy.fetch_add(1, Ordering::SeqCst);
        self.0.state.send_modify(|state| state.is_busy = true);
        let shared = self.0.clone();
        tokio::task::spawn_blocking(move || {
            ended(shared.sync(number));
        });
    }

    /// Whether a commit would be synced at once.
    pub(super) fn is_free(&self) -> bool {
        self.0.sync.is_some() && !self.is_busy()
    }

    /// Whether something is being synced.
    pub(super) fn is_busy(&self) -> bool {
        self.0.busy.load(Ordering::SeqCst) > 0
    }

    /// Waits until nothing is being synced.
    pub(super) async fn free(&self) {
        let _ = self.0.state.subscribe().wait_for(|state| !state.is_busy).await;
    }

    /// Waits until all commits that were begun are on disk.
    pub(super) async fn settled(&self) -> sqlx::Result<()> {
        let last = self.0.last.load(Ordering::SeqCst);
        let mut state = self.0.state.subscribe();
        let settled = state
            .wait_for(|state| state.is_broken || state.durable >= last)
            .await;
        let is_broken = settled.is_ok_and(|state| state.is_broken);
        if is_broken { Err(unsynced()) } else { Ok(()) }
    }

    /// Refuses, once the disk has failed.
    pub(super) fn check(&self) -> sqlx::Result<()> {
        if self.0.state.borrow().is_broken {
            return Err(unsynced());
        }
        Ok(())
    }

    /// Notes that a sync elsewhere has failed.
    pub(super) fn fail(&self) {
        self.0.state.send_modify(|state| state.is_broken = true);
    }

    /// Once the log is durable again, and is synced by this from now on. No commit is under way.
    pub(super) fn recovered(&self, sync: impl Fn() -> io::Result<()> + Send + std::marker::Sync + 'static) {
        let Some(log) = &self.0.sync else { return };
        *log.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(sync);
        let durable = self.0.last.load(Ordering::SeqCst);
        self.0.state.send_modify(|state| {
            (state.durable, state.is_broken) = (durable, false);
        });
    }

    /// For who waits for something new on disk.
    pub(super) fn watch(&self) -> SyncWatch {
        SyncWatch(self.0.state.subscribe())
    }
}

/// Ends with the disk's last clone.
pub(super) struct SyncWatch(watch::Receiver<State>);

impl SyncWatch {
    /// Waits until there is something new; false once there never will be.
    pub(super) async fn next(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }

    /// Whether a sync has failed, and the log was not recovered yet.
    pub(super) fn is_of_failure(&self) -> bool {
        self.0.borrow().is_broken
    }
}

impl Shared {
    /// Syncs a commit, unless an earlier one was lost: then this one is no more durable than that.
    fn sync(&self, number: u64) -> sqlx::Result<()> {
        let Some(log) = &self.sync else { return Ok(()) };
        let sync = log.lock().unwrap_or_else(PoisonError::into_inner);
        let is_durable = !self.state.borrow().is_broken
            && sync()
                .inspect_err(|error| tracing::error!(%error, "the log could not be synced"))
                .is_ok();
        self.busy.fetch_sub(1, Ordering::SeqCst);
        self.finished(number, is_durable);
        if is_durable { Ok(()) } else { Err(unsynced()) }
    }

    fn finished(&self, number: u64, is_durable: bool) {
        self.state.send_modify(|state| {
            if is_durable {
                state.durable = state.durable.max(number);
            } else {
                state.is_broken = true;
            }
            state.is_busy = self.busy.load(Ordering::SeqCst) > 0;
        });
    }
}

/// After a failed `fsync` the system may take for written what was not (Rebello and others, "Can Applications Recover from fsync
/// Failures?", USENIX ATC 2020), so that another one proves nothing.
#[derive(Debug, thiserror::Error)]
#[error("the disk failed to keep what was written")]
struct Unsynced;

pub(super) fn unsynced() -> sqlx::Error {
    sqlx::Error::Io(io::Error::other(Unsynced))
}

/// Whether this is what a failed sync is answered with.
pub(super) fn is_unsynced(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error
            .get_ref()
            .is_some_and(<dyn std::error::Error + Send + std::marker::Sync>::is::<Unsynced>),
        _ => false,
    }
}

/// Whether SQLite failed to sync a file (`SQLITE_IOERR_FSYNC`, `SQLITE_IOERR_DIR_FSYNC`).
pub(super) fn is_failed_sync(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code();
            code.is_some_and(|code| ["1034", "1290"].contains(&&*code))
        }
        _ => false,
    }
}
