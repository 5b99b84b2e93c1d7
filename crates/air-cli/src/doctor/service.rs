//! Checks of a running service by its URL: a platform, or an issuer's service. They need no key.

mod certificate;
mod issuer;
mod metrics;

use air_fetch::{FetchError, Fetcher, Request, Response, redacted};
use air_ids::UnixTime;
use url::Url;

use super::platform::{DRIFT, SKEW};
use crate::{exit::Failure, finding::Finding, terminal::printable, time};

const CHECK: &str = "service";
/// The maximum size of the body of a probe in bytes.
const LIMIT: usize = 64 * 1024;
/// The maximum number of characters of a reason that the service names.
const REASON: usize = 200;

/// The service at its public URL.
struct Service<'a> {
    fetcher: &'a Fetcher,
    url: &'a Url,
}

impl Service<'_> {
    /// The URL of a route, below the path that the service's URL may have.
    fn at(&self, route: &str) -> String {
        format!("{}{route}", self.url.as_str().trim_end_matches('/'))
    }

    async fn get(&self, route: &str, limit: usize) -> Result<Response, FetchError> {
        let url = self.at(route);
        self.fetcher.exchange(&Request::get(&url), limit).await
    }
}

/// Checks the service at `url`, and its metrics if their URL is given.
pub(super) async fn examine(
    fetcher: &Fetcher,
    url: &str,
    metrics: Option<&str>,
    now: UnixTime,
) -> Result<Vec<Finding>, Failure> {
    let is_base = |url: &Url| url.query().is_none() && url.fragment().is_none();
    let url = Url::parse(url).ok().filter(is_base).ok_or_else(|| {
        Failure::usage(
            "invalid --service: must be the URL of a service, without a query, such as https://issuer.example",
        )
    })?;
    let service = Service { fetcher, url: &url };
    let health = match service.get("/healthz", LIMIT).await {
        Ok(response) => response,
        Err(error) => return Ok(vec![unreachable(&service, error)]),
    };
    let answered = healthy(&service, health.status, &health.bytes);
    let is_other = answered.is_failure();
    let mut findings = vec![
        answered,
        clock(health.header("date"), now),
        certificate::examine(health.certificate(), &url, now),
    ];
    if is_other {
        return Ok(findings);
    }
    findings.push(match service.get("/readyz", LIMIT).await {
        Ok(response) => ready(response.status, &response.bytes),
        Err(error) => not_ready(&error.to_string()),
    });
    findings.extend(issuer::examine(&service, now).await);
    match metrics {
        Some(url) => findings.extend(metrics::examine(fetcher, url).await),
        None => findings.push(Finding::skipped(
            metrics::CHECK,
            "no --metrics was given, which the version and the backlogs need",
        )),
    }
    Ok(findings)
}

fn unreachable(service: &Service<'_>, error: FetchError) -> Finding {
    Finding::failed(
        CHECK,
        "service-unreachable",
        format!("{}: {error}", redacted(&service.at("/healthz"))),
        "start the service, forward its public URL to it, or renew its certificate",
    )
}

/// Checks the answer of `/healthz`, which platforms and issuers' services have.
fn healthy(service: &Service<'_>, status: u16, body: &[u8]) -> Finding {
    let is_ok = member(body, "status").as_deref() == Some("ok");
    if status == 200 && is_ok {
        return Finding::good(CHECK, format!("{} answers", redacted(service.url.as_str())));
    }
    Finding::failed(
        CHECK,
        "service-other",
        format!(
            "{} answered {status}, not as a platform or an issuer's service",
            redacted(&service.at("/healthz"))
        ),
        "name the URL of the service itself, and forward `/healthz` to it",
    )
}

/// Compares the service's clock with this one.
fn clock(date: Option<&str>, now: UnixTime) -> Finding {
    const CHECK: &str = "clock";
    let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return Finding::skipped(CHECK, "the service sends no date");
    };
    let theirs = UnixTime::from_system_time(date);
    let apart = theirs.abs_diff(now).as_secs();
    let message = format!(
        "the service's clock is {} {} this machine's",
        time::span(apart),
        if theirs > now { "ahead of" } else { "behind" }
    );
    match apart {
        0..=DRIFT => Finding::good(CHECK, "the clocks agree"),
        _ if apart <= SKEW => Finding::warning(
            CHECK,
            "clock-drift",
            message,
            "synchronise both (NTP) before it grows: tokens are refused from 30 s on",
        ),
        _ => Finding::failed(
            CHECK,
            "clock-skew",
            message,
            "synchronise both (NTP): tokens are refused",
        ),
    }
}

/// Checks the answer of `/readyz`.
fn ready(status: u16, body: &[u8]) -> Finding {
    if status == 200 {
        return Finding::good("ready", "it is ready");
    }
    let reason = member(body, "message").unwrap_or_else(|| format!("it answered {status}"));
    not_ready(&reason)
}

fn not_ready(reason: &str) -> Finding {
    Finding::failed(
        "ready",
        "service-not-ready",
        format!("the service is not ready: {reason}"),
        "check its database and its keys; its log has the error",
    )
}

/// A text in the JSON of a response, of bounded length and without control characters. The platform
/// has it below `error`.
fn member(body: &[u8], name: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let text = body
        .get(name)
        .or_else(|| body.get("error")?.get(name))?
        .as_str()?;
    Some(printable(&text.chars().take(REASON).collect::<String>()))
}

#[cfg(test)]
mod tests {
    use air_fetch::NetworkPolicy;

    use super::*;

    #[test]
    fn a_clock_that_is_off_is_reported_with_its_direction() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let at = |seconds| UnixTime::from_secs(784_111_777_u64.saturating_add_signed(seconds));
        for (offset, expected) in [
            (5, None),
            (-6, Some("clock-drift")),
            (30, Some("clock-drift")),
            (31, Some("clock-skew")),
        ] {
            assert_eq!(clock(date, at(offset)).code(), expected, "{offset}");
        }
        let ahead = clock(date, at(-60)).render();
        assert!(ahead.contains("60 s ahead of this"), "{ahead}");
        assert_eq!(clock(None, at(60)).code(), None);
    }

    #[test]
    fn a_service_that_is_not_ready_names_its_reason() {
        assert_eq!(ready(200, b"").code(), None);
        for (body, expected) in [
            (
                br#"{"message":"the database can't be reached","code":"not_ready"}"#.as_slice(),
                "the database can't be reached",
            ),
            (br#"{"error":{"message":"the disk is full"}}"#, "the disk is full"),
            (b"<html>", "it answered 503"),
        ] {
            let finding = ready(503, body);
            assert_eq!(finding.code(), Some("service-not-ready"));
            assert!(finding.render().contains(expected), "{}", finding.render());
        }
        let long = format!(r#"{{"message":"{}\u001b[2J"}}"#, "x".repeat(10_000));
        let shown = ready(503, long.as_bytes()).render();
        assert!(shown.len() < 500 && !shown.contains("\u{1b}[2J"), "{shown}");
    }

    #[test]
    fn only_a_platform_or_an_issuers_service_is_healthy() {
        let fetcher = Fetcher::new(NetworkPolicy::Any).unwrap();
        let url: Url = "https://issuer.example/eu/".parse().unwrap();
        let service = Service {
            fetcher: &fetcher,
            url: &url,
        };
        assert_eq!(service.at("/healthz"), "https://issuer.example/eu/healthz");
        assert_eq!(healthy(&service, 200, br#"{"status":"ok"}"#).code(), None);
        for (status, body) in [(200, "<html>"), (404, r#"{"status":"ok"}"#), (200, "{}")] {
            let finding = healthy(&service, status, body.as_bytes());
            assert_eq!(finding.code(), Some("service-other"), "{status} {body}");
        }
    }
}
