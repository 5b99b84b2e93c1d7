//! Checks of the public key set, and of whether it has the private key's public half.

use air_fetch::{FetchError, Fetched, Fetcher, redacted};
use air_ids::is_loopback_host;
use air_jwt::{Jwk, JwkSet, SkipReason};
use url::{Host, Url};

use crate::finding::Finding;
use crate::keys::shell_word;

/// Fetches the set as the platform does, and checks its keys.
pub(super) async fn examine(
    fetcher: &Fetcher,
    url: &str,
    key: Option<&Jwk>,
    is_hosted: bool,
) -> Vec<Finding> {
    if is_hosted && is_local(url) {
        return vec![Finding::failed(
            "jwks",
            "jwks-not-public",
            format!(
                "{} is on this machine, where the hosted platform can't fetch it",
                redacted(url)
            ),
            "publish the set at an https URL that the internet reaches, or use the local platform",
        )];
    }
    match fetcher.jwks(url).await {
        Err(error) => vec![unfetched(&redacted(url), error)],
        Ok(fetched) => {
            let mut findings = set(&redacted(url), &fetched);
            findings.extend(key.map(|key| published(&fetched.set, key)));
            findings
        }
    }
}

fn is_local(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let is_private = match url.host() {
        Some(Host::Ipv4(address)) => address.is_private() || address.is_link_local(),
        Some(Host::Ipv6(address)) => address.is_unique_local(),
        Some(Host::Domain(_)) | None => false,
    };
    is_private || url.host_str().is_some_and(is_loopback_host)
}

fn unfetched(url: &str, error: FetchError) -> Finding {
    let (code, remedy) = match error {
        FetchError::Url { .. } => ("jwks-url", "register an https URL (http is for localhost)"),
        FetchError::Connect | FetchError::PrivateAddress => (
            "jwks-unreachable",
            "start its server (`air jwks serve`), open the firewall, or renew its certificate",
        ),
        FetchError::TimedOut => (
            "jwks-slow",
            "serve it from a file or a cache: the platform waits 5 s",
        ),
        FetchError::Status { .. } | FetchError::Redirect { .. } => (
            "jwks-status",
            "answer 200 with the set itself at the registered URL",
        ),
        FetchError::BrokeOff => ("jwks-broken", "find out why its server closes the connection"),
        FetchError::TooLong { .. } => ("jwks-too-long", "remove keys that are no longer used"),
        _ => ("jwks-invalid", "serve the output of `air jwks export`"),
    };
    Finding::failed("jwks", code, format!("the set at {url}: {error}"), remedy)
}

fn set(url: &str, fetched: &Fetched) -> Vec<Finding> {
    let mut findings: Vec<Finding> = fetched
        .skipped
        .iter()
        .map(|skipped| {
            let message = format!(
                "the set has the key `{}`, but it is not used: {}",
                skipped.name(),
                skipped.reason
            );
            match skipped.reason {
                SkipReason::Private => Finding::failed(
                    "jwks",
                    "jwks-private-key",
                    message,
                    "take the set offline, run `air keys rotate --compromised`, and publish the output of `air jwks export`",
                ),
                _ => Finding::warning(
                    "jwks",
                    "jwks-key-skipped",
                    message,
                    "ignore this if the key has another purpose; publish keys for tokens with `air jwks export`",
                ),
            }
        })
        .collect();
    findings.extend(fetched.set.leaked().iter().map(|kid| {
        Finding::warning(
            "jwks",
            "jwks-private-key",
            format!(
                "the set publishes the PRIVATE half of `{kid}`: anyone who can fetch it can sign with it; it is accepted on this machine only"
            ),
            "take the set offline, run `air keys rotate --compromised`, and publish the output of `air jwks export`",
        )
    }));
    let count = fetched.set.iter().count();
    findings.push(match count {
        0 => Finding::failed(
            "jwks",
            "jwks-empty",
            format!("the set at {url} has no key that can verify tokens"),
            "publish the output of `air jwks export`",
        ),
        1 => Finding::good("jwks", format!("{url} has 1 key for tokens")),
        count => Finding::good("jwks", format!("{url} has {count} keys for tokens")),
    });
    findings
}

/// Checks that tokens signed with this key can be verified with the set.
fn published(set: &JwkSet, key: &Jwk) -> Finding {
    let ours = key.verifying_key();
    match set.select(key.kid().as_str()).ok() {
        Some(found) if found.verifying_key() == ours => Finding::good(
            "kid",
            format!("{} is published and matches the private key", key.kid()),
        ),
        Some(_) => Finding::failed(
            "kid",
            "key-mismatch",
            format!(
                "the published key {} is not the public half of the private key",
                key.kid()
            ),
            "publish the output of `air jwks export`, or sign with the published key",
        ),
        None => match set.iter().find(|other| other.verifying_key() == ours) {
            Some(other) => Finding::failed(
                "kid",
                "kid-mismatch",
                format!(
                    "the key is published as `{}`, but tokens would name it `{}`",
                    other.kid(),
                    key.kid()
                ),
                format!("sign with --kid {}", shell_word(other.kid().as_str())),
            ),
            None => Finding::failed(
                "kid",
                "kid-unpublished",
                format!("the set has no key {}", key.kid()),
                "publish it, and wait ten minutes: the platform caches a set for that long",
            ),
        },
    }
}
