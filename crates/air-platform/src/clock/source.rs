//! Clocks: the machine's or a test's clock, and the platform's own clock, which may be ahead of it.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use air_ids::UnixTime;

/// A source of the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> UnixTime + Send + Sync>);

impl Clock {
    /// Returns the machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::new(|| UnixTime::from_system_time(SystemTime::now()))
    }

    /// Returns a clock that calls `now`.
    pub fn new(now: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Returns the time.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}

/// A clock that is ahead of another clock by an offset. Clones share the offset.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    machine: Clock,
    /// In seconds.
    offset: Arc<AtomicU64>,
}

impl VirtualClock {
    /// Returns a clock that is `offset` seconds ahead of `machine`.
    #[must_use]
    pub fn new(machine: Clock, offset: u64) -> Self {
        Self {
            machine,
            offset: Arc::new(AtomicU64::new(offset)),
        }
    }

    /// Returns the time.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.machine
            .now()
            .saturating_add(Duration::from_secs(self.offset()))
    }

    pub(crate) fn offset(&self) -> u64 {
        self.offset.load(Ordering::SeqCst)
    }

    /// Sets the offset that was read elsewhere, unless the offset here is no longer `before`.
    pub(crate) fn follow(&self, before: u64, seconds: u64) {
        let _ = self
            .offset
            .compare_exchange(before, seconds, Ordering::SeqCst, Ordering::SeqCst);
    }

    pub(crate) fn set_offset(&self, seconds: u64) {
        self.offset.store(seconds, Ordering::SeqCst);
    }
}
