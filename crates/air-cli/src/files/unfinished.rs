//! Removes hidden drafts on signals, because an interrupted process runs no destructors.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, Once, PoisonError},
};

static DRAFTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A draft's entry in the list, while it exists.
pub(super) struct Entry(PathBuf);

impl Entry {
    pub(super) fn new(path: &Path) -> Self {
        with_drafts(|drafts| drafts.push(path.to_owned()));
        Self(path.to_owned())
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        with_drafts(|drafts| drafts.retain(|path| *path != self.0));
    }
}

/// Removes the drafts before a signal ends the process. Only for commands that don't handle signals
/// themselves.
pub(super) fn remove_on_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async {
                let number = signal().await;
                remove_all();
                #[expect(clippy::exit, reason = "a signal ends the process, as it would without this")]
                std::process::exit(128 + number);
            });
        }
    });
}

/// Removes the unfinished drafts.
pub(super) fn remove_all() {
    with_drafts(|drafts| {
        for path in drafts.drain(..) {
            let _ = fs::remove_file(path);
        }
    });
}

fn with_drafts<T>(change: impl FnOnce(&mut Vec<PathBuf>) -> T) -> T {
    change(&mut DRAFTS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Waits for a signal, and returns its number.
#[cfg(unix)]
async fn signal() -> i32 {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => 2,
        _ = terminate.recv() => 15,
        _ = hangup.recv() => 1,
    }
}

#[cfg(not(unix))]
async fn signal() -> i32 {
    match tokio::signal::ctrl_c().await {
        Ok(()) => 2,
        Err(_) => std::future::pending().await,
    }
}
