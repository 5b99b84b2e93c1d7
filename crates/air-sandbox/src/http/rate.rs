//! How many requests an address may send: GCRA, so that no second's beginning lets twice as many through.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
};

use crate::domain::Refusal;

/// After so many requests, addresses that have been silent are forgotten.
const SWEEP: u32 = 10_000;

/// Clones share it.
#[derive(Clone)]
pub(crate) struct Rate(Option<Arc<Counters>>);

struct Counters {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    requests: AtomicU32,
}

impl Rate {
    /// So many a second, and so many at once; `None` is no limit.
    pub(crate) fn new(per_second: Option<NonZeroU32>) -> Self {
        Self(per_second.map(|limit| {
            Arc::new(Counters {
                by_address: RateLimiter::hashmap(Quota::per_second(limit)),
                requests: AtomicU32::new(0),
            })
        }))
    }
}

/// Answers 429 to who sends too many; probes are not counted.
pub(crate) async fn limit(State(Rate(counters)): State<Rate>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_probe = matches!(request.uri().path(), "/healthz" | "/readyz");
    if let (Some(counters), Some(ConnectInfo(address)), false) = (counters, caller, is_probe)
        && let Err(wait) = counters.count(address.ip())
    {
        return slow_down(wait);
    }
    next.run(request).await
}

/// The same for preflights, which never come as far as the calls' limit: CORS answers them, after a look into the database.
pub(crate) async fn limit_preflights(rate: State<Rate>, request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS {
        limit(rate, request, next).await
    } else {
        next.run(request).await
    }
}

/// Marks an answer to a request that was one too many. The log of requests leaves it out: otherwise a flood would take the place of
/// everyone else's requests.
#[derive(Clone, Copy)]
pub(super) struct TooMany;

impl Counters {
    /// Or how long it is until the next one may come.
    fn count(&self, address: IpAddr) -> Result<(), Duration> {
        if self.requests.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.by_address.retain_recent();
        }
        self.by_address
            .check_key(&network(address))
            .map_err(|refused| refused.wait_time_from(MonotonicClock.now()))
    }
}

/// Who has one IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn slow_down(wait: Duration) -> Response {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    let mut response = Refusal::too_many("too many requests from this address; slow down").into_response();
    if let Ok(seconds) = HeaderValue::from_str(&seconds.to_string()) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response.extensions_mut().insert(TooMany);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_by_its_network() {
        for (address, counts_as) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            assert_eq!(
                network(address.parse().unwrap()),
                counts_as.parse::<IpAddr>().unwrap()
            );
        }
    }

    #[test]
    fn each_address_has_its_own_count_and_the_silent_are_forgotten() {
        let rate = Rate::new(NonZeroU32::new(2)).0.unwrap();
        let [ada, bob] = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().unwrap());
        assert!(rate.count(ada).is_ok() && rate.count(ada).is_ok());
        let wait = rate.count(ada).unwrap_err();
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
