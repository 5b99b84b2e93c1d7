//! The background thread that drives connections and timers.

use std::{convert::Infallible, fmt, thread};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

use crate::Error;

/// A runtime on a background thread, which ends on drop.
pub(super) struct RuntimeThread {
    handle: Handle,
    /// Never used to send: dropping it ends the thread.
    _stop: oneshot::Sender<Infallible>,
}

impl RuntimeThread {
    pub(super) fn start() -> Result<Self, Error> {
        refuse_within_runtime()?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::NoThread)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        thread::Builder::new()
            .name("air-client".to_owned())
            .spawn(move || {
                // Returns an error once the sender is dropped.
                let _ = runtime.block_on(stopped);
            })
            .map_err(Error::NoThread)?;
        Ok(Self { handle, _stop: stop })
    }

    /// Blocks the calling thread until the future completes.
    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T, Error> {
        refuse_within_runtime()?;
        Ok(self.handle.block_on(future))
    }
}

/// Fails within a runtime, because `block_on` would panic or block a worker there.
fn refuse_within_runtime() -> Result<(), Error> {
    match Handle::try_current() {
        Ok(_) => Err(Error::WithinRuntime),
        Err(_) => Ok(()),
    }
}

impl fmt::Debug for RuntimeThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeThread").finish_non_exhaustive()
    }
}
