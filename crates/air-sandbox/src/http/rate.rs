//! Limits the request rate of each address with GCRA, which has no windows at whose boundary the rate could
//! double.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{error::ErrorResponse, is_probe};
use crate::network::counted_as;
use air_platform::Refusal;

/// The number of requests after which the state of inactive addresses is removed.
const SWEEP: u32 = 10_000;

/// A rate limiter that clones share.
#[derive(Clone)]
pub(crate) struct Rate(Option<Arc<Counters>>);

struct Counters {
    /// The time after which the rate permits one more request.
    interval: Duration,
    /// The time after which the rate permits a whole burst again.
    burst: Duration,
    addresses: Mutex<Addresses>,
}

#[derive(Default)]
struct Addresses {
    /// When each address may send a whole burst again.
    recovers_at: HashMap<IpAddr, Instant>,
    /// The number of requests since inactive addresses were removed.
    requests: u32,
}

impl Rate {
    /// Creates a limiter with a rate per second and a burst of the same size. `None` disables the limit.
    pub(crate) fn new(per_second: Option<NonZeroU32>) -> Self {
        Self(per_second.map(|limit| {
            let interval = Duration::from_secs(1) / limit.get();
            Arc::new(Counters {
                interval,
                burst: interval * limit.get(),
                addresses: Mutex::default(),
            })
        }))
    }
}

/// Responds 429 if the caller exceeds the limit. Probes are not counted.
pub(crate) async fn limit(State(Rate(counters)): State<Rate>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_probe = is_probe(request.uri().path());
    if let (Some(counters), Some(ConnectInfo(address)), false) = (counters, caller, is_probe)
        && let Err(wait) = counters.count(address.ip(), Instant::now())
    {
        return slow_down(wait);
    }
    next.run(request).await
}

/// Limits preflights. CORS responds to them after a database lookup, before they reach the limit of calls.
pub(crate) async fn limit_preflights(rate: State<Rate>, request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS {
        limit(rate, request, next).await
    } else {
        next.run(request).await
    }
}

impl Counters {
    /// Counts a request. Returns the time until the next permitted request if the limit is exceeded.
    fn count(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut addresses = self.lock();
        addresses.count_and_sweep(now);
        let recovers_at = addresses.recovers_at.entry(counted_as(address)).or_insert(now);
        let next = (*recovers_at).max(now) + self.interval;
        let wait = next.saturating_duration_since(now + self.burst);
        if !wait.is_zero() {
            return Err(wait);
        }
        *recovers_at = next;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Addresses> {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Addresses {
    /// Removes the addresses that may send a whole burst, once in [`SWEEP`] requests.
    fn count_and_sweep(&mut self, now: Instant) {
        self.requests += 1;
        if self.requests == SWEEP {
            self.requests = 0;
            self.recovers_at.retain(|_, recovers_at| *recovers_at > now);
        }
    }
}

/// A response extension for requests beyond the limit. The request log omits them, because they would
/// displace other requests.
#[derive(Clone, Copy)]
pub(super) struct Limited;

fn slow_down(wait: Duration) -> Response {
    let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
    let refusal = Refusal::too_many("too many requests from this address; slow down");
    let mut response = ErrorResponse(refusal.retry_after(seconds.max(1))).into_response();
    response.extensions_mut().insert(Limited);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(per_second: u32) -> Arc<Counters> {
        Rate::new(NonZeroU32::new(per_second)).0.unwrap()
    }

    #[test]
    fn each_address_has_its_own_count_and_the_silent_are_forgotten() {
        let (rate, now) = (counters(2), Instant::now());
        let [ada, bob] = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().unwrap());
        assert!(rate.count(ada, now).is_ok() && rate.count(ada, now).is_ok());
        assert_eq!(rate.count(ada, now), Err(Duration::from_millis(500)));
        assert!(rate.count(bob, now).is_ok());
        let unlimited = counters(u32::MAX);
        for number in 0..SWEEP * 2 {
            let address = IpAddr::V4(number.into());
            assert!(unlimited.count(address, now).is_ok());
        }
        assert!(unlimited.lock().recovers_at.len() <= usize::try_from(SWEEP).unwrap());
    }

    #[test]
    fn the_rate_has_no_window_at_whose_end_it_doubles() {
        let (rate, start) = (counters(2), Instant::now());
        let ada = IpAddr::from([192, 0, 2, 1]);
        let at = |milliseconds| rate.count(ada, start + Duration::from_millis(milliseconds));
        assert!(at(0).is_ok() && at(0).is_ok());
        assert!(at(999).is_ok());
        assert_eq!(at(999), Err(Duration::from_millis(1)));
        assert!(at(1000).is_ok());
        // After a second without a request, the whole burst is permitted.
        assert!(at(2500).is_ok() && at(2500).is_ok());
        assert!(at(2500).is_err());
    }

    #[test]
    fn an_address_that_still_waits_is_not_forgotten() {
        let (rate, now) = (counters(1), Instant::now());
        let ada = IpAddr::from([192, 0, 2, 1]);
        assert!(rate.count(ada, now).is_ok());
        for number in 0..SWEEP {
            let _ = rate.count(IpAddr::V4(number.into()), now);
        }
        assert!(rate.count(ada, now).is_err());
    }
}
