//! A parallel run: the same read-only requests to the vendor's service and to this one, and the differences of the responses.
//!
//! No request issues, revokes or publishes.

mod availability;
mod known;
mod lists;
mod previews;
mod probe;
mod report;
mod shape;

use std::fmt;

use air_crypto::holder::HolderPrivateKey;
use air_fetch::{FetchError, Fetcher, Request, Response};
use zeroize::Zeroizing;

pub use self::report::{ShadowDifference, ShadowReport, ShadowedRequest};
use self::{
    availability::Availability,
    probe::{Key, Kind, Plan, Probe},
    shape::Strictness,
};
use crate::{
    Config, Error,
    store::{
        Store, is_missing, issuances,
        migrations::{self, Tables},
        status_lists,
    },
};

const VENDOR: &str = "the vendor's service";
const OURS: &str = "this service";
/// The maximum size of a response.
const LIMIT: usize = 8 * 1024 * 1024;
/// The number of nonces of each kind, revoked and not, whose status is compared.
const NONCES: u32 = 16;
/// The number of status lists that are compared, the newest ones.
const LISTS: usize = 32;

/// The services to compare, and the requests that need more than their URLs.
#[derive(Clone)]
pub struct ShadowOptions {
    /// The base URL of the vendor's service.
    pub vendor: String,
    /// The base URL of this service.
    pub ours: String,
    /// The API key of both services, for `available-vc`. Without it, previews are not compared.
    pub api_key: Option<Zeroizing<String>>,
    /// The holder of the previews.
    pub holder_did: String,
    /// The users whose previews are compared.
    pub users: Vec<String>,
    /// The schemas of the previews. All, if there is none.
    pub schemas: Vec<String>,
}

impl fmt::Debug for ShadowOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShadowOptions")
            .field("vendor", &air_fetch::redacted(&self.vendor))
            .field("ours", &air_fetch::redacted(&self.ours))
            .finish_non_exhaustive()
    }
}

/// The reason why the services were not compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShadowError {
    /// A base URL is invalid.
    #[error("invalid URL of {service}: {reason}")]
    Url {
        /// The service: `the vendor's service` or `this service`.
        service: &'static str,
        /// The rule.
        reason: FetchError,
    },
    /// No connection to a service could be opened.
    #[error("failed to connect to {service}; check its URL and its certificate, and that it is running")]
    Unreachable {
        /// The service: `the vendor's service` or `this service`.
        service: &'static str,
    },
    /// A service accepted connections and did not respond.
    #[error(
        "{service} did not respond to {requests} requests in a row; check that it is not overloaded, and repeat the comparison"
    )]
    Silent {
        /// The service: `the vendor's service` or `this service`.
        service: &'static str,
        /// The number of the last requests, to which no response came.
        requests: u32,
    },
    /// The HTTP client could not be set up.
    #[error("failed to set up TLS; check the system's certificates")]
    Setup(#[source] air_fetch::SetupError),
    /// The configured database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Sends the same read-only requests to both services, and compares the status codes, the names and types of members, and the values
/// that must be equal. Nonces and status lists come from the configured database, if it has tables.
///
/// # Errors
/// [`ShadowError`]; [`ShadowError::Unreachable`] at the first failed connection, and [`ShadowError::Silent`] at the third
/// response in a row that is lost or late. Before, such a response is a difference.
pub async fn shadow(config: &Config, options: &ShadowOptions) -> Result<ShadowReport, ShadowError> {
    let fetcher = config.fetcher().map_err(ShadowError::Setup)?;
    let pair = Pair {
        vendor: base(&fetcher, &options.vendor, VENDOR)?,
        ours: base(&fetcher, &options.ours, OURS)?,
        api_key: options.api_key.clone(),
        fetcher,
        holder: HolderPrivateKey::generate(&mut rand::rng()),
    };
    let (nonces, lists) = sample(config).await?;
    let plan = Plan {
        nonces: &nonces,
        lists: &lists,
        holder_did: &options.holder_did,
        holder_key: pair.holder.public_key().to_string(),
        users: &options.users,
        schemas: &options.schemas,
        has_api_key: options.api_key.is_some(),
    };
    let mut report = ShadowReport {
        skipped: plan.skipped(),
        ..ShadowReport::default()
    };
    let mut availability = [VENDOR, OURS].map(Availability::of);
    for probe in plan.probes() {
        report
            .requests
            .push(pair.compare(&probe, &mut availability).await?);
    }
    Ok(report)
}

/// The two services.
struct Pair {
    vendor: String,
    ours: String,
    api_key: Option<Zeroizing<String>>,
    fetcher: Fetcher,
    holder: HolderPrivateKey,
}

impl Pair {
    /// Sends a request to both services, whose availability is that of the vendor's service and of this one.
    async fn compare(
        &self,
        probe: &Probe,
        [vendor_availability, our_availability]: &mut [Availability; 2],
    ) -> Result<ShadowedRequest, ShadowError> {
        let vendor = vendor_availability.check(self.send(&self.vendor, probe).await)?;
        let ours = our_availability.check(self.send(&self.ours, probe).await)?;
        let statuses =
            [&vendor, &ours].map(|response| response.as_ref().ok().map(|response| response.status));
        let [vendor_status, our_status] = statuses;
        let differences = if let (Ok(vendor), Ok(ours)) = (&vendor, &ours) {
            self.differences(probe, vendor, ours)
        } else {
            let failed = [(VENDOR, &vendor), (OURS, &ours)];
            let failed = failed.into_iter().filter_map(|(service, response)| {
                let error = response.as_ref().err()?;
                Some(ShadowDifference::new("", format!("{service}: {error}"), None))
            });
            failed.collect()
        };
        Ok(ShadowedRequest {
            request: probe.name.clone(),
            vendor: vendor_status,
            ours: our_status,
            differences,
        })
    }

    async fn send(&self, base: &str, probe: &Probe) -> Result<Response, FetchError> {
        let url = format!("{base}{}", probe.path);
        let mut request = match &probe.body {
            Some(body) => Request::post(&url, "application/json", body.to_string()),
            None => Request::get(&url),
        };
        request = match (probe.key, &self.api_key) {
            (Key::Wrong, _) => request
                .with_header("x-api-key", "wrong")
                .with_header("x-admin-api-key", "wrong"),
            (Key::Valid, Some(key)) => request.with_header("x-api-key", key.as_str()),
            (Key::Valid | Key::Absent, _) => request,
        };
        self.fetcher.exchange(&request, LIMIT).await
    }

    fn differences(&self, probe: &Probe, vendor: &Response, ours: &Response) -> Vec<ShadowDifference> {
        if vendor.status != ours.status {
            let message = format!(
                "the vendor's status is {}, ours is {}",
                vendor.status, ours.status
            );
            let explanation = known::status(probe.kind, vendor.status, ours.status);
            return vec![ShadowDifference::new("", message, explanation)];
        }
        let found = match probe.kind {
            Kind::StatusList if vendor.is_success() => lists::compare(&vendor.bytes, &ours.bytes),
            Kind::Previews if vendor.is_success() => {
                previews::compare(&self.holder, &vendor.bytes, &ours.bytes)
            }
            Kind::Document if vendor.is_success() => {
                shape::compare_bytes(&vendor.bytes, &ours.bytes, Strictness::Values)
            }
            _ => shape::compare_bytes(&vendor.bytes, &ours.bytes, Strictness::Shape),
        };
        let found = found.into_iter();
        found
            .map(|found| {
                let explanation = known::found(probe.kind, &found);
                ShadowDifference::new(found.place, found.kind.to_string(), explanation)
            })
            .collect()
    }
}

/// A base URL without a slash at its end.
fn base(fetcher: &Fetcher, url: &str, service: &'static str) -> Result<String, ShadowError> {
    let url = url.trim_end_matches('/');
    fetcher
        .check(url)
        .map_err(|reason| ShadowError::Url { service, reason })?;
    Ok(url.to_owned())
}

/// Nonces and numbers of status lists of the configured database. It is not changed.
async fn sample(config: &Config) -> Result<(Vec<u64>, Vec<u64>), Error> {
    if is_missing(&config.database) {
        return Ok((Vec::new(), Vec::new()));
    }
    let store = Store::connect(&config.database).await?;
    let sample = read_sample(&store).await;
    store.close().await;
    sample
}

async fn read_sample(store: &Store) -> Result<(Vec<u64>, Vec<u64>), Error> {
    if migrations::compare(store).await? == Tables::Missing {
        return Ok((Vec::new(), Vec::new()));
    }
    let nonces = issuances::newest_nonces(store, NONCES).await?;
    let lists = status_lists::numbers(store).await?;
    let newest = lists.len().saturating_sub(LISTS);
    Ok((nonces, lists.into_iter().skip(newest).collect()))
}
