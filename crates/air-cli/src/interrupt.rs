//! Signals that end a long-running command.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(not(unix))]
use tokio::signal::windows::{CtrlC as Signal, ctrl_c};

/// Receives SIGINT and SIGTERM from its creation on.
///
/// A signal is `None` when the system does not let the process handle it. It then ends the process.
pub(crate) struct Interrupts {
    interrupt: Option<Signal>,
    #[cfg(unix)]
    terminate: Option<Signal>,
}

impl Interrupts {
    /// Starts to listen for the signals. A command calls this before it reports that it is ready.
    pub(crate) fn listen() -> Self {
        Self {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt()).ok(),
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate()).ok(),
            #[cfg(not(unix))]
            interrupt: ctrl_c().ok(),
        }
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            () = received(&mut self.interrupt) => {}
            () = received(&mut self.terminate) => {}
        }
        #[cfg(not(unix))]
        received(&mut self.interrupt).await;
    }
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
