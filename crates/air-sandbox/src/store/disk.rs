//! When what was committed is on disk.
//!
//! SQLite writes a commit into its log, the file with `-wal` behind its name, and does not wait for the disk (`synchronous = NORMAL`). The log
//! is synced here, while the connection executes the next changes. Until then, no change is acknowledged and no reader sees it.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use tokio::sync::watch;

/// Makes all that was written to the log durable.
type Sync = dyn Fn() -> io::Result<()> + Send + std::marker::Sync;

/// Clones are of the same disk.
#[derive(Clone)]
pub(super) struct Disk(Arc<Shared>);

struct Shared {
    /// None where a commit returns when it is durable (PostgreSQL), or never is (in memory).
    sync: Option<Box<Sync>>,
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
    /// The disk has failed, and nobody knows what it has.
    is_broken: bool,
    is_busy: bool,
}

/// A commit that is being made.
#[must_use = "those who read wait for it"]
#[derive(Debug)]
pub(super) struct Commit(u64);

impl Disk {
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
            sync,
            last: AtomicU64::new(0),
            busy: AtomicUsize::new(0),
            state: watch::Sender::default(),
        }))
    }

    /// Called before a commit: readers may see it from now on.
    pub(super) fn begin(&self) -> Commit {
        Commit(self.0.last.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// After it was made: `ended` is called when it is on disk, or never will be. A commit that failed ends here too.
    pub(super) fn end(&self, Commit(number): Commit, ended: impl FnOnce(io::Result<()>) + Send + 'static) {
        if self.0.sync.is_none() {
            self.0.finished(number, true);
            return ended(Ok(()));
        }
        self.0.busy.fetch_add(1, Ordering::SeqCst);
        self.0.state.send_modify(|state| state.is_busy = true);
        let shared = self.0.clone();
        tokio::task::spawn_blocking(move || {
            let synced = shared.sync.as_ref().map_or(Ok(()), |sync| sync());
            shared.busy.fetch_sub(1, Ordering::SeqCst);
            shared.finished(number, synced.is_ok());
            ended(synced);
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
        if is_broken { Err(broken()) } else { Ok(()) }
    }

    /// Refuses, once the disk has failed.
    pub(super) fn check(&self) -> sqlx::Result<()> {
        if self.0.state.borrow().is_broken {
            return Err(broken());
        }
        Ok(())
    }

    /// For who waits for something new on disk.
    pub(super) fn news(&self) -> News {
        News(self.0.state.subscribe())
    }
}

/// Ends with the disk's last clone.
pub(super) struct News(watch::Receiver<State>);

impl News {
    /// Waits until there is something new; false once there never will be.
    pub(super) async fn next(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

impl Shared {
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
fn broken() -> sqlx::Error {
    sqlx::Error::Io(io::Error::other(
        "failed to sync the database to disk; check the disk and restart the platform",
    ))
}
