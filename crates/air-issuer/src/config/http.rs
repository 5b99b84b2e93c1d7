//! `[http]`: the limits and the permitted callers of the public listener.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use air_server::{ConnectionLimits, ForwardedHeader, Network, Proxies};
use serde::Deserialize;

use super::{ConfigError, Origin, duration::Seconds};

const CONNECTIONS_PER_ADDRESS: usize = 256;
/// The shortest default of `request-timeout`.
const REQUEST_TIME: Duration = Duration::from_mins(1);
/// The time of a request's body.
const BODY_TIME: Duration = Duration::from_secs(30);
/// The calls of others within one request: claims or the user, then the upload, and a margin.
const CALLS: u32 = 3;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct HttpSection {
    connections: Option<NonZeroUsize>,
    connections_per_address: Option<NonZeroUsize>,
    /// For a request's head, and for an idle connection.
    head_timeout: Option<Seconds>,
    request_timeout: Option<Seconds>,
    trusted_proxies: Vec<String>,
    forwarded_header: ForwardedName,
    /// Requests a second of each address, without those with the API key of their route.
    address_rate_limit: Option<NonZeroU32>,
    /// Requests a minute for each holder.
    holder_rate_limit: Option<NonZeroU32>,
    allow_from: Option<Vec<String>>,
    cors_origins: Vec<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ForwardedName {
    #[default]
    XForwardedFor,
    Forwarded,
}

/// The limits and the permitted callers of the public listener.
#[derive(Clone, Debug)]
pub(crate) struct HttpConfig {
    pub(crate) limits: ConnectionLimits,
    pub(crate) connections_per_address: usize,
    /// The time limit of a request, with its body, until the response.
    pub(crate) request_time: Duration,
    pub(crate) proxies: Proxies,
    /// Requests a second of each address, without those with the API key of their route.
    pub(crate) address_rate: Option<NonZeroU32>,
    /// Requests a minute for each holder.
    pub(crate) holder_rate: Option<NonZeroU32>,
    /// The clients that may call the holder routes. `None` is any.
    pub(crate) allow_from: Option<Vec<Network>>,
    /// The origins whose pages may call the holder routes.
    pub(crate) cors_origins: Vec<OriginPattern>,
}

/// An origin, or all subdomains of a domain: `https://app.example`, `https://*.air3.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OriginPattern {
    One(String),
    /// The text after the subdomain: `.air3.com`.
    Subdomains(String),
}

impl HttpSection {
    /// Checks the section. `call_time` is the time limit of a call to the platform, and `longest_call` that of the
    /// slowest of the platform, the sources of claims and the keys.
    pub(super) fn read(self, call_time: Duration, longest_call: Duration) -> Result<HttpConfig, ConfigError> {
        let request_time = match self.request_timeout {
            Some(time) if time.duration() <= call_time => {
                return Err(ConfigError::invalid(
                    "http.request-timeout",
                    "must be longer than `air.timeout`, so that a request outlasts its upload",
                ));
            }
            Some(time) => time.duration(),
            None => REQUEST_TIME.max(BODY_TIME.saturating_add(longest_call.saturating_mul(CALLS))),
        };
        let defaults = ConnectionLimits::default();
        let limits = ConnectionLimits {
            connections: self.connections.map_or(defaults.connections, NonZeroUsize::get),
            head_time: self.head_timeout.map_or(defaults.head_time, Seconds::duration),
            drain_time: request_time,
            ..defaults
        };
        let header = match self.forwarded_header {
            ForwardedName::XForwardedFor => ForwardedHeader::XForwardedFor,
            ForwardedName::Forwarded => ForwardedHeader::Forwarded,
        };
        let proxies = networks("http.trusted-proxies", &self.trusted_proxies)?;
        Network::check_proxies(&proxies)
            .map_err(|error| ConfigError::invalid("http.trusted-proxies", error.to_string()))?;
        let allow_from = self
            .allow_from
            .map(|texts| networks("http.allow-from", &texts))
            .transpose()?;
        if allow_from.as_ref().is_some_and(Vec::is_empty) {
            return Err(ConfigError::invalid(
                "http.allow-from",
                "it is empty, which would refuse every call; name the addresses of AIR, or remove it",
            ));
        }
        let origins = self.cors_origins.iter().map(|text| OriginPattern::parse(text));
        Ok(HttpConfig {
            limits,
            connections_per_address: self
                .connections_per_address
                .map_or(CONNECTIONS_PER_ADDRESS, NonZeroUsize::get),
            request_time,
            proxies: Proxies::new(proxies, header),
            address_rate: self.address_rate_limit,
            holder_rate: self.holder_rate_limit,
            allow_from,
            cors_origins: origins.collect::<Result<_, _>>()?,
        })
    }
}

fn networks(name: &str, texts: &[String]) -> Result<Vec<Network>, ConfigError> {
    let parse = |text: &String| {
        text.parse::<Network>()
            .map_err(|error| ConfigError::invalid(name, format!("`{text}`: {error}")))
    };
    texts.iter().map(parse).collect()
}

impl OriginPattern {
    fn parse(text: &str) -> Result<Self, ConfigError> {
        let name = "http.cors-origins";
        let Some(domain) = text.strip_prefix("https://*.") else {
            return Ok(Self::One(Origin::parse(name, text)?.as_str().to_owned()));
        };
        let origin = Origin::parse(name, &format!("https://{domain}"))?;
        if !domain.contains('.') {
            return Err(ConfigError::invalid(
                name,
                format!(
                    "`{text}` names all of a top-level domain; name a domain, such as https://*.air3.com"
                ),
            ));
        }
        let domain = origin.as_str().trim_start_matches("https://");
        Ok(Self::Subdomains(format!(".{domain}")))
    }

    /// Checks an origin as browsers send it: in lower case, without a default port.
    pub(crate) fn matches(&self, origin: &str) -> bool {
        match self {
            Self::One(known) => known == origin,
            Self::Subdomains(suffix) => origin
                .strip_prefix("https://")
                .and_then(|host| host.strip_suffix(suffix.as_str()))
                .is_some_and(is_name),
        }
    }
}

/// Checks whether a text is one or more labels of a host name.
fn is_name(text: &str) -> bool {
    text.split('.').all(|label| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Duration = Duration::from_secs(10);

    fn read(toml: &str) -> Result<HttpConfig, ConfigError> {
        toml_edit::de::from_str::<HttpSection>(toml)
            .unwrap()
            .read(CALL, CALL)
    }

    #[test]
    fn subdomains_match_their_own_domain_only() {
        let pattern = OriginPattern::parse("https://*.air3.com").unwrap();
        for origin in ["https://app.air3.com", "https://a.b-1.air3.com"] {
            assert!(pattern.matches(origin), "{origin}");
        }
        for origin in [
            "https://air3.com",
            "https://.air3.com",
            "https://evil-air3.com",
            "https://app.air3.com.evil.example",
            "https://evil.example/.air3.com",
            "https://evil.example#.air3.com",
            "https://user@app.air3.com",
            "http://app.air3.com",
            "https://app.air3.com:8443",
            "null",
        ] {
            assert!(!pattern.matches(origin), "{origin}");
        }
        let one = OriginPattern::parse("https://app.example").unwrap();
        assert!(one.matches("https://app.example") && !one.matches("https://www.app.example"));
    }

    #[test]
    fn rules_of_the_section_have_a_name() {
        for (toml, name) in [
            ("request-timeout = \"10s\"", "http.request-timeout"),
            ("trusted-proxies = [\"proxy\"]", "http.trusted-proxies"),
            (
                "trusted-proxies = [\"10.0.0.1\", \"0.0.0.0/0\"]",
                "http.trusted-proxies",
            ),
            ("trusted-proxies = [\"::/0\"]", "http.trusted-proxies"),
            (
                "trusted-proxies = [\"0.0.0.0/1\", \"128.0.0.0/1\"]",
                "http.trusted-proxies",
            ),
            ("allow-from = []", "http.allow-from"),
            ("allow-from = [\"10.0.0.0/33\"]", "http.allow-from"),
            ("cors-origins = [\"*\"]", "http.cors-origins"),
            ("cors-origins = [\"https://*.com\"]", "http.cors-origins"),
            ("cors-origins = [\"http://*.air3.com\"]", "http.cors-origins"),
        ] {
            let error = read(toml).unwrap_err().to_string();
            assert!(error.contains(name), "{toml}: {error}");
        }
    }

    #[test]
    fn a_request_outlasts_the_calls_that_it_needs() {
        let time = |toml, longest| {
            let section: HttpSection = toml_edit::de::from_str(toml).unwrap();
            section
                .read(CALL, Duration::from_secs(longest))
                .unwrap()
                .request_time
                .as_secs()
        };
        assert_eq!(time("", 10), 60);
        assert_eq!(time("", 60), 210);
        assert_eq!(time("request-timeout = \"11s\"", 10), 11);
        assert_eq!(read("").unwrap().limits.drain_time, Duration::from_mins(1));
    }
}
