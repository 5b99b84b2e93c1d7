//! The platform: dStorage and the origin of users respond, and the clocks agree.

use std::time::Duration;

use air_fetch::{FetchError, Fetcher, Request, Response};
use air_ids::UnixTime;

use super::Check;
use crate::{Clock, Config, config::Origin};

/// The maximum size of a response.
const LIMIT: usize = 1024 * 1024;
/// The difference of clocks from which Partner JWTs are refused.
const SKEW: Duration = Duration::from_secs(30);
/// The difference of clocks from which the check warns.
const DRIFT: Duration = Duration::from_secs(5);

pub(super) async fn examine(fetcher: &Fetcher, config: &Config, clock: &Clock) -> Vec<Check> {
    let air = &config.air;
    let dstorage = request(fetcher, &air.chain, air.timeout).await;
    let theirs = dstorage.as_ref().ok().and_then(date);
    let api = match &air.api {
        Some(api) => judge(
            "api",
            "api-unreachable",
            api,
            request(fetcher, api, air.timeout).await.as_ref(),
        ),
        None => Check::skipped(
            "api",
            "AIR_API_ORIGIN is not set; the origin of dStorage resolves users",
        ),
    };
    vec![
        judge("dstorage", "dstorage-unreachable", &air.chain, dstorage.as_ref()),
        compare(theirs, clock.now()),
        api,
    ]
}

async fn request(fetcher: &Fetcher, origin: &Origin, timeout: Duration) -> Result<Response, FetchError> {
    let url = origin.at("/");
    fetcher.exchange_within(&Request::get(&url), LIMIT, timeout).await
}

/// Any response but an error of the server shows that the origin is reachable: its root is not a documented path.
fn judge(
    name: &'static str,
    code: &'static str,
    origin: &Origin,
    response: Result<&Response, &FetchError>,
) -> Check {
    const REMEDY: &str =
        "check the origin in the configuration, the network and the proxy; see the platform's status page";
    match response {
        Ok(response) if response.status < 500 => Check::good(name, format!("{origin} responds")),
        Ok(response) => Check::warning(
            name,
            "platform-error",
            format!("{origin} responds with {}", response.status),
            "see the platform's status page; uploads are retried until it recovers",
        ),
        // It needs no more than its first bytes.
        Err(FetchError::TooLong { .. }) => Check::good(name, format!("{origin} responds")),
        Err(FetchError::TimedOut) => {
            Check::failed(name, code, format!("{origin} does not respond in time"), REMEDY)
        }
        Err(error) => Check::failed(name, code, format!("{origin} is not reachable: {error}"), REMEDY),
    }
}

fn date(response: &Response) -> Option<UnixTime> {
    let date = httpdate::parse_http_date(response.header("date")?).ok()?;
    Some(UnixTime::from_system_time(date))
}

fn compare(theirs: Option<UnixTime>, ours: UnixTime) -> Check {
    const NAME: &str = "clock";
    let Some(theirs) = theirs else {
        return Check::skipped(NAME, "dStorage sent no time");
    };
    let apart = theirs.abs_diff(ours);
    let message = format!(
        "this machine's clock is {} s {} dStorage's",
        apart.as_secs(),
        if ours > theirs { "ahead of" } else { "behind" }
    );
    if apart <= DRIFT {
        Check::good(NAME, "the clocks of this machine and of dStorage agree")
    } else if apart <= SKEW {
        Check::warning(
            NAME,
            "clock-drift",
            message,
            "synchronise it (NTP) before Partner JWTs are refused",
        )
    } else {
        Check::failed(
            NAME,
            "clock-skew",
            message,
            "synchronise it (NTP): Partner JWTs are refused",
        )
    }
}
