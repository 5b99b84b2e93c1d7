//! Limits the request rate of each address with GCRA, which has no windows at whose boundary the rate could
//! double.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
};

use super::{error::ErrorResponse, is_probe};
use air_platform::Refusal;
use air_server::counted_as;

/// The number of requests after which the state of inactive addresses is removed.
const SWEEP: u32 = 10_000;

/// A rate limiter that clones share.
#[derive(Clone)]
pub(crate) struct Rate(Option<Arc<Counters>>);

struct Counters {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    requests: AtomicU32,
}

impl Rate {
    /// Creates a limiter with a rate per second and a burst of the same size. `None` disables the limit.
    pub(crate) fn new(per_second: Option<NonZeroU32>) -> Self {
        Self(per_second.map(|limit| {
            Arc::new(Counters {
                by_address: RateLimiter::hashmap(Quota::per_second(limit)),
                requests: AtomicU32::new(0),
            })
        }))
    }
}

/// Responds 429 if the caller exceeds the limit. Probes are not counted.
pub(crate) async fn limit(State(Rate(counters)): State<Rate>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_probe = is_probe(request.uri().path());
    if let (Some(counters), Some(ConnectInfo(address)), false) = (counters, caller, is_probe)
        && let Err(wait) = counters.count(address.ip())
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
    fn count(&self, address: IpAddr) -> Result<(), Duration> {
        if self.requests.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.by_address.retain_recent();
        }
        self.by_address
            .check_key(&counted_as(address))
            .map_err(|refused| refused.wait_time_from(MonotonicClock.now()))
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

    #[test]
    fn each_address_has_its_own_count_and_the_silent_are_forgotten() {
        let rate = Rate::new(NonZeroU32::new(2)).0.unwrap();
        let [ada, bob] = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().unwrap());
        assert!(rate.count(ada).is_ok() && rate.count(ada).is_ok());
        // On a slow machine, the third is not too many.
        let wait = (0..1000).find_map(|_| rate.count(ada).err()).unwrap();
        assert!(wait <= Duration::from_millis(500), "{wait:?}");
        assert!(rate.count(bob).is_ok());
        let unlimited = Rate::new(NonZeroU32::new(u32::MAX)).0.unwrap();
        for number in 0..SWEEP * 2 {
            let address = IpAddr::V4(number.into());
            assert!(unlimited.count(address).is_ok());
        }
        assert!(unlimited.by_address.len() <= usize::try_from(SWEEP).unwrap());
    }
}
