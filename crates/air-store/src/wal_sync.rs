//! Tracks which commits are on disk.
//!
//! SQLite writes a commit to its log, the file with the database's name and the suffix `-wal`, and
//! does not wait for the disk (`synchronous = NORMAL`). This module syncs the log while the
//! connection executes the next changes. Until then, no change is acknowledged and no reader sees
//! it. After a failed sync, all changes and reads are rejected until the log is rewritten
//! ([`Wal::rewrite`](super::wal::Wal)).

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use tokio::sync::watch;

/// Syncs the log.
type Sync = dyn Fn() -> io::Result<()> + Send + std::marker::Sync;

/// The tracker of syncs. Clones share their state.
#[derive(Clone)]
pub(super) struct WalSync(Arc<Shared>);

struct Shared {
    /// `None` if a commit is durable when it returns (PostgreSQL), or never is (in memory). The
    /// lock makes syncs sequential: a successful sync does not prove that an earlier one lost
    /// nothing, so an earlier failure must be recorded first.
    sync: Option<Mutex<Box<Sync>>>,
    /// The number of the last commit that has begun.
    last: AtomicU64,
    /// The number of calls to `sync` in flight.
    busy: AtomicUsize,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// The number of the last commit that is on disk, together with all earlier ones.
    durable: u64,
    /// Whether a sync has failed, so that the content of the disk is unknown. Until the log is
    /// recovered, nothing is written or read.
    is_broken: bool,
    is_busy: bool,
}

/// A commit in progress.
#[must_use = "those who read wait for it"]
#[derive(Debug)]
pub(super) struct Commit(u64);

impl WalSync {
    /// Creates a tracker for a database that syncs its own commits.
    pub(super) fn of_the_database() -> Self {
        Self::new(None)
    }

    /// Creates a tracker for a log that `sync` makes durable.
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

    /// Begins a commit. It must be called before the commit, which readers may see from then on.
    pub(super) fn begin(&self) -> Commit {
        Commit(self.0.last.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// Ends a commit, including a failed one. Calls `ended` when the commit is on disk, or with an
    /// error if it may not be.
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

    /// Checks whether a commit would be synced immediately.
    pub(super) fn is_free(&self) -> bool {
        self.0.sync.is_some() && !self.is_busy()
    }

    /// Checks whether a sync is in progress.
    pub(super) fn is_busy(&self) -> bool {
        self.0.busy.load(Ordering::SeqCst) > 0
    }

    /// Waits until no sync is in progress.
    pub(super) async fn free(&self) {
        let _ = self.0.state.subscribe().wait_for(|state| !state.is_busy).await;
    }

    /// Waits until all commits that have begun are on disk.
    pub(super) async fn settled(&self) -> sqlx::Result<()> {
        let last = self.0.last.load(Ordering::SeqCst);
        let mut state = self.0.state.subscribe();
        let settled = state
            .wait_for(|state| state.is_broken || state.durable >= last)
            .await;
        let is_broken = settled.is_ok_and(|state| state.is_broken);
        if is_broken { Err(unsynced()) } else { Ok(()) }
    }

    /// Fails if a sync has failed and the log has not been recovered.
    pub(super) fn check(&self) -> sqlx::Result<()> {
        if self.0.state.borrow().is_broken {
            return Err(unsynced());
        }
        Ok(())
    }

    /// Records that a sync elsewhere has failed.
    pub(super) fn fail(&self) {
        self.0.state.send_modify(|state| state.is_broken = true);
    }

    /// Records that the log is durable again, and that `sync` syncs it from now on. No commit may
    /// be in progress.
    pub(super) fn recovered(&self, sync: impl Fn() -> io::Result<()> + Send + std::marker::Sync + 'static) {
        let Some(log) = &self.0.sync else { return };
        *log.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(sync);
        let durable = self.0.last.load(Ordering::SeqCst);
        self.0.state.send_modify(|state| {
            (state.durable, state.is_broken) = (durable, false);
        });
    }

    /// Returns a watcher that waits for new data on disk.
    pub(super) fn watch(&self) -> SyncWatch {
        SyncWatch(self.0.state.subscribe())
    }
}

/// A watcher of syncs. It ends when the last clone of the tracker is dropped.
pub(super) struct SyncWatch(watch::Receiver<State>);

impl SyncWatch {
    /// Waits for the next sync. Returns `false` if there can be no other one.
    pub(super) async fn next(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }

    /// Checks whether a sync has failed and the log has not been recovered.
    pub(super) fn is_of_failure(&self) -> bool {
        self.0.borrow().is_broken
    }
}

impl Shared {
    /// Syncs a commit. Fails if an earlier commit was lost, because this one depends on it.
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

/// The error of a failed sync. After a failed `fsync`, the operating system may treat unwritten
/// pages as written (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC
/// 2020), so a second sync proves nothing.
#[derive(Debug, thiserror::Error)]
#[error("the disk failed to store the written data")]
struct Unsynced;

pub(super) fn unsynced() -> sqlx::Error {
    sqlx::Error::Io(io::Error::other(Unsynced))
}

/// Checks whether this is the error of a failed sync.
pub(super) fn is_unsynced(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error
            .get_ref()
            .is_some_and(<dyn std::error::Error + Send + std::marker::Sync>::is::<Unsynced>),
        _ => false,
    }
}

/// Checks whether SQLite failed to sync a file (`SQLITE_IOERR_FSYNC`, `SQLITE_IOERR_DIR_FSYNC`).
pub(super) fn is_failed_sync(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code();
            code.is_some_and(|code| ["1034", "1290"].contains(&&*code))
        }
        _ => false,
    }
}
