//! The version and the backlogs of a service, by its metrics for Prometheus.

use air_fetch::{Fetcher, Request, redacted};

use crate::{
    count::{counted, noun},
    finding::Finding,
    operator_token,
    terminal::printable,
    time,
};

pub(super) const CHECK: &str = "metrics";
/// The maximum size of the metrics in bytes.
const LIMIT: usize = 4 * 1024 * 1024;
/// The age in seconds from which the alert of the outbox fires.
const OUTBOX_AGE: u64 = 900;
/// The lag in seconds from which the alert of the chain fires.
const CHAIN_LAG: u64 = 3600;
/// The number of waiting transactions from which the alert of the store fires.
const WAITING: u64 = 32;
/// The age in seconds from which every signature of a status list is over.
const LIST_AGE: u64 = 86_400;

/// Fetches the metrics as the operator: with the operator token if this user runs the platform.
pub(super) async fn examine(fetcher: &Fetcher, url: &str) -> Vec<Finding> {
    let agent = concat!("air/", env!("CARGO_PKG_VERSION"));
    let mut request = Request::get(url).with_header("user-agent", agent);
    if let Some(token) = operator_token::find(url) {
        request = request.with_header("authorization", format!("Bearer {}", token.as_str()));
    }
    match fetcher.exchange(&request, LIMIT).await {
        Ok(response) if response.status == 200 => findings(&String::from_utf8_lossy(&response.bytes)),
        Ok(response) if matches!(response.status, 401 | 403) => vec![Finding::skipped(
            CHECK,
            "only the operator may read the metrics; run this on the machine of the service",
        )],
        Ok(response) => vec![unreachable(
            url,
            &format!("it answered {}, not 200", response.status),
        )],
        Err(error) => vec![unreachable(url, &error.to_string())],
    }
}

fn unreachable(url: &str, reason: &str) -> Finding {
    Finding::failed(
        CHECK,
        "metrics-unreachable",
        format!("the metrics at {}: {reason}", redacted(url)),
        "name the `metricsUrl` that `air issuer serve` prints, or `/metrics` of the platform",
    )
}

fn findings(text: &str) -> Vec<Finding> {
    let figures = Figures(text);
    let found: Vec<Finding> = [
        version(&figures),
        outbox(&figures),
        status_lists(&figures),
        callbacks(&figures),
        store(&figures),
        chain(&figures),
    ]
    .into_iter()
    .flatten()
    .collect();
    if found.is_empty() {
        return vec![Finding::failed(
            CHECK,
            "metrics-other",
            "the URL has no metrics of a platform or an issuer's service",
            "name the `metricsUrl` that `air issuer serve` prints, or `/metrics` of the platform",
        )];
    }
    found
}

/// Prometheus's text format.
struct Figures<'a>(&'a str);

impl<'a> Figures<'a> {
    /// The samples of a metric: labels and value.
    fn samples(&self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.lines().filter_map(move |line| {
            let rest = line.strip_prefix(name)?;
            if let Some(value) = rest.strip_prefix(' ') {
                return Some(("", value));
            }
            rest.strip_prefix('{')?.rsplit_once("} ")
        })
    }

    /// The value of a metric without labels.
    fn gauge(&self, name: &'a str) -> Option<u64> {
        self.samples(name).find_map(|(_, value)| number(value))
    }

    /// The sum of the samples with this label.
    fn total(&self, name: &'a str, label: &str) -> u64 {
        let samples = self.samples(name).filter(|(labels, _)| labels.contains(label));
        samples
            .filter_map(|(_, value)| number(value))
            .fold(0, u64::saturating_add)
    }
}

/// A count or a time in seconds. Prometheus may write it with decimals.
fn number(value: &str) -> Option<u64> {
    value.split('.').next()?.parse().ok()
}

fn version(figures: &Figures<'_>) -> Option<Finding> {
    const OURS: &str = env!("CARGO_PKG_VERSION");
    let (labels, _) = figures.samples("air_build_info").next()?;
    let (_, rest) = labels.split_once("version=\"")?;
    let theirs: String = rest.split('"').next()?.chars().take(40).collect();
    let theirs = printable(&theirs);
    Some(if theirs == OURS {
        Finding::good("version", format!("the service and this `air` are {OURS}"))
    } else {
        Finding::warning(
            "version",
            "version-differs",
            format!("the service is {theirs}, and this `air` is {OURS}"),
            "use the same version of both; the changelog has the differences",
        )
    })
}

fn outbox(figures: &Figures<'_>) -> Option<Finding> {
    let entries = figures.gauge("air_issuer_outbox_entries")?;
    let age = figures.gauge("air_issuer_outbox_age_seconds").unwrap_or_default();
    let message = format!(
        "{} for dStorage, the oldest for {}",
        counted(entries, "credential waits", "credentials wait"),
        time::span(age)
    );
    Some(match entries {
        0 => Finding::good("outbox", "no credential waits for dStorage"),
        _ if age <= OUTBOX_AGE => Finding::good("outbox", message),
        _ => Finding::failed(
            "outbox",
            "outbox-old",
            message,
            "see the errors of uploads in the log, and the runbook `Credentials wait in the outbox`",
        ),
    })
}

fn status_lists(figures: &Figures<'_>) -> Option<Finding> {
    let age = figures.gauge("air_issuer_status_list_age_seconds")?;
    let message = format!("the oldest signature of a status list is {} old", time::span(age));
    Some(if age <= LIST_AGE {
        Finding::good("status-lists", message)
    } else {
        Finding::warning(
            "status-lists",
            "status-lists-old",
            message,
            "a list is signed again at its next request; if requests fail, check the key of status lists",
        )
    })
}

fn callbacks(figures: &Figures<'_>) -> Option<Finding> {
    const NAME: &str = "air_callback_attempts_total";
    figures.samples(NAME).next()?;
    let delivered = figures.total(NAME, "outcome=\"delivered\"");
    let refused = figures.total(NAME, "outcome=\"refused\"");
    let unreachable = figures.total(NAME, "outcome=\"unreachable\"");
    // An older platform does not count those that wait.
    let waiting = figures.gauge("air_callbacks_waiting").unwrap_or_default();
    let message = format!(
        "{}; since the start {delivered} {} delivered, {}, and {unreachable} did not reach the issuer",
        counted(waiting, "callback waits", "callbacks wait"),
        noun(delivered, "was", "were"),
        counted(refused, "attempt was refused", "attempts were refused"),
    );
    Some(if delivered == 0 && refused + unreachable > 0 {
        Finding::warning(
            "callbacks",
            "callbacks-fail",
            message,
            "check the URL of the issuer's callback, and see the runbook `Callbacks are not delivered`",
        )
    } else {
        Finding::good("callbacks", message)
    })
}

fn store(figures: &Figures<'_>) -> Option<Finding> {
    let waiting = figures.gauge("air_store_changes_waiting")?;
    let pending = figures.gauge("air_ledger_pending_entries").unwrap_or_default();
    let message = format!(
        "{} for the store, and {} for a block of the ledger",
        counted(waiting, "transaction waits", "transactions wait"),
        counted(pending, "entry", "entries"),
    );
    Some(if waiting <= WAITING {
        Finding::good("store", message)
    } else {
        Finding::warning(
            "store",
            "store-queue",
            message,
            "check the disk or the database, and see the runbook `Transactions wait for the writer`",
        )
    })
}

fn chain(figures: &Figures<'_>) -> Option<Finding> {
    let lag = figures.gauge("air_chain_lag_seconds")?;
    let message = format!(
        "the oldest entry without a final checkpoint is {} old",
        time::span(lag)
    );
    Some(if lag <= CHAIN_LAG {
        Finding::good("chain", message)
    } else {
        Finding::warning(
            "chain",
            "chain-lag",
            message,
            "see the runbook `Checkpoints are late`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<&'static str> {
        findings(text).iter().filter_map(Finding::code).collect()
    }

    #[test]
    fn each_backlog_over_its_alert_has_a_code() {
        for (text, expected) in [
            ("air_issuer_outbox_entries 0\n", None),
            (
                "air_issuer_outbox_entries 2\nair_issuer_outbox_age_seconds 900\n",
                None,
            ),
            (
                "air_issuer_outbox_entries 2\nair_issuer_outbox_age_seconds 901\n",
                Some("outbox-old"),
            ),
            ("air_issuer_status_list_age_seconds 86400\n", None),
            (
                "air_issuer_status_list_age_seconds 86401\n",
                Some("status-lists-old"),
            ),
            ("air_store_changes_waiting 32\n", None),
            ("air_store_changes_waiting 33\n", Some("store-queue")),
            ("air_chain_lag_seconds 3600.5\n", None),
            ("air_chain_lag_seconds 3601\n", Some("chain-lag")),
            (
                "air_build_info{version=\"0.0.0-other\"} 1\n",
                Some("version-differs"),
            ),
            ("# HELP nothing\nup 1\n", Some("metrics-other")),
        ] {
            assert_eq!(codes(text).first().copied(), expected, "{text}");
        }
        let ours = format!("air_build_info{{version=\"{}\"}} 1\n", env!("CARGO_PKG_VERSION"));
        assert_eq!(codes(&ours), [""; 0]);
    }

    #[test]
    fn callbacks_fail_if_none_was_delivered() {
        let text = |delivered: u32| {
            format!(
                "air_callbacks_waiting 3\n\
                 air_callback_attempts_total{{outcome=\"delivered\"}} {delivered}\n\
                 air_callback_attempts_total{{outcome=\"refused\"}} 1\n\
                 air_callback_attempts_total{{outcome=\"unreachable\"}} 2\n"
            )
        };
        assert_eq!(codes(&text(0)), ["callbacks-fail"]);
        assert_eq!(codes(&text(1)), [""; 0]);
        let good = &findings(&text(1))[0];
        for part in ["3 callbacks wait", "2 did not reach"] {
            assert!(good.render().contains(part), "{}", good.render());
        }
    }
}
