//! Limits concurrent calls: the window grows while the platform keeps up, and halves when the platform is
//! overloaded (AIMD).

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

/// The initial window.
const FIRST_WINDOW: f64 = 4.0;

/// A limiter that all rows of a run share.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    window: f64,
    most: f64,
    under_way: f64,
    /// Whether the window still doubles with each round trip, until the platform responds for the first time
    /// that it is overloaded.
    is_starting: bool,
    halved_at: Option<Instant>,
    paused_until: Option<Instant>,
    is_closed: bool,
}

/// A permit for one call, which is released on drop.
#[derive(Debug)]
#[must_use = "a pass that is dropped counts no more"]
pub(super) struct Slot<'g> {
    gate: &'g Gate,
    since: Instant,
}

enum Look {
    Open,
    Full,
    PausedUntil(Instant),
    Closed,
}

impl Gate {
    pub(super) fn new(most: usize) -> Self {
        let most = f64::from(u32::try_from(most.max(1)).unwrap_or(u32::MAX));
        let state = State {
            window: FIRST_WINDOW.min(most),
            most,
            under_way: 0.0,
            is_starting: true,
            halved_at: None,
            paused_until: None,
            is_closed: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Notify::new(),
        }
    }

    /// Waits for a permit. Returns `None` if the gate is closed.
    pub(super) async fn enter(&self) -> Option<Slot<'_>> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            match self.look() {
                Look::Closed => return None,
                Look::Open => {
                    return Some(Slot {
                        gate: self,
                        since: Instant::now(),
                    });
                }
                Look::Full => changed.await,
                Look::PausedUntil(time) => {
                    let _ = tokio::time::timeout_at(time, changed).await;
                }
            }
        }
    }

    /// Waits while the gate is open. Returns whether it is still open.
    pub(super) async fn wait(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.state().is_closed {
                return false;
            }
            if tokio::time::timeout_at(until, changed).await.is_err() {
                return true;
            }
        }
    }

    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_waiters();
    }

    /// Pauses new calls for a duration.
    pub(super) fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut state = self.state();
        state.paused_until = Some(state.paused_until.map_or(until, |before| before.max(until)));
    }

    /// Returns the current window.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 1 to what a usize holds"
    )]
    pub(super) fn window(&self) -> usize {
        self.state().window as usize
    }

    fn look(&self) -> Look {
        let mut state = self.state();
        if state.is_closed {
            return Look::Closed;
        }
        match state.paused_until {
            Some(time) if Instant::now() < time => return Look::PausedUntil(time),
            _ => state.paused_until = None,
        }
        if state.under_way + 1.0 > state.window {
            return Look::Full;
        }
        state.under_way += 1.0;
        Look::Open
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot<'_> {
    /// Records that the platform kept up.
    pub(super) fn succeeded(self) {
        let mut state = self.gate.state();
        let more = if state.is_starting {
            1.0
        } else {
            1.0 / state.window
        };
        state.window = (state.window + more).min(state.most);
    }

    /// Records that the platform is overloaded: halves the window, once for all concurrent calls, and pauses
    /// as long as the platform requires.
    pub(super) fn slowed_down(self, wait: Duration) {
        let mut state = self.gate.state();
        state.is_starting = false;
        if state.halved_at.is_none_or(|time| self.since > time) {
            state.window = (state.window / 2.0).max(1.0);
            state.halved_at = Some(Instant::now());
        }
        drop(state);
        self.gate.pause(wait);
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.gate.state().under_way -= 1.0;
        self.gate.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    async fn fill(gate: &Gate) -> Vec<Slot<'_>> {
        let mut passes = Vec::new();
        while let Ok(Some(pass)) = tokio::time::timeout(SOON, gate.enter()).await {
            passes.push(pass);
        }
        passes
    }

    #[tokio::test(start_paused = true)]
    async fn doubles_with_each_turn_up_to_the_most() {
        let gate = Gate::new(20);
        let mut turns = Vec::new();
        for _ in 0..4 {
            let passes = fill(&gate).await;
            turns.push(passes.len());
            passes.into_iter().for_each(Slot::succeeded);
        }
        assert_eq!(turns, [4, 8, 16, 20]);
    }

    #[tokio::test(start_paused = true)]
    async fn halves_once_for_a_turn_and_then_grows_by_one() {
        let gate = Gate::new(64);
        for _ in 0..2 {
            fill(&gate).await.into_iter().for_each(Slot::succeeded);
        }
        for pass in fill(&gate).await {
            pass.slowed_down(SOON);
        }
        assert_eq!(gate.window(), 8);
        tokio::time::advance(2 * SOON).await;
        fill(&gate).await.into_iter().for_each(Slot::succeeded);
        assert!((8..=9).contains(&gate.window()), "{}", gate.window());
        for _ in 0..20 {
            fill(&gate)
                .await
                .into_iter()
                .for_each(|pass| pass.slowed_down(SOON));
            tokio::time::advance(2 * SOON).await;
        }
        assert_eq!(gate.window(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_enters_during_a_pause_or_after_the_end() {
        let gate = Gate::new(4);
        let begun = Instant::now();
        gate.pause(Duration::from_secs(7));
        let pass = gate.enter().await.unwrap();
        assert_eq!(begun.elapsed().as_secs(), 7);
        drop(pass);
        let closing = async {
            tokio::time::sleep(SOON).await;
            gate.close();
        };
        gate.pause(Duration::from_secs(7));
        let (entered, waited, ()) = tokio::join!(gate.enter(), gate.wait(Duration::from_secs(9)), closing);
        assert!(entered.is_none() && !waited);
        assert!(begun.elapsed().as_secs() < 8);
    }
}
