//! Assigns connections to lanes: a number of places for full service, and a small reserve for probes.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The number of connections that may wait for a place, or send a probe, while all places are taken.
const RESERVE: usize = 16;
/// The number of connections for probes from addresses at their limit. They are separate from the
/// reserve, so that such an address does not use other addresses' share.
const CROWDED: usize = 8;
/// The time limit of such a connection for its request, and then for a place, before it is closed.
pub(super) const RESERVE_TIME: Duration = Duration::from_secs(2);

/// The semaphores of a server's lanes.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    places: Arc<Semaphore>,
    reserve: Arc<Semaphore>,
    crowded: Arc<Semaphore>,
}

impl Lanes {
    pub(super) fn new(connections: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))),
            reserve: Arc::new(Semaphore::new(RESERVE)),
            crowded: Arc::new(Semaphore::new(CROWDED)),
        }
    }

    /// Waits until a connection may be accepted. Returns a lane with a place, or one of the reserve
    /// if no place is free.
    pub(super) async fn enter(&self) -> Lane {
        let (service, permit) = tokio::select! {
            biased;
            place = self.places.clone().acquire_owned() => (Service::Full, place),
            reserve = self.reserve.clone().acquire_owned() => (Service::UntilPlace, reserve),
        };
        // These semaphores are never closed.
        self.lane(service, permit.ok())
    }

    /// Returns a lane for a connection from an address at its limit, if one is free. The lane
    /// serves only probes.
    pub(super) fn crowded(&self) -> Option<Lane> {
        let permit = self.crowded.clone().try_acquire_owned().ok()?;
        Some(self.lane(Service::ProbesOnly, Some(permit)))
    }

    fn lane(&self, service: Service, permit: Option<OwnedSemaphorePermit>) -> Lane {
        let state = State {
            service,
            _permit: permit,
        };
        Lane {
            lanes: self.clone(),
            state: Arc::new(Mutex::new(state)),
        }
    }
}

/// The service level of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    /// All requests, in sequence.
    Full,
    /// A probe, or a request after a place becomes free.
    UntilPlace,
    ProbesOnly,
}

#[derive(Debug)]
struct State {
    service: Service,
    _permit: Option<OwnedSemaphorePermit>,
}

/// The lane of a connection. Clones belong to the same connection.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    lanes: Lanes,
    state: Arc<Mutex<State>>,
}

impl Lane {
    /// Checks whether the connection has a place. Without one, it serves only one request.
    pub(super) fn has_place(&self) -> bool {
        self.state().service == Service::Full
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds this lock panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the connection from the reserve to a place, if one becomes free in time.
    pub(super) async fn take_place(&self) -> bool {
        let service = self.state().service;
        match service {
            Service::Full => return true,
            Service::UntilPlace => {}
            Service::ProbesOnly => return false,
        }
        let waiting = timeout(RESERVE_TIME, self.lanes.places.clone().acquire_owned());
        let Ok(Ok(place)) = waiting.await else {
            return false;
        };
        *self.state() = State {
            service: Service::Full,
            _permit: Some(place),
        };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_reserve_stands_beside_the_places_and_gives_them_back() {
        let lanes = Lanes::new(1);
        let first = lanes.enter().await;
        assert!(first.has_place());
        let second = lanes.enter().await;
        assert!(!second.has_place());
        assert!(!second.take_place().await, "the place is taken");
        drop(first);
        assert!(second.take_place().await);
        assert!(second.has_place());
        let reserve: Vec<Lane> = {
            let mut entered = Vec::new();
            for _ in 0..RESERVE {
                entered.push(lanes.enter().await);
            }
            entered
        };
        assert!(!reserve.iter().any(Lane::has_place));
        assert!(
            timeout(RESERVE_TIME, lanes.enter()).await.is_err(),
            "both are full"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowded_address_asks_probes_alone_and_takes_nothing_of_the_reserve() {
        let lanes = Lanes::new(1);
        let crowded: Vec<Lane> = std::iter::from_fn(|| lanes.crowded()).collect();
        assert_eq!(crowded.len(), CROWDED);
        assert!(!crowded[0].take_place().await, "even if a place is free");
        assert!(lanes.enter().await.has_place());
        drop(crowded);
        assert!(lanes.crowded().is_some());
    }
}
